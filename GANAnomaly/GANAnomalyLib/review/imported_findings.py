"""Findings of other systems on a series, and imported.json in a result folder."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from ..errors import InputError
from ..files import write_json
from ..files.reading import read_object
from ..files.typed_values import at_least, read_as
from ..results.result import read_manifest
from .result_facts import RESEARCH_ONLY

IMPORTED_FILE = "imported.json"
SCHEMA_VERSION = 1
_MAX_BYTES = 16_000_000
_REMEDY = "import them again, or remove that file"
_Pair = tuple[float, float]


@dataclass
class Measured:
    """A number that another system gave: its name, value and unit in that system's words (units as UCUM)."""

    name: str
    value: float
    unit: str = ""


@dataclass
class ImportedFinding:
    """A place that another system or person marked.

    ``box_ras`` is ((R, R), (A, A), (S, S)) in mm, the least and the most of each, pixels counted whole. ``observer`` is
    who marked it, ``by`` "person", "device" or "" where that is not said. ``label`` and ``kind`` are that system's
    words for this one and for what it is (the code's meaning). ``evaluations`` are what was judged, by name. ``source``
    is the SOP Instance UID of the object that it comes from, ``segment`` the number in a segmentation.
    """

    rank: Annotated[int, at_least(1)]
    label: str
    box_ras: tuple[_Pair, _Pair, _Pair]
    source: str
    observer: str = ""
    by: str = ""
    kind: str = ""
    volume_mm3: float | None = None
    segment: int | None = None
    tracking_id: str = ""
    tracking_uid: str = ""
    measurements: list[Measured] = field(default_factory=list)
    evaluations: dict[str, str] = field(default_factory=dict)

    @property
    def centre_ras(self) -> tuple[float, float, float]:
        """The middle of the box in mm."""
        right, anterior, superior = (sum(pair) / 2 for pair in self.box_ras)
        return right, anterior, superior


@dataclass
class _File:
    """imported.json."""

    findings: list[ImportedFinding]


def save_imported(path: Path | str, findings: list[ImportedFinding], folder: Path | None = None) -> Path:
    """Write findings as JSON, whole or not at all; ``folder`` is the result they are on. Returns the path.

    Raises :class:`InputError` when it cannot be written there.
    """
    data = {
        "schema_version": SCHEMA_VERSION,
        "notice": RESEARCH_ONLY,
        "fingerprint": "" if folder is None else str(read_manifest(folder).get("fingerprint", "")),
        "findings": [dataclasses.asdict(finding) for finding in findings],
    }
    return write_json(Path(path), data, "the imported findings")


def load_imported(folder: Path | str) -> list[ImportedFinding]:
    """Those kept in a result folder: none where there is no file, or where it is of an earlier result there.

    Raises :class:`InputError` when the folder holds no result, or the file cannot be understood.
    """
    path = Path(folder) / IMPORTED_FILE
    if not path.exists():
        return []
    there = str(read_manifest(Path(folder)).get("fingerprint", ""))
    data = read_object(path, _MAX_BYTES)
    version = data.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise InputError(f"{path} was written by a newer version of GANAnomaly: update to open it.")
    if data.get("fingerprint") != there:
        return []
    return read_as(_File, data, f"The file {path}", _REMEDY).findings
