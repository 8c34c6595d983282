"""Is one score better than another: on the same cases, or on different ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from .auroc import DRAWS, SEED
from .bootstrap import Pair, PatientDraws, percentiles
from .delong import DelongTest, components, contrast, covariance, paired_scores
from .exchange_test import exchange_test
from .ranking import Ranking, aurocs
from .score_checks import Groups, share, two_classes, unit_numbers, whole_number

PERMUTATIONS = 10_000


@dataclass(frozen=True)
class Comparison:
    """Two AUROCs held against each other.

    Attributes
    ----------
    first, second: the AUROCs, 0..1.
    difference: first minus second.
    percentile: (low, high) of the difference by bootstrap; None without draws or with one patient of a class.
    delong: DeLong's test and interval of the difference.
    permutation_p: two-sided, NaN where there is none (other cases in the second, or ``permutations`` = 0).
    permutation_exact: every exchange was tried, so that the p-value is no estimate.
    paired: the same cases were scored twice.
    normal, abnormal: cases of the first; ``second_normal``, ``second_abnormal`` of the second.
    patients: of the first, None where none were given.
    notes: what a reader must know, one sentence each.
    """

    first: float
    second: float
    difference: float
    percentile: tuple[float, float] | None
    delong: DelongTest
    permutation_p: float
    permutation_exact: bool
    paired: bool
    level: float
    normal: int
    abnormal: int
    second_normal: int
    second_abnormal: int
    patients: int | None
    notes: tuple[str, ...] = ()


def compare_paired(
    first: object,
    second: object,
    abnormal: object,
    groups: Groups | None = None,
    level: float = 0.95,
    draws: int = DRAWS,
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> Comparison:
    """Two scores (metrics, detectors) of the same cases.

    Parameters
    ----------
    first, second: (n,) finite scores of the same cases in the same order; higher means more abnormal. They may be on
        different scales.
    abnormal: (n,) true where the case is abnormal.
    groups: (n,) whose each case is; patients are drawn and exchanged whole. None: each case stands for itself.
    level: of the intervals, 0..1.
    draws: bootstrap draws, 0 for none.
    permutations: of the permutation test, 0 for none.
    seed: the same seed gives the same numbers.

    Raises :class:`InputError` for NaN, unequal lengths, one class only, or settings out of range. Sources: DeLong et
    al. 1988 and Obuchowski 1997; the permutation test exchanges the two ranks of a case, Bandos, Rockette and Gur 2005.
    """
    scores, truth, units = paired_scores(first, second, abnormal, groups)
    level, draws = share(level, "level"), whole_number(draws, "number of draws", 0)
    permutations = whole_number(permutations, "number of permutations", 0)
    seed = whole_number(seed, "seed", 0, 2**63 - 1)
    normal, ill = scores[:, ~truth], scores[:, truth]
    rankings = [Ranking(normal[n], ill[n]) for n in range(2)]
    values = np.array([aurocs(ranking.once())[0] for ranking in rankings])
    delong = contrast(values, covariance(*components(normal, ill), units), level)
    notes = [delong.note] if delong.note else []
    percentile = None
    if draws:
        patients = PatientDraws(normal.shape[1], ill.shape[1], units, draws, seed)

        def difference(drawn_normal: np.ndarray, drawn_ill: np.ndarray) -> list[np.ndarray]:
            one, two = (aurocs(ranking.counts(drawn_normal, drawn_ill)) for ranking in rankings)
            return [one - two]

        if _few(units, normal.shape[1], ill.shape[1]):
            notes.append("With one case (or patient) of a class there is nothing to draw anew, and no interval.")
        else:
            percentile = percentiles(patients.by_class(difference, part(progress, 0, 0.5), cancel)[0], level)
    p, exact = math.nan, False
    if permutations:
        p, exact = exchange_test(normal, ill, units, permutations, seed, part(progress, 0.5, 1), cancel)
    return Comparison(
        float(values[0]),
        float(values[1]),
        float(values[0] - values[1]),
        percentile,
        delong,
        p,
        exact,
        True,
        level,
        normal.shape[1],
        ill.shape[1],
        normal.shape[1],
        ill.shape[1],
        None if units is None else len(np.unique(np.concatenate(units))),
        tuple(notes),
    )


def _auroc_alone(ranking: Ranking, normal: np.ndarray, abnormal: np.ndarray) -> list[np.ndarray]:
    return [aurocs(ranking.counts(normal, abnormal))]


def _few(units: Pair | None, normal: int, abnormal: int) -> bool:
    sizes = (normal, abnormal) if units is None else tuple(len(np.unique(side)) for side in units)
    return min(sizes) < 2


def compare_unpaired(
    first: tuple[object, object],
    second: tuple[object, object],
    first_groups: tuple[Groups, Groups] | None = None,
    second_groups: tuple[Groups, Groups] | None = None,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> Comparison:
    """Two scores of different cases: no patient may be in both, as the two are taken to be independent.

    ``first`` and ``second`` are (normal, abnormal) scores, each (n,), and their groups likewise (whose each case is).
    There is no permutation test: cases of two studies are not exchangeable where the scores' scales differ. Raises
    :class:`InputError` as :func:`compare_paired`, and where a patient is in both.
    """
    level, draws = share(level, "level"), whole_number(draws, "number of draws", 0)
    seed = whole_number(seed, "seed", 0, 2**63 - 1)
    if first_groups and second_groups:
        shared = {str(n) for side in first_groups for n in side} & {str(n) for side in second_groups for n in side}
        if shared:
            raise InputError(
                f"{len(shared)} patients are in the first and in the second set, so that they are not independent: "
                "compare the same cases pair by pair, or leave these patients out of one set."
            )
    values, variances, drawn, notes = [], [], [], []
    for number, (pair, groups) in enumerate(((first, first_groups), (second, second_groups))):
        normal, abnormal = two_classes(*pair)
        units = unit_numbers(len(normal), len(abnormal), *(groups or (None, None)))
        ranking = Ranking(normal, abnormal)
        values.append(float(aurocs(ranking.once())[0]))
        variances.append(float(covariance(*components(normal[None], abnormal[None]), units)[0, 0]))
        if draws and not _few(units, len(normal), len(abnormal)):
            patients = PatientDraws(len(normal), len(abnormal), units, draws, seed + number)
            measure = partial(_auroc_of_draws, ranking)
            drawn.append(patients.by_class(measure, part(progress, number / 2, (number + 1) / 2), cancel)[0])
    delong = contrast(np.array(values), np.diag(variances), level)
    notes += [delong.note] if delong.note else []
    if draws and len(drawn) < 2:
        notes.append("With one case (or patient) of a class there is nothing to draw anew, and no interval.")
    percentile = percentiles(drawn[0] - drawn[1], level) if len(drawn) == 2 else None
    sizes = [len(np.asarray(side)) for pair in (first, second) for side in pair]
    return Comparison(
        values[0],
        values[1],
        values[0] - values[1],
        percentile,
        delong,
        math.nan,
        False,
        False,
        level,
        sizes[0],
        sizes[1],
        sizes[2],
        sizes[3],
        None if first_groups is None else len({str(name) for side in first_groups for name in side}),
        tuple(notes),
    )


def _auroc_of_draws(ranking: Ranking, normal: np.ndarray, abnormal: np.ndarray) -> list[np.ndarray]:
    """The AUROC of draws, given by how often each case of a class was drawn."""
    return [aurocs(ranking.counts(normal, abnormal))]
