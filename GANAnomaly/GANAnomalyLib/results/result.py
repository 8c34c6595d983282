"""The result folder's contract: file names, the manifest, and the data classes in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypedDict

from ..domain.verdict import Domain
from ..errors import InputError, marked_notes
from ..files.reading import Rows, read_csv, read_object
from ..files.typed_values import Words, any_number, at_least, at_most, nameable, read_as
from ..running.messages import Message
from .why import Why

SCHEMA_VERSION = 1
MANIFEST = "result.json"
MASKING = "masking"
"""In the manifest's settings: which threshold slices were masked by ("setting", "value", "from")."""
FILES = {
    "heatmap": "heatmap.nrrd",
    "reconstruction": "reconstruction.nrrd",
    "reconstruction_colours": "reconstruction_colours.nrrd",
    "findings_segmentation": "findings.seg.nrrd",
    "scores": "scores.csv",
    "findings": "findings.json",
    "patches": "patches",
    "summary": "summary.png",
    "scene": "scene.mrb",
    "views": "views",
}
REMEDY = "run the analysis again"
_LONGEST = 18
"""Digits of a whole number in a table; what is longer is a score with a great many digits."""

_Size = Annotated[int, at_least(1), at_most(1 << 20)]
_Count = Annotated[int, at_least(0)]
_Row = tuple[float, float, float, float]
_Matrix = Annotated[tuple[_Row, _Row, _Row, _Row], Words("four rows of four numbers")]


@dataclass
class Finding:
    """One highest-scoring patch, joined over neighbouring slices.

    ``slice`` and ``slices`` count in patient order (inferior to superior, zero based; ``slices`` both ends included).
    ``box_ijk`` is ((i0, i1), (j0, j1), (k0, k1)) in the input's voxels, ends excluded. ``centre_ras`` and ``size_mm``
    (along i, j, k) are millimetres. ``score`` is the metric's patch distance at ``slice``, the highest of the stack.
    ``label`` is the value in findings.seg.nrrd. ``rarer_than`` is the share of normal slices (0.01, 0.02 or 0.05) that
    reach its score at most; None for a place within the usual, and where that is not known. ``why`` says how the place
    differs from the closest normal one; None where that was not told, as in older results.
    """

    rank: Annotated[int, at_least(1)]
    label: _Count
    score: float
    metric: str
    slice: _Count
    slices: tuple[_Count, _Count]
    box_ijk: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
    centre_ras: tuple[float, float, float]
    size_mm: tuple[float, float, float]
    patch_picture: Annotated[str, nameable] = ""
    per_slice: list[dict[str, Any]] = field(default_factory=list)
    rarer_than: float | None = None
    why: Why | None = None

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Finding:
        """The inverse of :func:`finding_dict`; raises :class:`InputError` naming the field at fault."""
        return read_as(cls, data, "A finding", REMEDY)


@dataclass
class _Findings:
    """findings.json."""

    findings: list[Finding]


class _Score(TypedDict, total=False):
    """A row of scores.csv."""

    slice: _Count
    score: Annotated[Any, any_number]
    patch_score: Annotated[Any, any_number]


class _Request(TypedDict, total=False):
    input: Annotated[str, nameable]
    model: str
    detector: str
    mode: str
    metric: str | None
    region: str
    series: str | None
    slices: tuple[int, int] | None
    settings: dict[str, Any]
    allow_any: bool
    scene: bool


class _Settings(TypedDict, total=False):
    window: float
    level: float
    metric: str
    patch_size: _Size
    patch_mm: float
    detector: str
    score_unit: str


class _Model(TypedDict, total=False):
    name: str
    title: str
    hash: str
    not_for: list[str]
    recommended: dict[str, Any]


class _Source(TypedDict, total=False):
    series: str
    instances: list[str]


class _Input(TypedDict, total=False):
    hash: str
    modality: str
    source: _Source


class _Frame(TypedDict, total=False):
    height: _Size
    width: _Size
    row_mm: float
    col_mm: float
    resolution: _Size
    box: tuple[int, int, int, int]
    boxes: list[tuple[int, int, int, int]]


class _Geometry(TypedDict, total=False):
    shape_kji: tuple[_Size, _Size, _Size]
    ijk_to_ras: _Matrix
    spacing_mm: tuple[float, float, float]
    frame: _Frame


class _Domain(TypedDict, total=False):
    verdict: str | None
    reasons: list[dict[str, Any]]


class Manifest(TypedDict, total=False):
    """What is read of result.json, where it is there; newer files may hold more."""

    schema_version: _Count
    created: str
    fingerprint: str
    request: _Request
    settings: _Settings
    heatmap_threshold: float | None
    heatmap_thresholds: dict[str, float] | None
    slice_thresholds: dict[str, float] | None
    findings_above: dict[str, int] | None
    domain: _Domain
    model: _Model
    input: _Input
    geometry: _Geometry
    device: dict[str, Any]
    timings_s: dict[str, float]
    versions: dict[str, Any]
    warnings: list[str]
    marked_warnings: dict[str, str]


@dataclass
class AnalysisResult:
    """A whole result: the folder, its manifest, the findings and the per-slice scores.

    ``scores`` has one dict a slice: ``slice`` (patient order), ``k`` style columns as in scores.csv.
    """

    folder: Path
    manifest: dict[str, Any]
    findings: list[Finding]
    scores: list[dict[str, Any]]
    reused: bool = False

    def path(self, name: str) -> Path:
        """The path of one of :data:`FILES` inside the folder."""
        return self.folder / FILES[name]

    @classmethod
    def read(cls, folder: Path | str) -> AnalysisResult:
        """Open a result folder; raises :class:`InputError` when it is not a whole one."""
        folder = Path(folder)
        manifest = read_manifest(folder)
        for name in (FILES["findings"], FILES["scores"]):
            if not (folder / name).is_file():
                raise InputError(f"The result in {folder} is damaged: {name} is missing; {REMEDY}.")
        listed = read_as(_Findings, read_object(folder / FILES["findings"]), str(folder / FILES["findings"]), REMEDY)
        table = read_csv(folder / FILES["scores"])
        scores = [{name: _number(text, table) for name, text in row.items()} for row in table.by_name()]
        read_as(list[_Score], scores, str(folder / FILES["scores"]), REMEDY, "row")
        return cls(folder, manifest, listed.findings, scores)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a result folder; raises :class:`InputError` when there is none, or one that cannot be used."""
    path = Path(folder) / MANIFEST
    try:
        there = path.is_file()
    except ValueError:  # a name that no folder can have
        there = False
    if not there:
        raise InputError(f"{folder} holds no finished result: {MANIFEST} is missing.")
    manifest = read_object(path)
    version = manifest.get("schema_version", 0)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise InputError(f"{folder} was written by a newer version of GANAnomaly: update to open it.")
    checked: dict[str, Any] = read_as(Manifest, manifest, str(path), REMEDY)
    return checked


def finding_dict(finding: Finding) -> dict[str, Any]:
    """Plain values of a finding, for JSON."""
    return dataclasses.asdict(finding)


def _number(text: str, table: Rows) -> Any:
    if table.comma_decimals:  # saved again by a spreadsheet
        text = text.replace(",", ".")
    try:
        return int(text) if len(text) <= _LONGEST else float(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def put_notes(manifest: dict[str, Any], notes: Sequence[str]) -> None:
    """Set a manifest's notes: as sentences ("warnings"), and those that have one as codes with values ("notes")."""
    manifest["warnings"] = [str(note) for note in notes]
    manifest["notes"] = [note.to_dict() for note in notes if isinstance(note, Message)]
    marked = marked_notes(notes)
    if marked:
        manifest["marked_warnings"] = marked


def verdict_of(manifest: Mapping[str, Any]) -> str | None:
    """Whether the scan is what the model was made on: "known", "unusual" or "unknown"; None where nobody can tell."""
    return domain_of(manifest).verdict


def domain_of(manifest: Mapping[str, Any]) -> Domain:
    """How the scan compares with what the model was made on."""
    told = manifest.get("domain")
    return Domain.from_dict(told if isinstance(told, Mapping) else {})


def notes_of(manifest: Mapping[str, Any]) -> list[str]:
    """A manifest's notes: messages where it has their codes, sentences of other versions as they are."""
    coded = [Message.from_dict(item) for item in manifest.get("notes", []) if isinstance(item, Mapping)]
    known = {str(message): message for message in coded}
    return [known.get(text, text) for text in manifest.get("warnings", [])]
