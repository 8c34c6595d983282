"""From which score on an image is left: by the share of a baseline that exceeds it, with an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError

from .curation_store import Store
from .judged_rows import BY_SCORE, judge

_LEAST = 20


@dataclass(frozen=True)
class ScoreThreshold:
    """``value`` is exceeded by ``rate`` of the ``baseline`` images; so many of the ``count`` images exceed it.

    ``low`` and ``high`` hold the true value with 95 % confidence (order statistics; David and Nagaraja 2003, 7.1), None
    where the baseline is too small to say.
    """

    value: float
    low: float | None
    high: float | None
    rate: float
    baseline: int
    above: int
    count: int


def score_threshold(store: Path | str, rate: float, baseline: Path | str | None = None) -> ScoreThreshold:
    """The score that ``rate`` of a baseline store (None: of the store itself) exceeds.

    Raises :class:`InputError` for stores without scores, of another model or settings, or with too few images.
    """
    if not 0 < rate < 1:
        raise InputError(f"The rate is a share between 0 and 1, such as 0.05, not {rate:g}.")
    judged = judge(store, by=BY_SCORE)
    scores = judged.score[judged.readable & np.isfinite(judged.score)]
    normal = scores
    if baseline is not None:
        other = Store.open(baseline)
        if other.fingerprint != judged.store.fingerprint:
            raise InputError(
                f"The stores {judged.store.folder.name} and {other.folder.name} were made with other models or "
                "settings: their scores cannot be compared."
            )
        found = judge(baseline, by=BY_SCORE)
        normal = found.score[found.readable & np.isfinite(found.score)]
    if len(normal) < _LEAST:
        raise InputError(f"{len(normal)} images are too few for a threshold: {_LEAST} or more are needed.")
    low, high = _interval(np.sort(normal), rate)
    value = float(np.quantile(normal, 1 - rate, method="higher"))
    return ScoreThreshold(value, low, high, rate, len(normal), int((scores > value).sum()), len(scores))


def _interval(ordered: np.ndarray, rate: float, level: float = 0.95) -> tuple[float | None, float | None]:
    # How many of the baseline lie below the true value is binomial; in logarithms, as its factorials are large.
    count = len(ordered)
    factorials = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, count + 1)))])
    chosen, below = factorials[-1] - factorials - factorials[::-1], np.arange(count + 1)
    shares = np.cumsum(np.exp(chosen + below * math.log(1 - rate) + (count - below) * math.log(rate)))
    low, high = (int(np.searchsorted(shares, end)) for end in ((1 - level) / 2, (1 + level) / 2))
    return (
        float(ordered[low - 1]) if 1 <= low <= count else None,
        float(ordered[high]) if high < count else None,
    )
