"""One finished result beside what is known of its case: scores of slices, findings on and off the lesion, pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import AnalysisResult, Finding
from GANAnomalyLib.volume.frames import Frames
from GANAnomalyLib.volume.mask import read_mask
from GANAnomalyLib.volume.orient import AxialStack
from GANAnomalyLib.volume.read import load

from ...statistics.score_areas import ScoreCounts, auroc, average_precision
from ...tables.write_csv import plain
from .study_cases import StudyCase

NETWORK_PIXELS = 4
"""A slice is abnormal from so many of the network's pixels of lesion on: fewer cannot be expected to be seen."""


@dataclass
class Measured:
    """What is kept of one result: plain values, ready for JSON.

    ``slices``: a dict a slice, as in scores.csv with ``abnormal``, ``lesion_pixels`` and ``located``. ``findings``:
    rank, score, slice and ``hit`` (None where no lesion is known). ``case``: everything about the whole.
    """

    slices: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    case: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"slices": self.slices, "findings": self.findings, "case": self.case}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Measured:
        """The inverse of :meth:`to_dict`; raises KeyError or TypeError for other data."""
        return cls(list(data["slices"]), list(data["findings"]), dict(data["case"]))


@dataclass(frozen=True)
class _Truth:
    """The lesion (S, H, W) bool and the heat on the stack's grid, and the network's frames around them."""

    stack: AxialStack
    lesion: np.ndarray
    frames: Frames

    def meets(self, number: int, row: int, col: int, patch: int) -> bool:
        """Whether a patch of the network's image covers a pixel of lesion in slice ``number``."""
        r0, r1, c0, c1 = self.frames[number].box_to_slice(row, row + patch, col, col + patch)
        return bool(self.lesion[number, r0:r1, c0:c1].any())


def measure(result: AnalysisResult, case: StudyCase, min_lesion_pixels: int | None = None) -> Measured:
    """Hold a result against its case.

    A slice is abnormal when at least ``min_lesion_pixels`` of its own pixels are lesion (None: the area of
    :data:`NETWORK_PIXELS` pixels of the network, at least one); one with less than that, but some, counts neither way.
    Without a mask the slices of an abnormal case count neither way either, unless it has only one. A patch is on the
    lesion when it covers a pixel of it; a finding, when one of its patches does. Pixel areas are over what the network
    saw of the slices analysed.

    Raises
    ------
    InputError: the mask cannot be used, or the result is damaged or holds scores that are not numbers.
    """
    try:
        return _measure(result, case, min_lesion_pixels)
    except (KeyError, TypeError, IndexError) as error:
        raise InputError(f"The result of {case.name} is damaged: run it again.", repr(error)) from error


def least_pixels(frames: Frames, given: int | None) -> int:
    """How many pixels of a slice must be lesion for it to be abnormal."""
    if given is not None:
        return given
    return max(1, round(NETWORK_PIXELS * frames.pixel_mm() ** 2 / (frames[0].row_mm * frames[0].col_mm)))


def _measure(result: AnalysisResult, case: StudyCase, min_lesion_pixels: int | None) -> Measured:
    manifest = result.manifest
    patch = int(manifest["settings"]["patch_size"])
    truth = None if case.normal or case.mask is None else _truth(result, case)
    least = least_pixels(Frames.from_dict(manifest["geometry"]["frame"]), min_lesion_pixels)
    out = Measured()
    for row in result.scores:
        out.slices.append(_slice(row, case, truth, least, patch, single_slice=len(result.scores) == 1))
    for finding in result.findings:
        hit = None if truth is None else _on_lesion(finding, truth, patch)
        if case.normal:
            hit = False
        out.findings.append({"rank": finding.rank, "score": float(finding.score), "slice": finding.slice, "hit": hit})
    ranks = [finding["rank"] for finding in out.findings if finding["hit"]]
    known = case.normal or truth is not None
    pixel_auroc, pixel_ap = (math.nan, math.nan) if truth is None else _pixels(result, truth)
    out.case = {
        "abnormal": int(not case.normal),
        "known": known,
        "located": None if truth is None else int(bool(ranks) and ranks[0] == out.findings[0]["rank"]),
        "hit_rank": ranks[0] if ranks else None,
        "false_positives": sum(not finding["hit"] for finding in out.findings) if known else None,
        "lesion_pixels_needed": least,
        "pixel_auroc": plain(pixel_auroc),
        "pixel_ap": plain(pixel_ap),
        "metric": str(manifest["settings"]["metric"]),
        "unit": str(manifest["settings"].get("score_unit", "")),
        "patch_size": patch,
        "model_hash": str(manifest["model"]["hash"]),
        "input_hash": str(manifest["input"]["hash"]),
        **_times(manifest),
    }
    return out


def _truth(result: AnalysisResult, case: StudyCase) -> _Truth:
    heat = load(result.path("heatmap"))
    assert case.mask is not None
    try:
        lesion = read_mask(case.mask, None, heat)
    except InputError as error:
        raise InputError(f"The lesion mask of {case.name} cannot be used: {error.message}", error.details) from error
    stack = AxialStack.from_volume(heat)
    marked = AxialStack.from_volume(heat.like(lesion)).slices
    seen = [int(row["slice"]) for row in result.scores]
    if not marked[seen].any():
        raise InputError(f"The lesion mask of {case.name} marks nothing in the slices that were analysed.")
    return _Truth(stack, marked, Frames.from_dict(result.manifest["geometry"]["frame"]))


def _slice(
    row: Mapping[str, Any], case: StudyCase, truth: _Truth | None, least: int, patch: int, single_slice: bool
) -> dict[str, Any]:
    out: dict[str, Any] = {"slice": int(row["slice"])}
    for name in ("score", "patch_score", "wd", "mse", "ssim"):
        value = float(row[name])
        if not math.isfinite(value):
            raise InputError(f"Slice {out['slice']} of {case.name} has a {name} that is no number: run it again.")
        out[name] = value
    pixels = 0 if truth is None else int(truth.lesion[out["slice"]].sum())
    abnormal: int | None
    if case.normal:
        abnormal = 0
    elif truth is None:
        abnormal = 1 if single_slice else None
    else:
        abnormal = 1 if pixels >= least else (None if pixels else 0)
    located = None
    if truth is not None and abnormal == 1:
        # A slice outside the region has no patch at all.
        has_patch = int(row["patch_row"]) >= 0
        located = int(has_patch and truth.meets(out["slice"], int(row["patch_row"]), int(row["patch_col"]), patch))
    known = case.normal or truth is not None
    return {**out, "abnormal": abnormal, "lesion_pixels": pixels if known else None, "located": located}


def _on_lesion(finding: Finding, truth: _Truth, patch: int) -> bool:
    """By its own patches: the box around all of them may hold much that no patch covers."""
    if finding.per_slice:
        return any(truth.meets(int(p["slice"]), int(p["row"]), int(p["col"]), patch) for p in finding.per_slice)
    (i0, i1), (j0, j1), (k0, k1) = finding.box_ijk
    return bool(truth.stack.to_voxels(truth.lesion)[k0:k1, j0:j1, i0:i1].any())


def _pixels(result: AnalysisResult, truth: _Truth) -> tuple[float, float]:
    rows = [int(row["slice"]) for row in result.scores]
    boxes = [(number, *truth.frames[number].box) for number in rows]
    seen = [np.s_[number, max(r0, 0) : r1, max(c0, 0) : c1] for number, r0, r1, c0, c1 in boxes]
    heat = np.concatenate([truth.stack.slices[part].ravel() for part in seen])
    lesion = np.concatenate([truth.lesion[part].ravel() for part in seen])
    if not np.isfinite(heat).all():
        raise InputError(f"The heatmap in {result.folder} holds values that are not numbers: run it again.")
    if not lesion.any() or lesion.all():
        return math.nan, math.nan
    counts = ScoreCounts.of(heat[~lesion], heat[lesion])
    return auroc(counts), average_precision(counts)


def _times(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Seconds of the whole, and of explaining and scoring by slice; a run that was resumed tells only half of it."""
    if manifest["counts"].get("resumed", 0):
        return {"seconds": None, "seconds_per_slice": None}
    times = manifest["timings_s"]
    slices = max(int(manifest["counts"]["slices"]), 1)
    spent = float(times["explain"]) + float(times["score"])
    return {"seconds": round(float(times["total"]), 3), "seconds_per_slice": round(spent / slices, 5)}
