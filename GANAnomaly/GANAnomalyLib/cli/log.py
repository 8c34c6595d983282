"""The log of a failure: one small file in the user's own folder, without what could name a patient."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path

from ..errors import GANAnomalyError
from ..version import __version__

KEPT = 20


def log_folders() -> list[Path]:
    """Where logs may go, best first: the system's usual place, then the temporary folder."""
    home = Path.home()
    if sys.platform == "win32":
        usual = Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local") / "GANAnomaly" / "logs"
    elif sys.platform == "darwin":
        usual = home / "Library" / "Logs" / "GANAnomaly"
    else:
        usual = Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "gananomaly" / "logs"
    return [usual, Path(tempfile.gettempdir()) / "gananomaly-logs"]


def write_log(error: BaseException, arguments: list[str]) -> Path | None:
    """Write what happened; None when no folder takes it.

    File and folder names of the command line are masked: they often hold names of patients.
    """
    lines = [
        f"GANAnomaly {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"argv: {' '.join(arguments)}",
        "",
        *traceback.format_exception(type(error), error, error.__traceback__),
    ]
    if isinstance(error, GANAnomalyError) and error.details:
        lines += ["", "details:", error.details]
    text = mask_paths("\n".join(lines), arguments) + "\n"
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    for folder in log_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
            for old in sorted(folder.glob("*.log"))[:-KEPT]:
                old.unlink(missing_ok=True)
            return folder / name
        except OSError:
            continue
    return None


def mask_paths(text: str, arguments: list[str]) -> str:
    """``text`` with every path among ``arguments`` (also as ``--option=path``) replaced by its place, ``<path 1>``."""
    values = [part for argument in arguments for part in (argument.split("=", 1)[-1],) if not part.startswith("-")]
    # An anchored absolute path and the bare file name also show up in messages of libraries.
    paths = [value for value in values if _is_path(value)]
    for number, value in sorted(enumerate(paths, start=1), key=lambda item: -len(item[1])):
        path = Path(value)
        for form in (str(path.absolute()), value, str(path), path.name):
            if len(form) > 2:
                text = text.replace(form, f"<path {number}>")
    return text


def _is_path(value: str) -> bool:
    if os.sep in value or "/" in value or Path(value).suffix:
        return True
    try:
        return Path(value).exists()
    except OSError:
        return False
