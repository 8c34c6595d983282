"""The example package installed for a while, as pip does it: on the path, with entry points in a ``.dist-info``."""

from __future__ import annotations

import configparser
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parent / "example_package"


def write_dist_info(folder: Path) -> Path:
    """Write what pip writes of the example's ``pyproject.toml``; returns ``folder``, which goes onto the path."""
    # Simple enough TOML to be read so; Python has a reader of its own from 3.11 on.
    project = configparser.ConfigParser()
    project.read(EXAMPLE / "pyproject.toml", encoding="utf-8")
    name, version = (project["project"][key].strip('"') for key in ("name", "version"))
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    start = "project.entry-points."
    points = {section[len(start) :].strip('"'): project[section] for section in project if section.startswith(start)}
    groups = (
        f"[{group}]\n" + "".join(f"{name} = {value.strip(chr(34))}\n" for name, value in known.items())
        for group, known in points.items()
    )
    (info / "entry_points.txt").write_text("\n".join(groups))
    return folder


@contextmanager
def installed(folder: Path) -> Iterator[list[str]]:
    """The example package importable and registered in this process; gives the paths for other processes."""
    paths = [str(write_dist_info(folder)), str(EXAMPLE)]
    sys.path[:0] = paths
    _forget()
    try:
        yield paths
    finally:
        for path in paths:
            sys.path.remove(path)
        for name in [name for name in sys.modules if name.partition(".")[0] == "gananomaly_blur"]:
            del sys.modules[name]
        _forget()


def _forget() -> None:
    """Processes look for other packages once."""
    from GANAnomalyLab.train.trainer_kinds import trainer_kinds
    from GANAnomalyLib.detectors.kinds import detector_kinds

    detector_kinds.cache_clear()
    trainer_kinds.cache_clear()
