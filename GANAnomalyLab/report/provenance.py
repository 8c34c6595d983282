"""What is needed to repeat an evaluation: versions of the parts, hashes of what went in, and when."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import hash_file, hash_text
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.version import __version__

LIBRARIES = ("numpy", "scipy", "torch", "SimpleITK", "scikit-image", "numba", "matplotlib")
_AT_ONCE = 1 << 20


def provenance(**hashes: Any) -> dict[str, Any]:
    """Versions of GANAnomaly, Python and the libraries that are installed, the kind of machine, the time in UTC, then
    ``hashes`` (or other facts) under their names, underscores as blanks; those that are None are left out.

    No name of a machine, user or folder is in it.
    """
    out: dict[str, Any] = {
        "created": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "GANAnomaly": __version__,
        "Python": platform.python_version(),
    }
    for name in LIBRARIES:
        try:
            out[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    out["system"] = f"{platform.system()} {platform.machine()}"
    return out | {name.replace("_", " "): value for name, value in hashes.items() if value is not None}


def file_hash(path: Path | str, cancel: CancelToken | None = None) -> str:
    """``sha256:`` and the hash of a file's bytes; raises :class:`InputError` when it cannot be read."""
    path, cancel = Path(path), cancel or CancelToken()
    try:
        return f"sha256:{hash_file(path, cancel.check)}"
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: check that it is there.", str(error)) from error


def files_hash(paths: Iterable[Path | str], cancel: CancelToken | None = None) -> str | None:
    """One hash over the contents of several files in the order given, whatever they are called; None without any."""
    found = [file_hash(path, cancel) for path in paths]
    return f"sha256:{hash_text(''.join(found))}" if found else None
