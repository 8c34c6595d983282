"""The study's permutation test: is the mean of one population of AUROCs above another's."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .auroc import SEED
from .score_checks import score_array, whole_number

RESAMPLES = 100_000
_CELLS = 1 << 20

DIFFERENCE = (
    "The published script counts random relabellings whose |difference| is above the observed difference: that asks "
    "whether the means differ in either direction, leaves out ties and the observed labelling (so that p can be 0), "
    "and gives p = 1 whenever the first mean is the lower one. The test here asks what the study states, whether the "
    "first mean is above the second, and counts ties and the observed labelling."
)
"""How the published p-value differs from the one-sided one, for reports."""

OF_DRAWS = (
    "Both populations are draws from the same cases: p falls as more draws are made, and speaks of the draws, not of "
    "patients. For patients, use: gananomaly evaluate compare."
)
"""What any test over bootstrap draws cannot say, for reports."""


@dataclass(frozen=True)
class PermutationResult:
    """The one-sided test of mean(first) > mean(second), and what the published script makes of the same relabellings.

    ``observed`` is the difference of means. ``p`` counts relabellings that are at least as high; ``exact`` says that
    all ``resamples`` of them were tried. ``published_p`` is the share whose absolute value is higher.
    """

    p: float
    published_p: float
    observed: float
    first_mean: float
    second_mean: float
    first_sd: float
    second_sd: float
    first: int
    second: int
    resamples: int
    exact: bool


def permutation_test(
    first: object,
    second: object,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> PermutationResult:
    """One-sided permutation test, H1: mean(first) > mean(second).

    Parameters
    ----------
    first, second: (n,), (m,) AUROCs or any other numbers, at least two each.
    resamples: random relabellings; all of them are tried where there are no more.
    seed: the same seed gives the same p.

    ``sd`` in the result is the sample's (one less in the denominator). Raises :class:`InputError` for NaN, fewer than
    two values, or settings out of range. Computed by ``scipy.stats.permutation_test``.
    """
    from scipy import stats

    one, two = score_array(first, "values of the first", 2), score_array(second, "values of the second", 2)
    resamples = whole_number(resamples, "number of permutations", 1)
    seed = whole_number(seed, "seed", 0, 2**63 - 1)
    # Rounding must not tell equal values apart: around zero it is smallest, and of equal values nothing is left.
    centre = float(np.median(np.concatenate([one, two])))
    batch = max(1, _CELLS // (len(one) + len(two)))
    done = 0

    def statistic(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        nonlocal done
        if cancel is not None:
            cancel.check()
        if x.ndim > 1:
            done += x.shape[0]
            progress(min(done / resamples, 1.0), f"Relabelling: {min(done, resamples):,} of {resamples:,}")
        return x.mean(axis) - y.mean(axis)

    # SciPy renamed this argument in 1.15.
    name = "rng" if "rng" in inspect.signature(stats.permutation_test).parameters else "random_state"
    result = stats.permutation_test(
        (one - centre, two - centre),
        statistic,
        vectorized=True,
        n_resamples=resamples,
        batch=batch,
        alternative="greater",
        **{name: np.random.default_rng(seed)},
    )
    null, observed = np.asarray(result.null_distribution), float(result.statistic)
    exact = _partitions(len(one), len(two), resamples) <= resamples
    above = np.abs(null) > observed + abs(observed) * 1e-12
    return PermutationResult(
        float(result.pvalue),
        float(above.mean()),
        observed,
        float(one.mean()),
        float(two.mean()),
        float(one.std(ddof=1)),
        float(two.std(ddof=1)),
        len(one),
        len(two),
        len(null),
        exact,
    )


def _partitions(first: int, second: int, most: int) -> int:
    """How many ways there are to choose the first population, counted no further than just beyond ``most``."""
    out = 1
    for number in range(1, min(first, second) + 1):
        out = out * (first + second - min(first, second) + number) // number
        if out > most:
            return out
    return out
