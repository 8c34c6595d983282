"""The AUROC of one set of normal and one of abnormal scores: as published, and with intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .bootstrap import PatientDraws, percentiles
from .delong import components, covariance, logit, separation_bound, wald
from .operating import (
    OperatingPoint,
    partial_area,
    point_at_rate,
    point_at_sensitivity,
    rate_at,
    sensitivity_at,
)
from .ranking import Ranking, aurocs
from .score_areas import rates
from .score_checks import Groups, share, two_classes, unit_numbers, whole_number

SEED = 303
PUBLISHED_DRAWS = 50
DRAWS = 2000
RATES = (0.01, 0.05, 0.1)
SENSITIVITIES = (0.8, 0.9, 0.95)


@dataclass(frozen=True)
class PublishedAuroc:
    """The published bootstrap: ``mean`` and ``sd`` (over all draws, not one less) of ``draws`` (n,), each 0..1."""

    mean: float
    sd: float
    draws: np.ndarray
    note: str = ""


@dataclass(frozen=True)
class AurocEstimate:
    """An AUROC with its intervals.

    Attributes
    ----------
    value: 0..1; how often an abnormal case scores above a normal one, ties counting half.
    se: DeLong's standard error; NaN with one case (patient) of a class.
    percentile: (low, high) of the bootstrap, None without draws or with one patient of a class.
    delong: value plus and minus standard errors; for a perfectly separated sample see ``separated``.
    delong_logit: the same made on the logit scale.
    level: of the intervals, 0..1.
    normal, abnormal: how many cases.
    normal_patients, abnormal_patients: how many patients they are of; the same numbers without patients.
    separated: 1 or -1 where every abnormal score lies above (below) every normal one, 0 otherwise. The variance is
        then zero, and ``delong`` holds an exact binomial interval in its place.
    partial: (rate, standardised area up to that false positive rate, low, high) each; low, high None without draws.
    at_rate, at_sensitivity: what thresholds do, by the false positive rate and sensitivity that was asked for.
    notes: what a reader must know, one sentence each.
    """

    value: float
    se: float
    percentile: tuple[float, float] | None
    delong: tuple[float, float] | None
    delong_logit: tuple[float, float] | None
    level: float
    normal: int
    abnormal: int
    normal_patients: int
    abnormal_patients: int
    separated: int = 0
    partial: tuple[tuple[float, float, float | None, float | None], ...] = ()
    at_rate: dict[float, OperatingPoint] = field(default_factory=dict)
    at_sensitivity: dict[float, OperatingPoint] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def auroc(normal: object, abnormal: object) -> float:
    """The AUROC (0..1) of scores (n,) and (m,), higher meaning more abnormal; :class:`InputError` as checked scores."""
    return float(aurocs(Ranking(*two_classes(normal, abnormal)).once())[0])


def auroc_published(normal: object, abnormal: object, draws: int = PUBLISHED_DRAWS, seed: int = SEED) -> PublishedAuroc:
    """Mean and standard deviation of AUROCs over random draws, as in the published study.

    Each draw takes as many cases as the smaller set has, without replacement, from both sets. So the smaller set is
    always taken whole: the deviation tells only how much the choice from the larger set matters. It is no standard
    error, and with sets of one size it is zero.

    Parameters
    ----------
    normal, abnormal: (n,), (m,) finite scores; higher means more abnormal.
    draws: how many.
    seed: the same seed gives the same draws.

    Raises :class:`InputError` for NaN, an empty class, or settings out of range. Source: Woodland et al., "Generative
    Modeling for Interpretable Failure Detection in Liver CT Segmentation and Scalable Data Curation of Chest
    Radiographs".
    """
    one, two = two_classes(normal, abnormal)
    draws = whole_number(draws, "number of draws", 1)
    rng = np.random.default_rng(whole_number(seed, "seed", 0, 2**63 - 1))
    size, ranking = min(len(one), len(two)), Ranking(one, two)
    found = np.empty(draws)
    for number in range(draws):
        weights = [np.zeros((1, len(side)), np.int64) for side in (one, two)]
        for side in weights:
            side[0, rng.choice(side.shape[1], size, replace=False)] = 1
        found[number] = aurocs(ranking.counts(*weights))[0]
    note = ""
    if len(one) == len(two):
        note = (
            "Both sets have one size, so that each published draw takes all cases and its deviation is zero: read the "
            "intervals instead."
        )
    # Around the first, so that equal draws have no deviation by rounding.
    around = found - found[0]
    return PublishedAuroc(float(found[0] + around.mean()), float(around.std()), found, note)


def estimate_auroc(
    normal: object,
    abnormal: object,
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
    normal_groups: Groups | None = None,
    abnormal_groups: Groups | None = None,
    at_rates: tuple[float, ...] = RATES,
    at_sensitivities: tuple[float, ...] = SENSITIVITIES,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> AurocEstimate:
    """AUROC, its percentile and DeLong intervals, and what single thresholds do.

    Parameters
    ----------
    normal, abnormal: (n,), (m,) finite scores; higher means more abnormal.
    level: of the intervals, 0..1.
    draws: bootstrap draws; 0 for no percentile interval.
    seed: the same seed gives the same draws.
    normal_groups, abnormal_groups: whose each case is; the same name in both is one patient. Patients are then drawn
        whole, and DeLong's variance is Obuchowski's for clustered data.
    at_rates, at_sensitivities: false positive rates and sensitivities (0..1) to report thresholds for.

    Raises :class:`InputError` for NaN, an empty class, unequal lengths, or settings out of range.
    """
    one, two = two_classes(normal, abnormal)
    level = share(level, "level")
    draws = whole_number(draws, "number of draws", 0)
    seed = whole_number(seed, "seed", 0, 2**63 - 1)
    at_rates = tuple(share(rate, "false positive rate") for rate in at_rates)
    at_sensitivities = tuple(share(item, "sensitivity") for item in at_sensitivities)
    units = unit_numbers(len(one), len(two), normal_groups, abnormal_groups)
    ranking = Ranking(one, two)
    estimate = _delong(one, two, units, level)
    estimate = replace(
        estimate,
        partial=tuple((rate, float(partial_area(rates(ranking.once()), rate)[0]), None, None) for rate in at_rates),
        at_rate={rate: point_at_rate(ranking, rate) for rate in at_rates},
        at_sensitivity={item: point_at_sensitivity(ranking, item) for item in at_sensitivities},
    )
    if draws:
        patients = PatientDraws(len(one), len(two), units, draws, seed)
        if min(estimate.normal_patients, estimate.abnormal_patients) < 2:
            note = "With one case (or patient) of a class there is nothing to draw anew, and no interval."
            return replace(estimate, notes=(*estimate.notes, note))
        estimate = _bootstrap(estimate, ranking, patients, progress, cancel)
    return estimate


def _delong(normal: np.ndarray, abnormal: np.ndarray, units: tuple | None, level: float) -> AurocEstimate:
    parts = components(normal[None], abnormal[None])
    value = float(aurocs(Ranking(normal, abnormal).once())[0])
    variance = float(covariance(*parts, units)[0, 0])
    se = math.sqrt(max(variance, 0.0)) if math.isfinite(variance) else math.nan
    ones, others = (len(normal), len(abnormal)) if units is None else (len(np.unique(side)) for side in units)
    separated = int(normal.max() < abnormal.min()) - int(normal.min() > abnormal.max())
    notes: list[str] = []
    interval, on_logit = wald(value, se, level), logit(value, se, level)
    if separated:
        bound = separation_bound(units, len(normal), len(abnormal), level)
        interval = (bound, 1.0) if separated > 0 else (0.0, 1 - bound)
        on_logit = None
        side = "above" if separated > 0 else "below"
        notes.append(
            f"Every abnormal score lies {side} every normal one, where DeLong's variance is zero: its interval here is "
            "the exact binomial one of that many independent pairs. The bootstrap's interval has no width and is no "
            "sign of certainty."
        )
    elif np.ptp(np.concatenate([normal, abnormal])) == 0:
        notes.append("All scores are equal: the AUROC is 0.5 by ties alone, and has no variance.")
    elif value < 0.5:
        notes.append("Abnormal cases score lower than normal ones: check that a high score means abnormal.")
    return AurocEstimate(
        value,
        se,
        None,
        interval,
        on_logit,
        level,
        len(normal),
        len(abnormal),
        ones,
        others,
        separated,
        notes=tuple(notes),
    )


def _bootstrap(
    estimate: AurocEstimate,
    ranking: Ranking,
    patients: PatientDraws,
    progress: ProgressCallback,
    cancel: CancelToken | None,
) -> AurocEstimate:
    def statistics(normal: np.ndarray, abnormal: np.ndarray) -> list[np.ndarray]:
        counts = ranking.counts(normal, abnormal)
        curves = rates(counts)
        out = [aurocs(counts)]
        out += [partial_area(curves, rate) for rate, *_ in estimate.partial]
        out += [sensitivity_at(curves, rate) for rate in estimate.at_rate]
        return out + [rate_at(curves, item) for item in estimate.at_sensitivity]

    values = patients.by_class(statistics, progress, cancel)
    # One after the other, in the order in which they were computed.
    intervals = iter([percentiles(row, estimate.level) for row in values])
    main = next(intervals)
    nothing = (None, None)
    partial = tuple((rate, value, *(next(intervals) or nothing)) for rate, value, _, _ in estimate.partial)
    at_rate = {rate: _with(point, next(intervals)) for rate, point in estimate.at_rate.items()}
    at_sensitivity = {item: _with(point, next(intervals)) for item, point in estimate.at_sensitivity.items()}
    return replace(estimate, percentile=main, partial=partial, at_rate=at_rate, at_sensitivity=at_sensitivity)


def _with(point: OperatingPoint, interval: tuple[float, float] | None) -> OperatingPoint:
    return point if interval is None else replace(point, low=interval[0], high=interval[1])
