"""Scores and findings, from slices and their reconstructions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..models.score_units import score_unit
from ..results.result import FILES, Finding
from ..running.cores import on_cores
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback
from ..score import (
    PatchFinding,
    Peak,
    heat_from_patches,
    join_peaks,
    merge_touching,
    peaks_needed,
    slice_peaks,
    window_valid_map,
)
from ..score.calibration import Calibration
from ..score.channels import by_name, calibrated_windows, channel_distances, channel_windows, planes_of
from ..score.hills import Hills
from ..score.normal_reference import NormalReference
from ..volume import Frame, Frames
from ..volume.framing import PlaneBox
from .analysis_state import Analysis, OwnScoring, Scored
from .prepare import Prepared, Resolved

MERGE_FROM, MERGE_SMOOTH_FROM = 4, 12
"""So many times more than asked for, so that the list is full again after merging; smooth maps have long flanks."""
SMOOTH_FRACTION = 0.5
"""The peaks of one thing in a smooth map lie apart and differ more: it goes on between them."""
TOGETHER = 8
"""Slices that a core scores at a time."""


def score_slices(
    prepared: Prepared,
    reconstructions: np.ndarray,
    resolved: Resolved,
    top: int,
    progress: ProgressCallback,
    cancel: CancelToken,
    calibration: NormalReference | None = None,
    own: OwnScoring | None = None,
) -> Scored:
    """Score every slice; ``reconstructions`` is (N, R, R) uint8 beside ``prepared.originals``, or (N, 3, R, R) as that.

    ``score`` is the metric over the region; ``patch_score`` its highest window. Heat is, for each pixel, the mean
    score of the windows that cover it. Windows and heat are in the metric's unit, or with a ``calibration`` in times
    what is usual there. A detector's ``own`` scores come in their place. Scores of colours are the means of their
    channels, which rows tell as well.
    """
    stack, frames = prepared.stack, prepared.frames
    patch, metric = (resolved.patch_size, resolved.metric) if own is None else (own.patch_size, own.metric)
    heat = np.zeros(stack.slices.shape, np.float32)
    originals, restored = planes_of(prepared.originals), planes_of(_measured_only(prepared, reconstructions))
    rows: list[dict[str, Any]] = []
    peaks: list[Peak] = []

    def windows(positions: range) -> Iterator[np.ndarray]:
        held = slice(positions.start, positions.stop)
        if own is not None:
            return (own.slices[prepared.indices[position]].windows[None] for position in positions)
        if calibration is not None:
            return calibrated_windows(calibration, originals[held], restored[held], patch, metric, cancel.check)
        pairs = zip(originals[held], restored[held], strict=True)
        return (channel_windows(*pair, patch, metric, threads=1) for pair in pairs)

    def scored(positions: range) -> list[tuple[dict[str, Any], list[Peak]]]:
        out = []
        for position, each in zip(positions, windows(positions), strict=True):
            cancel.check()
            index, patch_map = prepared.indices[position], each.mean(0)
            pair = originals[position], restored[position]
            region = None if prepared.regions is None else prepared.regions[position]
            counted = seen(frames[index]) if region is None else region
            if counted is not None:
                patch_map = np.where(_valid_windows(counted, patch), patch_map, np.nan)
            found = slice_peaks(patch_map, patch, peaks_needed(top), slice_index=index)
            if own is not None:
                local = own.slices[index].heat if region is None else np.where(region, own.slices[index].heat, 0.0)
            else:
                local = heat_from_patches(patch_map, patch, pair[0].shape[1:])
            heat[index] = frames[index].from_network(np.nan_to_num(local)[None].astype(np.float32))[0]
            row = _row(prepared, index, pair, region, resolved, found)
            at = each[:, found[0].row, found[0].col] if found else np.zeros(len(each))
            out.append((row | by_name(at, "patch_"), found))
        return out

    total = len(prepared.indices)
    groups = [range(first, min(first + TOGETHER, total)) for first in range(0, total, TOGETHER)]
    for group in on_cores(scored, groups):
        for row, found in group:
            cancel.check()
            rows.append(row)
            peaks += found
            progress(len(rows) / total, Message("scoring_slice", number=len(rows), count=total))
    smooth = own is not None and own.smooth
    stacked = join_peaks(peaks, patch, (MERGE_SMOOTH_FROM if smooth else MERGE_FROM) * top)
    if own is not None and own.smooth:
        # No larger than what the heatmap shows of it: a faint one would take in what is as high in any normal CT.
        hills = Hills({index: scores.windows for index, scores in own.slices.items()})
        least = resolved.heatmap_threshold or 0.0
        stacked = merge_touching(stacked, top, SMOOTH_FRACTION, gap=patch, least=least, one=hills.one)
    else:
        stacked = merge_touching(stacked, top)
    findings = [_finding(item, prepared, metric) for item in stacked]
    unit = score_unit(metric, calibration is not None) if own is None else own.unit
    return Scored(rows, findings, heat, unit, metric, patch)


def _measured_only(prepared: Prepared, reconstructions: np.ndarray) -> np.ndarray:
    """The reconstructions, equal to the slices where nothing was measured: that cannot differ."""
    if prepared.measured is None:
        return reconstructions
    return np.where(prepared.measured, reconstructions, prepared.originals)


@lru_cache(maxsize=64)
def seen(frame: Frame) -> np.ndarray | None:
    """(R, R) bool: pixels that show the slice and not the padding around it; None where there is no padding."""
    inside = frame.mask_to_network(np.ones((1, frame.height, frame.width), bool))[0]
    return None if inside.all() else inside


def _valid_windows(region: np.ndarray, patch: int) -> np.ndarray:
    """Windows at least half inside; for a region smaller than that, the ones that hold most of it."""
    for share in (0.5, 0.25, 0.1):
        valid = window_valid_map(region, patch, share)
        if valid.any():
            return valid
    return window_valid_map(region, patch, 1 / patch**2)


def _row(
    prepared: Prepared,
    index: int,
    pair: tuple[np.ndarray, np.ndarray],
    region: np.ndarray | None,
    resolved: Resolved,
    found: Sequence[Peak],
) -> dict[str, Any]:
    stack = prepared.stack
    centre = (np.array(stack.slices.shape) - 1) / 2
    place = prepared.volume.ras(stack.stack_to_ijk(np.array([index, centre[1], centre[2]])))
    along = {"axial": 2, "coronal": 1, "sagittal": 0}.get(stack.plane, 2)
    each = {name: channel_distances(*pair, name, region) for name in ("wd", "mse", "ssim")}
    values = {name: float(distances.mean()) for name, distances in each.items()}
    row: dict[str, Any] = {
        "slice": index,
        "position_mm": round(float(place[along]), 3),
        "score": values[resolved.metric],
        "patch_score": found[0].score if found else 0.0,
        "patch_row": found[0].row if found else -1,
        "patch_col": found[0].col if found else -1,
    }
    row.update(values)
    row.update(by_name(each[resolved.metric], "score_"))
    return row


def _finding(item: PatchFinding, prepared: Prepared, metric: str) -> Finding:
    (s0, s1), (r0, r1), (c0, c1) = item.box
    stack, volume = prepared.stack, prepared.volume
    box = _box_over(prepared.frames, range(s0, s1), (r0, r1, c0, c1))
    box_ijk = stack.box_to_ijk(((s0, s1), (box[0], box[1]), (box[2], box[3])))
    # The peak patch, not the box over all slices, says where to look first.
    middle = np.array([item.row, item.col]) + (item.size - 1) / 2
    row, col = prepared.frames[item.slice].slice_point(middle)
    # A window may reach beyond the slice by nearly half; the place to look at is inside.
    within = np.array(box_ijk, dtype=np.float64)
    middle_ijk = stack.stack_to_ijk(np.array([item.slice, row, col], dtype=np.float64))
    centre = volume.ras(np.clip(middle_ijk, within[:, 0], within[:, 1] - 1))
    size = [(stop - start) * step for (start, stop), step in zip(box_ijk, volume.spacing, strict=True)]
    return Finding(
        rank=item.rank,
        label=item.rank,
        score=float(item.score),
        metric=metric,
        slice=item.slice,
        slices=item.slices,
        box_ijk=box_ijk,
        centre_ras=(float(centre[0]), float(centre[1]), float(centre[2])),
        size_mm=(float(size[0]), float(size[1]), float(size[2])),
        patch_picture=f"{FILES['patches']}/finding_{item.rank:02d}.png",
        per_slice=[{"slice": m.slice, "row": m.row, "col": m.col, "score": float(m.score)} for m in item.members],
    )


def _box_over(frames: Frames, slices: range, box: PlaneBox) -> PlaneBox:
    """The slice pixels that a box of the network covers in any of some slices."""
    edges = np.array([frames[index].box_to_slice(*box) for index in slices])
    return int(edges[:, 0].min()), int(edges[:, 1].max()), int(edges[:, 2].min()), int(edges[:, 3].max())


def run_stage(analysis: Analysis, progress: ProgressCallback) -> None:
    """Score what was explained."""
    prepared, resolved, explained = analysis.prepared, analysis.resolved, analysis.explained
    calibration = None
    if explained.own is None and analysis.request.calibrate:
        # What normals show for this metric and patch size, where the model's file knows it.
        arrays = {name: tensor.numpy() for name, tensor in analysis.model.calibration.items()}
        calibration = Calibration.stored(arrays, resolved.metric, resolved.patch_size)
    analysis.scored = score_slices(
        prepared,
        explained.reconstructions,
        resolved,
        analysis.request.top,
        progress,
        analysis.cancel,
        calibration,
        explained.own,
    )
