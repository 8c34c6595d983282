"""DeLong's variance of AUROCs, its form for several cases of one patient, and what follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from GANAnomalyLib.errors import InputError

from .ranking import Ranking, aurocs
from .score_checks import Groups, score_array, share, two_classes, unit_numbers


@dataclass(frozen=True)
class DelongTest:
    """Two AUROCs and whether they differ.

    ``difference`` is first minus second, ``se`` its standard error, ``low`` and ``high`` its interval, ``p`` two-sided.
    ``p`` is NaN where the variance is zero and the difference is not; ``note`` then says why.
    """

    first: float
    second: float
    difference: float
    se: float
    z: float
    p: float
    low: float
    high: float
    note: str = ""


def components(normal: np.ndarray, abnormal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """DeLong's structural components of k scores: (k, n) normal and (k, m) abnormal to (k, n) and (k, m), each 0..1.

    An abnormal case's component is the share of normal cases that it exceeds, a normal case's that of abnormal cases
    by which it is exceeded, ties counting half; the mean of either is the AUROC. Computed from midranks, in
    O((n + m) log(n + m)). Source: DeLong, DeLong and Clarke-Pearson 1988; Sun and Xu 2014.
    """
    from scipy.stats import rankdata

    n, m = normal.shape[1], abnormal.shape[1]
    together = rankdata(np.concatenate([normal, abnormal], axis=1), axis=1)
    of_normal = 1 - (together[:, :n] - rankdata(normal, axis=1)) / m
    of_abnormal = (together[:, n:] - rankdata(abnormal, axis=1)) / n
    return of_normal, of_abnormal


def covariance(
    of_normal: np.ndarray, of_abnormal: np.ndarray, units: tuple[np.ndarray, np.ndarray] | None = None
) -> np.ndarray:
    """(k, k) covariance of k AUROCs from their components (k, n) and (k, m); NaN with one case (patient) of a class.

    With ``units`` (whose each case is, see :func:`.checks.unit_numbers`) cases of one patient may depend on each
    other. Sources: DeLong et al. 1988; for patients Obuchowski 1997, which is the same where each has one case.
    """
    n, m = of_normal.shape[1], of_abnormal.shape[1]
    if units is None:
        units = np.arange(n), n + np.arange(m)
    count = int(max(units[0].max(), units[1].max())) + 1
    values = of_abnormal.mean(1)[:, None]
    normal = _by_unit(of_normal - values, units[0], count)
    abnormal = _by_unit(of_abnormal - values, units[1], count)
    normals, abnormals = (len(np.unique(side)) for side in units)
    if min(normals, abnormals) < 2:
        return np.full((len(of_normal), len(of_normal)), np.nan)
    shared = len(np.unique(np.concatenate(units)))
    out = normals / (normals - 1) * (normal @ normal.T) / n**2
    out += abnormals / (abnormals - 1) * (abnormal @ abnormal.T) / m**2
    cross = normal @ abnormal.T
    return out + shared / (shared - 1) * (cross + cross.T) / (n * m)


def _by_unit(deviations: np.ndarray, units: np.ndarray, count: int) -> np.ndarray:
    return np.stack([np.bincount(units, row, count) for row in deviations])


def quantile(level: float) -> float:
    """How many standard deviations around the mean of a normal distribution hold ``level`` (0..1) of it."""
    return NormalDist().inv_cdf((1 + level) / 2)


def wald(value: float, se: float, level: float) -> tuple[float, float] | None:
    """Value plus and minus its standard errors, kept in 0..1; None without a variance."""
    if not math.isfinite(se) or se == 0:
        return None
    half = quantile(level) * se
    return max(0.0, value - half), min(1.0, value + half)


def logit(value: float, se: float, level: float) -> tuple[float, float] | None:
    """The interval made on the logit scale, which stays in 0..1 and covers better near 1; None at 0, 1, no variance.

    Share of 5000 binormal samples of 40 normal and 40 abnormal cases whose 95% interval holds the true AUROC: at 0.86
    this one 0.952, the plain one 0.926; at 0.96 this one 0.941, the plain one 0.873.
    """
    if not math.isfinite(se) or se == 0 or not 0 < value < 1:
        return None
    centre, half = math.log(value / (1 - value)), quantile(level) * se / (value * (1 - value))
    low, high = (_logistic(end) for end in (centre - half, centre + half))
    return low, high


def _logistic(value: float) -> float:
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    return math.exp(value) / (1 + math.exp(value))


def separation_bound(units: tuple[np.ndarray, np.ndarray] | None, normal: int, abnormal: int, level: float) -> float:
    """The lower end of an exact interval for a sample that is perfectly separated, where DeLong's variance is zero.

    Among k pairs of a normal and an abnormal case that share no patient, the number in the right order is binomial
    with the true AUROC; all k were. Clopper and Pearson's interval then begins at ((1 - level) / 2) ** (1 / k).
    """
    if units is None:
        pairs = min(normal, abnormal)
    else:
        sides = [set(side.tolist()) for side in units]
        pairs = min(len(sides[0]), len(sides[1]), len(sides[0] | sides[1]) // 2)
    return ((1 - level) / 2) ** (1 / pairs) if pairs else 0.0


def delong_test(
    first: object, second: object, abnormal: object, groups: Groups | None = None, level: float = 0.95
) -> DelongTest:
    """Whether two scores of the same cases have different AUROCs.

    Parameters
    ----------
    first, second: (n,) scores of the same cases in the same order; higher means more abnormal.
    abnormal: (n,) true where the case is abnormal.
    groups: (n,) whose each case is, or None where each is another patient's.
    level: of the interval of the difference, 0..1.

    Raises :class:`InputError` for NaN, unequal lengths, or one class only. Source: DeLong et al. 1988.
    """
    scores, truth, units = paired_scores(first, second, abnormal, groups)
    level = share(level, "level")
    normal, ill = scores[:, ~truth], scores[:, truth]
    values = np.array([aurocs(Ranking(*pair).once())[0] for pair in zip(normal, ill, strict=True)])
    return contrast(values, covariance(*components(normal, ill), units), level)


def contrast(values: np.ndarray, cov: np.ndarray, level: float) -> DelongTest:
    """The z test of the difference of two AUROCs (2,) with their covariance (2, 2)."""
    difference = float(values[0] - values[1])
    # Rounding leaves a trace of a variance where two scores rank alike.
    variance = float(cov[0, 0] + cov[1, 1] - 2 * cov[0, 1])
    scale = float(cov[0, 0] + cov[1, 1])
    se = math.sqrt(variance) if variance > 1e-12 * scale else (math.nan if math.isnan(variance) else 0.0)
    first, second = float(values[0]), float(values[1])
    if math.isnan(se):
        note = "With one case (or patient) of a class there is no variance, and no DeLong test."
        return DelongTest(first, second, difference, se, math.nan, math.nan, math.nan, math.nan, note)
    if se == 0:
        if abs(difference) < 1e-12:
            note = "Both rank the cases alike or separate them perfectly: these cases cannot tell them apart."
            return DelongTest(first, second, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, note)
        note = "The variance is zero, so that DeLong's test says nothing: read the permutation test."
        return DelongTest(first, second, difference, 0.0, math.nan, math.nan, math.nan, math.nan, note)
    from scipy.special import ndtr

    z, half = difference / se, quantile(level) * se
    low, high = max(-1.0, difference - half), min(1.0, difference + half)
    return DelongTest(first, second, difference, se, z, float(2 * ndtr(-abs(z))), low, high)


def paired_scores(
    first: object, second: object, abnormal: object, groups: Groups | None
) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray] | None]:
    """Checked: scores (2, n), truth (n,) bool, and units of normal and abnormal cases."""
    one, two = score_array(first, "scores of the first"), score_array(second, "scores of the second")
    truth = np.asarray(abnormal)
    if len(one) != len(two) or truth.shape != one.shape:
        raise InputError(
            f"There are {len(one)} scores of the first, {len(two)} of the second and {truth.size} truths: "
            "give one of each for every case."
        )
    if truth.dtype != bool:
        if not np.isin(truth, (0, 1)).all():
            raise InputError("The truth of each case must be 1 (abnormal) or 0 (normal).")
        truth = truth.astype(bool)
    two_classes(one[~truth], one[truth])
    units = None
    if groups is not None:
        if len(groups) != len(one):
            raise InputError(f"There are {len(one)} scores but {len(groups)} patients for them: give one for each.")
        names = np.array([str(name) for name in groups], dtype=object)
        units = unit_numbers(int((~truth).sum()), int(truth.sum()), names[~truth], names[truth])
    return np.stack([one, two]), truth, units
