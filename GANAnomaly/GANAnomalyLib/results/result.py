"""The result folder's contract: file names, the manifest, and the data classes in it."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError

SCHEMA_VERSION = 1
MANIFEST = "result.json"
FILES = {
    "heatmap": "heatmap.nrrd",
    "reconstruction": "reconstruction.nrrd",
    "findings_segmentation": "findings.seg.nrrd",
    "scores": "scores.csv",
    "findings": "findings.json",
    "patches": "patches",
    "summary": "summary.png",
    "scene": "scene.mrb",
    "views": "views",
}


@dataclass
class Finding:
    """One highest-scoring patch, joined over neighbouring slices.

    ``slice`` and ``slices`` count in patient order (inferior to superior, zero based; ``slices`` both ends included).
    ``box_ijk`` is ((i0, i1), (j0, j1), (k0, k1)) in the input's voxels, ends excluded. ``centre_ras`` and ``size_mm``
    (along i, j, k) are millimetres. ``score`` is the metric's patch distance at ``slice``, the highest of the stack.
    ``label`` is the value in findings.seg.nrrd.
    """

    rank: int
    label: int
    score: float
    metric: str
    slice: int
    slices: tuple[int, int]
    box_ijk: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
    centre_ras: tuple[float, float, float]
    size_mm: tuple[float, float, float]
    patch_picture: str = ""
    per_slice: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Finding:
        data = dict(data)
        data["slices"] = tuple(data["slices"])
        data["box_ijk"] = tuple(tuple(pair) for pair in data["box_ijk"])
        data["centre_ras"] = tuple(data["centre_ras"])
        data["size_mm"] = tuple(data["size_mm"])
        return cls(**data)


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
        import csv

        folder = Path(folder)
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{folder} holds no finished result: {MANIFEST} is missing.", str(error)) from error
        if not isinstance(manifest, dict) or manifest.get("schema_version", 0) > SCHEMA_VERSION:
            raise InputError(f"{folder} was written by a newer version of GANAnomaly: update to open it.")
        try:
            found = json.loads((folder / FILES["findings"]).read_text(encoding="utf-8"))
            with open(folder / FILES["scores"], newline="", encoding="utf-8") as file:
                scores = [{key: _number(value) for key, value in row.items()} for row in csv.DictReader(file)]
            findings = [Finding.from_dict(item) for item in found["findings"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"The result in {folder} is damaged: run the analysis again.", str(error)) from error
        return cls(folder, manifest, findings, scores)


def finding_dict(finding: Finding) -> dict[str, Any]:
    """Plain values of a finding, for JSON."""
    return dataclasses.asdict(finding)


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text
