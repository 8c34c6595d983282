"""The analysis of figures of merit by readers and treatments after Obuchowski and Rockette.

Sources: Obuchowski and Rockette 1995; the degrees of freedom and the single treatments, Hillis 2007 and 2014 (where
nested designs follow by what they leave out); readers or cases fixed, Hillis, Obuchowski and Berbaum 2011.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

# What rounding leaves of a number that is zero, of the size of the numbers around it.
_ROUNDING = 1e-11


@dataclass(frozen=True)
class Components:
    """Variance components as they are estimated, also below 0; None where a design cannot tell them.

    ``error`` is the mean variance of a figure of merit over drawn cases. Its covariances: ``cov1`` of one reader under
    two treatments, ``cov2`` of two readers under one, ``cov3`` of two under two. ``reader`` and ``treatment_reader``
    are variances of readers; in a split plot ``reader`` holds both.
    """

    reader: float | None
    treatment_reader: float | None
    error: float
    cov1: float | None
    cov2: float | None
    cov3: float | None


@dataclass(frozen=True)
class Estimate:
    """An estimate with ``se``, degrees of freedom (None for a normal distribution), ends and two-sided ``p``.

    What cannot be told is None.
    """

    estimate: float
    se: float | None = None
    df: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class GlobalTest:
    """That all treatments are alike: ``f`` on ``df1`` and ``df2``; with fixed readers ``df2`` is None and ``f`` times
    ``df1`` is a chi-square."""

    f: float | None
    df1: int
    df2: float | None
    p: float | None


@dataclass(frozen=True)
class Anova:
    """``differences`` by pair of treatments (first minus second), ``treatments`` each by itself; None for one
    treatment where a test needs two."""

    components: Components
    differences: dict[tuple[int, int], Estimate]
    test: GlobalTest | None
    treatments: list[Estimate]


def analyse_cells(
    value: np.ndarray,
    reader: np.ndarray,
    treatment: np.ndarray,
    covariance: np.ndarray,
    fixed: str | None,
    level: float,
) -> Anova:
    """The analysis of cells (c,) with the (c, c) covariance of their errors.

    ``fixed`` is None (conclusions hold for readers and cases like these), "readers" or "cases". Every reader has a cell
    under every treatment, or under one only. One reader is fixed.
    """
    kinds = np.unique(treatment)
    means = np.array([value[treatment == one].mean() for one in kinds])
    split = len(kinds) > 1 and len(np.unique(reader)) == len(reader)
    components = _covariances(reader, treatment, covariance)
    readers = np.array([int((treatment == one).sum()) for one in kinds])
    mean_square, df = _between(value, reader, treatment, split)
    components = _with_readers(components, value, reader, treatment, split, mean_square)
    singles = [_single(value[treatment == one], covariance[np.ix_(*[treatment == one] * 2)], fixed, level)
               for one in kinds]  # fmt: skip
    if len(kinds) == 1:
        return Anova(components, {}, None, singles)
    noise = _Noise.of(components, mean_square, df, fixed, split)
    pairs = [(a, b) for a in range(len(kinds)) for b in range(a + 1, len(kinds))]
    differences = {
        (a, b): noise.interval(means[a] - means[b], 1 / readers[a] + 1 / readers[b], level) for a, b in pairs
    }
    return Anova(components, differences, noise.test(means, readers), singles)


def combined(value: float, variance: float, df: float, level: float, difference: bool = False) -> Estimate:
    """Value plus and minus its standard errors, by Student's distribution (normal for infinite ``df``).

    Kept in 0..1; a ``difference`` in -1..1, and with a p for none. Only the value where there is no variance.
    """
    from scipy import stats

    value, df = float(value), float(df)
    if not variance > 0:
        return Estimate(value)
    se = math.sqrt(variance)
    half = float(stats.t.ppf((1 + level) / 2, df)) * se
    p = float(2 * stats.t.sf(abs(value) / se, df)) if difference else None
    ends = max(-1.0 if difference else 0.0, value - half), min(1.0, value + half)
    return Estimate(value, se, df if math.isfinite(df) else None, *ends, p)


@dataclass(frozen=True)
class _Noise:
    """What a difference of treatments is held against: ``own`` by reader, ``common`` whoever reads, ``df`` of
    ``own``, and ``error``, the variance of a figure."""

    own: float
    common: float
    df: float
    error: float

    @classmethod
    def of(cls, components: Components, mean_square: float, df: float, fixed: str | None, split: bool) -> _Noise:
        error = components.error
        cov1, cov2, cov3 = ((one or 0.0) for one in (components.cov1, components.cov2, components.cov3))
        common = _settled(max(cov2 - cov3, 0.0), error)
        if fixed == "cases":
            return cls(mean_square, 0.0, df, error)
        if fixed == "readers" and split:
            # As the covariances are; of one reader a treatment there is no cov2, and it has no part either.
            cov2 = cov3 if components.cov2 is None else cov2
            return cls(_settled(error - cov2, error), _settled(cov2 - cov3, error), math.inf, error)
        if fixed == "readers":
            return cls(_settled(max(error - cov1 - common, 0.0), error), common, math.inf, error)
        return cls(mean_square, common, df, error)

    def interval(self, difference: float, shares: float, level: float) -> Estimate:
        difference = 0.0 if abs(difference) < _ROUNDING else difference
        own, common = shares * self.own, 2 * self.common
        if own + common <= 0:
            return self._nothing(difference)
        return combined(difference, own + common, _satterthwaite(own, common, self.df), level, True)

    def test(self, means: np.ndarray, readers: np.ndarray) -> GlobalTest:
        """Treatments of unequal numbers of readers count as of their harmonic mean."""
        from scipy import stats

        count = len(means) / (1 / readers).sum()
        differences = np.where(np.abs(means - means[0]) < _ROUNDING, 0.0, means - means[0])
        square = float(count * differences.var(ddof=1))
        own, common, df1 = self.own, count * self.common, len(means) - 1
        if own + common <= 0:
            nothing = self._nothing(float(np.abs(differences).max()))
            return GlobalTest(0.0 if nothing.p else None, df1, None, nothing.p)
        f, df2 = float(square / (own + common)), float(_satterthwaite(own, common, self.df))
        if math.isinf(df2):
            return GlobalTest(f, df1, None, float(stats.chi2.sf(f * df1, df1)))
        return GlobalTest(f, df1, df2, float(stats.f.sf(f, df1, df2)))

    def _nothing(self, difference: float) -> Estimate:
        """Where treatments do not vary against each other: rated alike, or without any error to estimate."""
        alike = difference == 0 and self.error > 0
        return Estimate(0.0, 0.0, None, 0.0, 0.0, 1.0) if alike else Estimate(difference)


def _satterthwaite(own: float, common: float, df: float) -> float:
    """Degrees of freedom of a sum of which only ``own`` is estimated from readers."""
    return (own + common) ** 2 / own**2 * df if own > 0 else math.inf


def _settled(value: float, size: float) -> float:
    """Zero where a number is what rounding left of it."""
    return 0.0 if abs(value) <= _ROUNDING * abs(size) else float(value)


def _covariances(reader: np.ndarray, treatment: np.ndarray, covariance: np.ndarray) -> Components:
    same_reader, same_treatment = reader[:, None] == reader, treatment[:, None] == treatment
    error = float(np.diag(covariance).mean())

    def mean(pairs: np.ndarray) -> float | None:
        return _settled(float(covariance[pairs].mean()), error) if pairs.any() else None

    others = (
        mean(same_reader & ~same_treatment),
        mean(~same_reader & same_treatment),
        mean(~same_reader & ~same_treatment),
    )
    return Components(None, None, error, *others)


def _between(value: np.ndarray, reader: np.ndarray, treatment: np.ndarray, split: bool) -> tuple[float, float]:
    """The mean square of readers within treatments (split plot) or of treatments by readers, and its degrees."""
    kinds, count = np.unique(treatment), len(np.unique(reader))
    if split:
        squares = [((held - held.mean()) ** 2).sum() for held in (value[treatment == one] for one in kinds)]
        df = len(value) - len(kinds)
    else:
        table = _table(value, reader, treatment)
        apart = table - table.mean(0) - table.mean(1, keepdims=True) + table.mean()
        squares, df = [(apart**2).sum()], (len(kinds) - 1) * (count - 1)
    found = float(sum(squares)) / df if df else 0.0
    return (0.0 if found < _ROUNDING**2 else found), float(df)


def _table(value: np.ndarray, reader: np.ndarray, treatment: np.ndarray) -> np.ndarray:
    """(treatments, readers) of crossed cells."""
    order = np.lexsort((reader, treatment))
    return value[order].reshape(len(np.unique(treatment)), -1)


def _with_readers(
    found: Components, value: np.ndarray, reader: np.ndarray, treatment: np.ndarray, split: bool, mean_square: float
) -> Components:
    kinds, count = len(np.unique(treatment)), len(np.unique(reader))
    cov1, cov2, cov3 = ((one or 0.0) for one in (found.cov1, found.cov2, found.cov3))
    if count < 2 or (split and count == kinds):
        return found
    if split:
        return replace(found, reader=mean_square - found.error + cov2)
    of_readers = float(kinds * _table(value, reader, treatment).mean(0).var(ddof=1))
    if kinds == 1:
        return replace(found, reader=of_readers - found.error + cov2)
    return replace(
        found,
        reader=_settled((of_readers - mean_square) / kinds - cov1 + cov3, found.error),
        treatment_reader=_settled(mean_square - found.error + cov1 + cov2 - cov3, found.error),
    )


def _single(value: np.ndarray, covariance: np.ndarray, fixed: str | None, level: float) -> Estimate:
    """One treatment by its own readings alone."""
    count, mean = len(value), float(value.mean())
    error = float(np.diag(covariance).mean())
    cov2 = (float(covariance.sum()) - count * error) / (count * (count - 1)) if count > 1 else 0.0
    common = _settled(max(cov2, 0.0), error)
    if fixed == "readers" or count < 2:
        own, df = max(error - common, 0.0), math.inf
    else:
        own, df = float(value.var(ddof=1)), count - 1.0
        own, common = (0.0 if own < _ROUNDING**2 else own), 0.0 if fixed == "cases" else common
    return combined(mean, own / count + common, _satterthwaite(own / count, common, df), level)
