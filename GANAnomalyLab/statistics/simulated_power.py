"""How often the permutation test would find a difference, if the populations were as they look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .auroc import SEED
from .bootstrap import CELLS
from .score_checks import score_array, share, whole_number

ALPHA = 0.05
SIMULATIONS = 1000
PERMUTATIONS = 9999


@dataclass(frozen=True)
class Power:
    """The share (0..1) of simulated studies whose one-sided p is at most ``alpha``, and its 95% binomial interval.

    ``means`` and ``sds`` are those of the two normal distributions, ``sizes`` how many values a study draws of each.
    """

    power: float
    low: float
    high: float
    alpha: float
    simulations: int
    permutations: int
    means: tuple[float, float]
    sds: tuple[float, float]
    sizes: tuple[int, int]


def power(
    first: object,
    second: object,
    alpha: float = ALPHA,
    simulations: int = SIMULATIONS,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> Power:
    """Simulated power of the one-sided permutation test.

    Each simulated study draws N(mean, sd) populations with the means, sample standard deviations and sizes of
    ``first`` (n,) and ``second`` (m,), and is itself tested. The test of a study is the Monte Carlo permutation test
    with ``permutations`` random relabellings, whose level holds for any number of them (p counts the observed
    labelling); studies that are handled together share relabellings, which leaves the power the same on average and
    makes a thousand studies a few matrix products.

    Raises :class:`InputError` for NaN, fewer than two values, or settings out of range.
    """
    from scipy import stats

    one, two = score_array(first, "values of the first", 2), score_array(second, "values of the second", 2)
    alpha = share(alpha, "alpha")
    simulations = whole_number(simulations, "number of simulations", 1, 1_000_000)
    permutations = whole_number(permutations, "number of permutations", 1, 1_000_000)
    rng = np.random.default_rng(whole_number(seed, "seed", 0, 2**63 - 1))
    means, sds = (float(one.mean()), float(two.mean())), (float(one.std(ddof=1)), float(two.std(ddof=1)))
    sizes = len(one), len(two)
    hits, at_once = 0, max(1, min(simulations, 250, CELLS // sum(sizes)))
    for start in range(0, simulations, at_once):
        count = min(at_once, simulations - start)
        ones = rng.normal(0.0, sds[0], (count, sizes[0])) + (means[0] - means[1])
        values = np.concatenate([ones, rng.normal(0.0, sds[1], (count, sizes[1]))], axis=1)
        above = _as_high(values, sizes[0], permutations, rng, cancel)
        hits += int(((above + 1) / (permutations + 1) <= alpha).sum())
        progress((start + count) / simulations, Message("simulating_studies", number=start + count, count=simulations))
    exact = stats.binomtest(hits, simulations).proportion_ci(0.95)
    return Power(
        hits / simulations, float(exact.low), float(exact.high), alpha, simulations, permutations, means, sds, sizes
    )


def _as_high(
    values: np.ndarray, first: int, permutations: int, rng: np.random.Generator, cancel: CancelToken | None
) -> np.ndarray:
    """(b,) how many random relabellings of each row of values (b, n + m) are at least as high as the observed one.

    With the sum of a row fixed, the difference of means rises with the sum of the values labelled first.
    """
    total = values.shape[1]
    observed = values[:, :first].sum(1)
    slack = 1e-12 * np.abs(values).sum(1)
    above = np.zeros(len(values), np.int64)
    rows = max(1, min(permutations, CELLS // total))
    for start in range(0, permutations, rows):
        if cancel is not None:
            cancel.check()
        count = min(rows, permutations - start)
        chosen = np.zeros((count, total))
        places = np.argpartition(rng.random((count, total)), first - 1, axis=1)[:, :first]
        np.put_along_axis(chosen, places, 1.0, axis=1)
        above += (values @ chosen.T >= (observed - slack)[:, None]).sum(1)
    return above


def power_published(
    published_p: float,
    alpha: float = ALPHA,
    simulations: int = SIMULATIONS,
    permutations: int = 100_000,
    seed: int = SEED,
) -> float:
    """The power (0..1) as the published script finds it.

    It simulates populations but tests the observed ones each time, so that its "power" is how often repeated runs of
    one test fall below ``alpha``: 0 or 1 unless p is close to it. A run's p is binomial around ``published_p`` (the
    share of relabellings, see :class:`.permutation.PermutationResult`), which is drawn here in place of running the
    test a thousand times.
    """
    rng = np.random.default_rng(whole_number(seed, "seed", 0, 2**63 - 1))
    alpha = share(alpha, "alpha")
    runs = rng.binomial(permutations, min(max(published_p, 0.0), 1.0), simulations) / permutations
    return float((runs < alpha).mean())
