"""The highest-scoring patches: kept apart within a slice, joined across neighbouring slices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..errors import InputError


class Peak(NamedTuple):
    """One patch: its slice, its top left pixel, its score."""

    slice: int
    row: int
    col: int
    score: float


@dataclass
class PatchFinding:
    """One finding, a patch or several that stack in consecutive slices.

    ``score``, ``slice``, ``row``, ``col`` are those of its highest patch, ``size`` is the patch's side in pixels,
    ``slices`` the first and last slice (both included), ``members`` one patch a slice in slice order.
    """

    rank: int
    score: float
    slice: int
    row: int
    col: int
    size: int
    slices: tuple[int, int]
    members: list[Peak] = field(default_factory=list)

    @property
    def box(self) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        """((s0, s1), (r0, r1), (c0, c1)) around all members, ends excluded."""
        rows = [m.row for m in self.members]
        cols = [m.col for m in self.members]
        return (
            (self.slices[0], self.slices[1] + 1),
            (min(rows), max(rows) + self.size),
            (min(cols), max(cols) + self.size),
        )


def top_findings(
    patch_maps: np.ndarray,
    patch_size: int = 32,
    top: int = 10,
    max_iou: float = 0.1,
    valid: np.ndarray | None = None,
    join: bool = True,
    *,
    join_iou: float = 0.2,
    join_fraction: float = 0.5,
    join_rise: float = 0.25,
    min_score: float = 0.0,
) -> list[PatchFinding]:
    """The ``top`` findings of a stack of patch maps, highest first.

    Parameters
    ----------
    patch_maps: (S, h, w), or (h, w) for one slice, as ``patch_distance_maps`` gives; NaN where a window does not count.
    patch_size: side of the windows in pixels.
    max_iou: no two patches kept in one slice overlap by more than this (intersection over union, 0..1).
    valid: optional bool array, the shape of ``patch_maps``: windows to consider.
    join, join_iou, join_fraction, join_rise: see :func:`join_peaks`.
    min_score: only windows that score above it; the default leaves out windows without any difference.

    Returns
    -------
    At most ``top`` findings. Equal scores go by slice, then row, then column, so the answer never depends on chance.

    Raises
    ------
    InputError: maps of another number of axes, ``valid`` of another shape, settings outside their ranges.
    """
    maps = np.asarray(patch_maps)
    if maps.ndim not in (2, 3):
        raise InputError(f"Findings come from one patch map or a stack of them, not from {maps.ndim} axes.")
    if valid is not None:
        valid = np.asarray(valid, dtype=bool)
        if valid.shape != maps.shape:
            raise InputError(f"The valid windows have shape {valid.shape} but the patch maps {maps.shape}.")
    if maps.ndim == 2:
        maps = maps[None]
        valid = None if valid is None else valid[None]
    peaks: list[Peak] = []
    for index, patch_map in enumerate(maps):
        chosen = None if valid is None else valid[index]
        count = peaks_needed(top, join)
        peaks += slice_peaks(patch_map, patch_size, count, max_iou, chosen, slice_index=index, min_score=min_score)
    return join_peaks(peaks, patch_size, top, join, join_iou=join_iou, join_fraction=join_fraction, join_rise=join_rise)


def peaks_needed(top: int, join: bool = True) -> int:
    """How many peaks a slice to collect so that the ``top`` findings come out right.

    A finding takes at most one peak of a slice, so ``top`` peaks hold every seed; as many again let findings go on into
    slices that are full of higher ones.
    """
    return 2 * top if join else top


def slice_peaks(
    patch_map: np.ndarray,
    patch_size: int,
    count: int,
    max_iou: float = 0.1,
    valid: np.ndarray | None = None,
    *,
    slice_index: int = 0,
    min_score: float = 0.0,
) -> list[Peak]:
    """The ``count`` highest windows of one (h, w) patch map that overlap by no more than ``max_iou``, highest first.

    Greedy non-maximum suppression. Callers with many slices use this slice by slice and keep only the peaks, then
    :func:`join_peaks`; :func:`top_findings` is the two together.
    """
    _check_settings(patch_size, count, max_iou)
    allowed = np.isfinite(patch_map)
    if valid is not None:
        allowed &= valid
    work = np.where(allowed, patch_map, -np.inf).astype(np.float64, copy=False)
    if work.size == 0:
        return []
    reach = patch_size - 1
    stencil = _overlap_stencil(patch_size, max_iou)
    # The highest score of each row: a new peak changes only the rows near it, so the rest is never looked at again.
    best = work.max(axis=1)
    peaks: list[Peak] = []
    while len(peaks) < count:
        row = int(best.argmax())
        score = float(best[row])
        if not score > min_score:
            break
        col = int(work[row].argmax())
        peaks.append(Peak(slice_index, row, col, score))
        r0, r1 = max(row - reach, 0), min(row + reach + 1, work.shape[0])
        c0, c1 = max(col - reach, 0), min(col + reach + 1, work.shape[1])
        near = stencil[r0 - row + reach : r1 - row + reach, c0 - col + reach : c1 - col + reach]
        work[r0:r1, c0:c1][near] = -np.inf
        best[r0:r1] = work[r0:r1].max(axis=1)
    return peaks


def join_peaks(
    peaks: Iterable[Peak],
    patch_size: int,
    top: int = 10,
    join: bool = True,
    *,
    join_iou: float = 0.2,
    join_fraction: float = 0.5,
    join_rise: float = 0.25,
) -> list[PatchFinding]:
    """Findings from the peaks of all slices, highest first, at most ``top``.

    The highest peak not yet taken starts a finding, which grows up and down through consecutive slices. In each it
    takes the one peak that overlaps its last patch most, if that overlap is at least ``join_iou``, and stops

    - where the score is below ``join_fraction`` of the finding's own (the falling flank beyond is set aside too: it is
      the same thing fading out, not another finding);
    - where the score rises again by more than ``join_rise`` above the lowest since the start: beyond that valley lies
      another finding, which keeps its patches.

    With ``join`` false each peak is a finding of its own.
    """
    _check_settings(patch_size, top, 0.0)
    for name, value in (("join_iou", join_iou), ("join_fraction", join_fraction)):
        if not 0.0 <= value <= 1.0:
            raise InputError(f"{name} must lie between 0 and 1, not {value}.")
    if join_rise < 0:
        raise InputError(f"join_rise must not be negative, not {join_rise}.")
    ordered = sorted(peaks, key=lambda p: (-p.score, p.slice, p.row, p.col))
    free: dict[int, list[Peak]] = {}
    for peak in ordered:
        free.setdefault(peak.slice, []).append(peak)
    findings: list[PatchFinding] = []
    for seed in ordered:
        if len(findings) == top:
            break
        if seed not in free[seed.slice]:
            continue
        free[seed.slice].remove(seed)
        members = [seed]
        for step in (-1, 1) if join else ():
            grown, flank = _grow(seed, step, free, patch_size, join_iou, join_fraction, join_rise)
            for peak in grown + flank:
                free[peak.slice].remove(peak)
            members += grown
        members.sort(key=lambda p: p.slice)
        extent = (members[0].slice, members[-1].slice)
        findings.append(
            PatchFinding(len(findings) + 1, seed.score, seed.slice, seed.row, seed.col, patch_size, extent, members)
        )
    return findings


def merge_touching(
    findings: list[PatchFinding],
    top: int = 10,
    fraction: float = 0.6,
    gap: int = 0,
    least: float = 0.0,
    one: Callable[[PatchFinding, PatchFinding], bool] | None = None,
) -> list[PatchFinding]:
    """One finding for one thing: the patches along a needle lie side by side, not on top of each other.

    A finding takes in lower ones that have a patch touching one of its own (edges meet or are ``gap`` pixels apart,
    same or next slice) and score at least ``fraction`` of it, and ``least``. Those that touch it, score less and are
    ``one`` thing with it (asked with the higher and the lower finding) are left out. Returns at most ``top``, ranked
    anew; ``members`` then holds several patches a slice.
    """
    _check_settings(1, top, 0.0)
    if not 0.0 <= fraction <= 1.0:
        raise InputError(f"fraction must lie between 0 and 1, not {fraction}.")
    rest = sorted(findings, key=lambda f: f.rank)
    merged: list[PatchFinding] = []
    while rest and len(merged) < top:
        seed, rest = rest[0], rest[1:]
        reach = seed.size + gap
        if one and any(_touch(seed.members, f.members, reach) and one(f, seed) for f in merged):
            continue
        members, enough = list(seed.members), max(fraction * seed.score, least)
        grown = True
        while grown:
            near = [f for f in rest if f.score >= enough and _touch(f.members, members, reach)]
            members += [peak for finding in near for peak in finding.members]
            rest = [f for f in rest if all(f is not taken for taken in near)]
            grown = bool(near)
        members.sort(key=lambda p: (p.slice, -p.score))
        extent = (members[0].slice, members[-1].slice)
        merged.append(
            PatchFinding(len(merged) + 1, seed.score, seed.slice, seed.row, seed.col, seed.size, extent, members)
        )
    return merged


def _touch(one: list[Peak], other: list[Peak], size: int) -> bool:
    """Whether any two patches of neighbouring or equal slices meet at an edge or overlap."""
    a, b = (np.array([(p.slice, p.row, p.col) for p in peaks]) for peaks in (one, other))
    apart = np.abs(a[:, None] - b[None])
    reach = np.array([1, size, size])
    corner = (apart[..., 1] == size) & (apart[..., 2] == size)
    return bool(((apart <= reach).all(-1) & ~corner).any())


def patch_iou(a: Peak, b: Peak, patch_size: int) -> float:
    """Intersection over union (0..1) of two patches' squares, whatever their slices."""
    shared = max(0, patch_size - abs(a.row - b.row)) * max(0, patch_size - abs(a.col - b.col))
    return shared / (2 * patch_size * patch_size - shared)


def _grow(
    seed: Peak, step: int, free: dict[int, list[Peak]], patch_size: int, iou: float, fraction: float, rise: float
) -> tuple[list[Peak], list[Peak]]:
    """The peaks that continue ``seed`` towards one side, and those of the flank beyond them."""
    grown: list[Peak] = []
    flank: list[Peak] = []
    last, lowest, length_at_lowest = seed, seed.score, 0
    while True:
        near = [(patch_iou(last, p, patch_size), p) for p in free.get(last.slice + step, ())]
        near = [pair for pair in near if pair[0] > 0 and pair[0] >= iou]
        if not near:
            return grown, flank
        # max keeps the first of equals, and peaks lie highest first.
        peak = max(near, key=lambda pair: pair[0])[1]
        if flank or peak.score < fraction * seed.score:
            if peak.score >= last.score:
                return grown, flank
            flank.append(peak)
        else:
            if peak.score > lowest * (1.0 + rise):
                return grown[:length_at_lowest], flank
            grown.append(peak)
            if peak.score < lowest:
                lowest, length_at_lowest = peak.score, len(grown)
        last = peak


def _overlap_stencil(patch_size: int, max_iou: float) -> np.ndarray:
    """(2p - 1, 2p - 1) bool: offsets at which another patch overlaps by more than ``max_iou``; the centre always."""
    side = patch_size - np.abs(np.arange(1 - patch_size, patch_size))
    shared = side[:, None] * side[None, :]
    stencil: np.ndarray = shared > max_iou * (2 * patch_size * patch_size - shared)
    stencil[patch_size - 1, patch_size - 1] = True
    return stencil


def _check_settings(patch_size: int, count: int, max_iou: float) -> None:
    if patch_size < 1:
        raise InputError(f"The patch size must be a whole number of pixels from 1 up, not {patch_size}.")
    if count < 1:
        raise InputError(f"At least one finding must be asked for, not {count}.")
    if not 0.0 <= max_iou <= 1.0:
        raise InputError(f"The overlap that patches may have lies between 0 and 1, not {max_iou}.")
