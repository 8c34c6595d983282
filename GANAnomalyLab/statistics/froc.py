"""Free-response ROC: how many lesions are found at how many false alarms per image.

Source: Bunch et al. 1977; the seven rates from 1/8 to 8 and their mean are those of the LUNA16 challenge (Setio et al.
2017).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken

from .bootstrap import Draws, Interval

RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""False positives per image at which the sensitivity is told."""
_MOST_POINTS = 1000


@dataclass(frozen=True)
class FrocCase:
    """One case: what its findings did, in any order.

    Attributes
    ----------
    found: the highest score of a finding on each lesion that has one, one value a found lesion.
    false: the score of each finding that lies on no lesion.
    lesions: how many lesions there are, at least as many as ``found``; 0 for a normal case.
    images: how many images its false positives are shared by: 1 to count them by case, its slices to count by slice.

    Further findings on a lesion that a higher one has found are neither.
    """

    found: tuple[float, ...]
    false: tuple[float, ...]
    lesions: int
    images: int = 1

    @classmethod
    def of(cls, scores: Sequence[float], hits: Sequence[Collection[int]], lesions: int, images: int = 1) -> FrocCase:
        """The case of findings with ``scores`` and, for each, the lesions 0..``lesions`` - 1 that it lies on (none: a
        false positive). Raises :class:`InputError` for unequal lengths or a lesion that there is not."""
        if len(scores) != len(hits):
            raise InputError(f"There are {len(scores)} scores but hits of {len(hits)} findings: give one for each.")
        best: dict[int, float] = {}
        false = []
        for score, on in zip(scores, hits, strict=True):
            if not on:
                false.append(float(score))
            for lesion in on:
                if not 0 <= lesion < lesions:
                    raise InputError(f"A finding lies on lesion {lesion}, but the case has lesions 0 to {lesions - 1}.")
                best[lesion] = max(best.get(lesion, -np.inf), float(score))
        return cls(tuple(best[lesion] for lesion in sorted(best)), tuple(false), lesions, images)


def froc(cases: Sequence[FrocCase]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The curve over all cases.

    Returns
    -------
    (false positives per image, sensitivity 0..1, thresholds), each (n,): the first two rise from 0, where nothing is
    called (threshold infinity), over each score that occurs, highest first; a finding is called when its score is at
    least the threshold. The last point calls every finding there is.

    Raises
    ------
    InputError: no case, no lesion in any, a score that is not finite, or counts that cannot be.
    """
    _check(cases)
    events = _Events.of(cases)
    found, false = events.counts(np.ones(len(cases)))
    lesions, images = (sum(getattr(case, name) for case in cases) for name in ("lesions", "images"))
    return false / images, found / lesions, np.append(np.inf, events.thresholds)


def curve_points(rates: np.ndarray) -> np.ndarray:
    """The places of at most a thousand points of a curve, the ends among them, for others to draw it."""
    return np.unique(np.linspace(0, len(rates) - 1, min(len(rates), _MOST_POINTS)).astype(int))


def sensitivity_at(rates: np.ndarray, sensitivity: np.ndarray, at: Sequence[float] = RATES) -> np.ndarray:
    """Sensitivity at given false positives per image, along straight lines between a curve's points.

    Where the curve rises upright, its upper end counts; beyond its last point the sensitivity stays as it is there.
    """
    wanted = np.asarray(at, dtype=np.float64)
    before = np.searchsorted(rates, wanted, "right") - 1
    after = np.minimum(before + 1, len(rates) - 1)
    width = rates[after] - rates[before]
    share = np.where(width > 0, (wanted - rates[before]) / np.where(width > 0, width, 1.0), 0.0)
    return sensitivity[before] + share * (sensitivity[after] - sensitivity[before])


def rate_at(rates: np.ndarray, sensitivity: np.ndarray, at: float) -> float:
    """The fewest false positives per image at which a curve reaches a sensitivity; NaN where it never does."""
    reached = np.flatnonzero(sensitivity >= at - 1e-12)
    if not len(reached):
        return float("nan")
    n = int(reached[0])
    if n == 0 or sensitivity[n] <= sensitivity[n - 1]:
        return float(rates[n])
    share = (at - sensitivity[n - 1]) / (sensitivity[n] - sensitivity[n - 1])
    return float(rates[n - 1] + min(share, 1.0) * (rates[n] - rates[n - 1]))


def froc_intervals(
    cases: Sequence[FrocCase], draws: Draws, cancel: CancelToken, at: Sequence[float] = RATES
) -> list[Interval | None]:
    """Intervals of the sensitivity at each rate and, last, of their mean, by drawing cases anew.

    ``draws`` is over ``len(cases)`` cases. A draw without any lesion has no value.
    """
    _check(cases)
    events = _Events.of(cases)
    lesions = np.array([case.lesions for case in cases], np.float64)
    images = np.array([case.images for case in cases], np.float64)

    def statistics(weights: np.ndarray) -> list[np.ndarray]:
        rows = []
        for weight in weights:
            whole = weight @ lesions
            if not whole:
                rows.append(np.full(len(at), np.nan))
                continue
            found, false = events.counts(weight)
            rows.append(sensitivity_at(false / (weight @ images), found / whole, at))
        table = np.array(rows)
        return [*table.T, table.mean(1)]

    return draws.intervals(statistics, len(at) + 1, cancel)


@dataclass(frozen=True)
class _Events:
    """Every score of every case, highest first: the (m,) case it is of and whether it finds a lesion; and, for the (n,)
    different scores, falling, the last event of each."""

    case: np.ndarray
    finds: np.ndarray
    thresholds: np.ndarray
    last: np.ndarray

    @classmethod
    def of(cls, cases: Sequence[FrocCase]) -> _Events:
        sides = [(n, finds, held) for n, case in enumerate(cases) for finds, held in ((1, case.found), (0, case.false))]
        sizes = [len(held) for _, _, held in sides]
        scores = np.array([score for _, _, held in sides for score in held], dtype=np.float64)
        order = np.argsort(-scores, kind="stable")
        scores = scores[order]
        last = np.flatnonzero(np.append(scores[1:] < scores[:-1], np.ones(min(len(scores), 1), bool)))
        case, finds = (np.repeat([side[k] for side in sides], sizes)[order] for k in (0, 1))
        return cls(case.astype(np.int64), finds.astype(bool), scores[last], last)

    def counts(self, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(lesions found, false positives) at no threshold and then at each, every case counting ``weight`` times."""
        held = weight[self.case]
        found, false = np.cumsum(np.where(self.finds, held, 0)), np.cumsum(np.where(self.finds, 0, held))
        return np.append(0, found[self.last]), np.append(0, false[self.last])


def _check(cases: Sequence[FrocCase]) -> None:
    if not cases:
        raise InputError("There is no case to draw an FROC curve of.")
    if not sum(case.lesions for case in cases):
        raise InputError("No case has a lesion: an FROC curve needs at least one.")
    for number, case in enumerate(cases, start=1):
        if not np.isfinite([*case.found, *case.false]).all():
            raise InputError(f"A finding of case {number} has a score that is not a finite number.")
        if len(case.found) > case.lesions or case.images < 1:
            raise InputError(
                f"Case {number} has {len(case.found)} found lesions of {case.lesions}, on {case.images} images: "
                "there must be at least as many lesions as are found, and one image."
            )
