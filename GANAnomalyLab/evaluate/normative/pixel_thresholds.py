"""From which heat on a pixel is seldom normal: the smallest threshold that few pixels of healthy scans exceed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from ...statistics.score_bins import BINS, bin_of, bin_score

RATES = (0.01, 0.02, 0.05)
"""Shares of pixels of healthy scans that may lie above a threshold."""

_AT_ONCE = 1 << 22


def search_threshold(
    heats: Iterable[np.ndarray],
    rates: Sequence[float] = RATES,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> dict[str, float]:
    """The smallest thresholds with at most a share of all pixels of healthy images above them.

    Exact whatever the number of pixels: they are counted in fine bins first, and the one bin that holds a threshold is
    then gone through again. Pixels that equal a threshold do not lie above it.

    Parameters
    ----------
    heats: arrays of any shape, in the heat's unit. Gone through twice (an iterator is kept in memory).
    rates: shares, above 0 and below 1.

    Returns
    -------
    Thresholds by rate, written as on a model's card: ``{"0.01": 3.2, ...}``.

    Raises
    ------
    InputError: no pixel, values that are not finite numbers, or rates outside 0..1. Cancelled.
    """
    rates, cancel = _checked(rates), cancel or CancelToken()
    if iter(heats) is heats:
        heats = list(heats)
    counts = HeatCounts()
    for number, heat in enumerate(heats, 1):
        counts.add(heat, cancel)
        progress(0.5 * (1 - 1 / (1 + number)), f"Counting pixels of healthy image {number}")
    places = counts.places(rates)
    wanted = np.unique([at for at, _ in places.values()])
    held: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {int(at): [] for at in wanted}
    for number, heat in enumerate(heats, 1):
        for piece in _pieces(heat, cancel):
            bins = bin_of(piece)
            for at, found in held.items():
                # Counted at once: a bin may hold nothing but the same value, a million times.
                found.append(np.unique(piece[bins == at], return_counts=True))
        progress(0.5 + 0.5 * (1 - 1 / (1 + number)), f"Searching thresholds: healthy image {number}")
    progress(1.0, "Done")
    return {_name(rate): _ranked(held[at], rank) for rate, (at, rank) in places.items()}


def own_threshold(heat: np.ndarray, percentile: float = 95.0) -> float:
    """A scan's own percentile of its pixels: the smallest value with at most the rest of them above it."""
    rate = float((100 - Fraction(repr(float(percentile)))) / 100)
    return next(iter(search_threshold([heat], [rate]).values()))


class HeatCounts:
    """Pixels of healthy images counted in fine bins, for when they are seen once only."""

    def __init__(self) -> None:
        self.pixels = 0
        self._bins = np.zeros(BINS, np.int64)

    def add(self, heat: np.ndarray, cancel: CancelToken | None = None) -> None:
        """Take the pixels of an array of any shape; raises :class:`InputError` for values that are not finite."""
        for piece in _pieces(heat, cancel or CancelToken()):
            if not np.isfinite(piece).all():
                raise InputError("A heatmap holds values that are not numbers (NaN or infinite): make it again.")
            found, counted = np.unique(bin_of(piece), return_counts=True)
            self._bins[found] += counted
            self.pixels += piece.size

    def places(self, rates: Sequence[float]) -> dict[float, tuple[int, int]]:
        """By rate: the bin that holds its threshold, and which largest value of that bin (0 is the largest) it is."""
        if not self.pixels:
            raise InputError("There is no pixel of a healthy image: thresholds need at least one heatmap.")
        above = np.cumsum(self._bins[::-1])[::-1]  # pixels in this bin or a higher one
        out = {}
        for rate in rates:
            allowed = int(Fraction(repr(float(rate))) * self.pixels)
            # The value that so many others may lie above is the next largest one.
            at = int(np.flatnonzero(above > allowed)[-1])
            out[rate] = at, allowed - int(above[at] - self._bins[at])
        return out

    def thresholds(self, rates: Sequence[float] = RATES) -> dict[str, float]:
        """As :func:`search_threshold`, at most a two-thousandth too high: the upper end of the bin."""
        places = self.places(_checked(rates))
        return {_name(rate): _top(at) for rate, (at, _) in places.items()}


def rounded_up(value: float, digits: int = 4) -> float:
    """To so many significant digits, never downwards: no more pixels lie above it than above the value."""
    if value == 0 or not math.isfinite(value):
        return value
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return float(math.ceil(Fraction(value) * Fraction(10) ** places) / Fraction(10) ** places)


def _top(at: int) -> float:
    """The upper end of a bin: a score in it is the one nearest to zero, which only below zero is the highest."""
    score, above = bin_score(np.array([at, at + 1]))
    return float(score if score < 0 else above)


def _ranked(found: list[tuple[np.ndarray, np.ndarray]], rank: int) -> float:
    values = np.concatenate([value for value, _ in found])
    counts = np.concatenate([count for _, count in found])
    order = np.argsort(values)[::-1]
    return float(values[order][np.searchsorted(np.cumsum(counts[order]), rank, side="right")])


def _pieces(heat: np.ndarray, cancel: CancelToken) -> Iterable[np.ndarray]:
    flat = np.asarray(heat).reshape(-1)
    if flat.dtype.kind not in "iufb":
        raise InputError("A heatmap holds values that are not real numbers: make it again.")
    for first in range(0, flat.size, _AT_ONCE):
        cancel.check()
        yield flat[first : first + _AT_ONCE]


def _checked(rates: Sequence[float]) -> tuple[float, ...]:
    if not rates or not all(0 < rate < 1 for rate in rates):
        raise InputError("The share of normal pixels above a threshold lies between 0 and 1, as in 0.05.")
    return tuple(dict.fromkeys(float(rate) for rate in rates))


def _name(rate: float) -> str:
    return f"{rate:g}"
