"""Figures of merit of each reader under each treatment, with what their errors are estimated from.

A cell is one reader under one treatment. Sources: empirical AUC with ties counting half, Bamber 1975; the weighted
figure of merit for located findings, Chakraborty and Zhai 2016 (there wAFROC), which compares each lesion with the
highest mark on each normal case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..delong import components
from .readings import Readings

METRICS = ("auc", "sensitivity", "specificity", "jafroc")
_NORMAL, _ABNORMAL = 0, 1

Kernel = Callable[[int, int], np.ndarray]
"""(first, stop) normal cases to (c, stop - first, abnormal cases): how far each pair is in the right order, 0 where a
cell lacks one of the two."""


@dataclass(frozen=True)
class Cells:
    """Figures of merit of c cells over n cases.

    Attributes
    ----------
    reader, treatment: (c,) numbers of each cell's.
    value: (c,) the figure of merit, 0..1; NaN where a class is missing.
    read: (c, n) whether the cell rated the case at all.
    items: (2, c, n) how many normal and abnormal items of each case the figure rests on.
    sums: (2, c, n) the sums of their components, each item's in 0..1: an item's mean over the items of the other class
        (0 or 1 where the figure is of one class only).
    within: (c, n) sums over the pairs of a normal and an abnormal item of one and the same case.
    pairs: whether the figure compares two classes.
    kernel: pairs one by one, None where cases hold several items or there are no pairs. normals: its normal cases.
    """

    reader: np.ndarray
    treatment: np.ndarray
    value: np.ndarray
    read: np.ndarray
    items: np.ndarray
    sums: np.ndarray
    within: np.ndarray
    pairs: bool
    kernel: Kernel | None = None
    normals: int = 0

    @property
    def clustered(self) -> bool:
        """Whether any case holds several items of one cell."""
        return bool((self.items.sum(0) > 1).any())

    @property
    def classes(self) -> tuple[int, ...]:
        """The classes that the figure rests on."""
        return tuple(side for side in (_NORMAL, _ABNORMAL) if self.items[side].any())


def cells_of(readings: Readings, metric: str, threshold: float | None = None) -> Cells:
    """The cells that have readings, by treatment, then reader.

    ``metric`` is one of :data:`METRICS`; sensitivity and specificity call abnormal what is rated ``threshold`` or more.
    """
    both = sorted(set(zip(readings.treatment.tolist(), readings.reader.tolist(), strict=True)))
    treatment, reader = (np.array(side) for side in zip(*both, strict=True))
    rows = [np.flatnonzero((readings.treatment == t) & (readings.reader == r)) for t, r in both]
    shape = len(both), len(readings.cases)
    read = np.zeros(shape, bool)
    for n, held in enumerate(rows):
        read[n, readings.case[held]] = True
    if metric == "jafroc":
        return _located(readings, reader, treatment, rows, read)
    items, sums, within = np.zeros((2, *shape), np.int64), np.zeros((2, *shape)), np.zeros(shape)
    for n, held in enumerate(rows):
        case, truth, rating = readings.case[held], readings.truth[held], readings.rating[held]
        for side, of_side, right in ((_NORMAL, ~truth, rating < (threshold or 0)),
                                     (_ABNORMAL, truth, rating >= (threshold or 0))):  # fmt: skip
            if metric in ("auc", ("specificity", "sensitivity")[side]):
                items[side, n] = np.bincount(case[of_side], minlength=shape[1])
                sums[side, n] = np.bincount(case[of_side], right[of_side], minlength=shape[1])
        if metric == "auc" and truth.any() and not truth.all():
            for side, of_side, parts in zip((0, 1), (~truth, truth), _components(rating, truth), strict=True):
                sums[side, n] = np.bincount(case[of_side], parts, minlength=shape[1])
            within[n] = _within(case, truth, rating, shape[1])
    one_each = int(items.sum(0).max()) <= 1
    kernel = _rating_kernel(readings, rows, items) if metric == "auc" and one_each else None
    pairs, normals = metric == "auc", int(items[_NORMAL].any(0).sum())
    return Cells(reader, treatment, _values(items, sums, pairs), read, items, sums, within, pairs, kernel, normals)


def _components(rating: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    of_normal, of_abnormal = components(rating[~truth][None], rating[truth][None])
    return of_normal[0], of_abnormal[0]


def _values(items: np.ndarray, sums: np.ndarray, pairs: bool) -> np.ndarray:
    """(c,) from the abnormal side where there is one: both sides' means are the same."""
    counts, totals = items.sum(2), sums.sum(2)
    side = _ABNORMAL if counts[_ABNORMAL].any() else _NORMAL
    known = counts.min(0) > 0 if pairs else counts[side] > 0
    return np.where(known, totals[side] / np.maximum(counts[side], 1), np.nan)


def _within(case: np.ndarray, truth: np.ndarray, rating: np.ndarray, count: int) -> np.ndarray:
    """(count,) the pairs within each case; few cases hold both kinds."""
    out = np.zeros(count)
    for one in np.intersect1d(case[truth], case[~truth]):
        high, low = rating[truth & (case == one)][:, None], rating[~truth & (case == one)]
        out[one] = ((high > low) + 0.5 * (high == low)).sum()
    return out


def _rating_kernel(readings: Readings, rows: list[np.ndarray], items: np.ndarray) -> Kernel:
    normal, abnormal = (np.flatnonzero(items[side].any(0)) for side in (_NORMAL, _ABNORMAL))
    table = np.full((len(rows), len(readings.cases)), np.nan)
    for n, held in enumerate(rows):
        table[n, readings.case[held]] = readings.rating[held]
    # What is not there compares as false, whichever way it is asked.
    low, high = table[:, normal], table[:, abnormal]

    def kernel(first: int, stop: int) -> np.ndarray:
        one, other = low[:, first:stop, None], high[:, None, :]
        return (other > one) + 0.5 * (other == one)

    return kernel


def _located(
    readings: Readings, reader: np.ndarray, treatment: np.ndarray, rows: list[np.ndarray], read: np.ndarray
) -> Cells:
    """Cells of located findings: a case is abnormal where it has a lesion, and its lesions' weights sum to 1."""
    lesions = _lesions(readings)
    abnormal = np.zeros(len(readings.cases), bool)
    abnormal[[case for case, _ in lesions]] = True
    of_case = np.array([case for case, _ in lesions], np.int64)
    weight = np.array(list(lesions.values()))
    weight /= np.bincount(of_case, weight, len(readings.cases))[of_case] if len(weight) else 1.0
    place = {key: n for n, key in enumerate(lesions)}
    # (c, n) the highest mark on no lesion, and (c, lesions) the highest on each; minus infinity for none.
    false, found = np.full(read.shape, -np.inf), np.full((len(rows), len(lesions)), -np.inf)
    for n, held in enumerate(rows):
        off = held[readings.lesion[held] < 0]
        np.maximum.at(false[n], readings.case[off], readings.rating[off])
        on = held[readings.lesion[held] >= 0]
        at = [place[key] for key in zip(readings.case[on].tolist(), readings.lesion[on].tolist(), strict=True)]
        np.maximum.at(found[n], at, readings.rating[on])
    normal, ill = np.flatnonzero(~abnormal), np.flatnonzero(abnormal)
    number = np.zeros(len(readings.cases), np.int64)
    number[ill] = np.arange(len(ill))
    spread = np.zeros((len(lesions), len(ill)))
    spread[np.arange(len(lesions)), number[of_case]] = weight
    low = np.where(read[:, normal], false[:, normal], np.nan)
    high = np.where(read[:, of_case], found, np.nan) if len(lesions) else found

    def kernel(first: int, stop: int) -> np.ndarray:
        one, other = low[:, first:stop, None], high[:, None, :]
        return ((other > one) + 0.5 * (other == one)) @ spread

    items, sums = np.zeros((2, *read.shape), np.int64), np.zeros((2, *read.shape))
    items[_NORMAL], items[_ABNORMAL] = read & ~abnormal, read & abnormal
    step = max(1, (1 << 22) // max(1, len(rows) * len(lesions)))
    for first in range(0, len(normal), step):
        part = kernel(first, min(first + step, len(normal)))
        sums[_NORMAL][:, normal[first : first + step]] = part.sum(2)
        sums[_ABNORMAL][:, ill] += part.sum(1)
    sums /= np.maximum(items.sum(2)[::-1], 1)[:, :, None]
    value, within = _values(items, sums, True), np.zeros(read.shape)
    return Cells(reader, treatment, value, read, items, sums, within, True, kernel, len(normal))


def _lesions(readings: Readings) -> dict[tuple[int, int], float]:
    """The weight of each (case, lesion) that any reading names, the lesions of a case together."""
    on = np.flatnonzero(readings.lesion >= 0)
    named = {(int(readings.case[n]), int(readings.lesion[n])): float(readings.weight[n]) for n in on}
    return dict(sorted(named.items()))
