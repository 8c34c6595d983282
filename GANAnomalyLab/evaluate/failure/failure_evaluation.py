"""Over all cases: whether the score tells failures apart, goes with the Dice, and what is left when it is heeded."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ...images.case_names import some
from ...statistics.auroc import AurocEstimate, estimate_auroc
from ...statistics.bootstrap import Draws, Interval
from ..evaluation_options import ORGAN_SCORES, FailureOptions
from ..findings.read_results import read_results
from .failure_cases import SegmentedCase
from .failure_rule import Rule
from .organ_measures import OrganMeasures, measure_case
from .risk_coverage import best_curve, risk_curve

_READING, _AREAS = 0.7, 0.8


@dataclass(frozen=True)
class Value:
    """A number, NaN where it cannot be told, with its interval over patients."""

    value: float
    interval: Interval | None


@dataclass(frozen=True)
class FailureStatistics:
    """What the cases with a truth say.

    ``aurocs`` and ``correlations`` (Spearman's, score with Dice: negative where a high score means a bad segmentation)
    are by score; the rest is of the score that was chosen. A case's risk is 1 - Dice. ``scores`` and ``risk`` (n,)
    rise along coverage; ``area`` is the mean risk over coverage, ``best`` that of a score that knows the Dice,
    ``chance`` that of one that knows nothing, ``gained`` chance less area.
    """

    failures: int
    others: int
    aurocs: dict[str, AurocEstimate]
    correlations: dict[str, Value]
    scores: np.ndarray
    risk: np.ndarray
    best_risk: np.ndarray
    area: Value
    gained: Value

    @property
    def best(self) -> float:
        return float(self.best_risk.mean())

    @property
    def chance(self) -> float:
        return float(self.risk[-1])


@dataclass
class FailureEvaluation:
    """The whole evaluation; ``statistics`` is None without a truth.

    ``learnt`` tells whether the rule comes from these very cases. ``models`` and ``settings`` are what the scores
    depend on.
    """

    options: FailureOptions
    cases: list[tuple[SegmentedCase, OrganMeasures]]
    rule: Rule
    learnt: bool
    models: dict[str, str]
    settings: dict[str, list[str]]
    statistics: FailureStatistics | None = None
    warnings: list[str] = field(default_factory=list)

    def failed(self, measures: OrganMeasures) -> bool | None:
        """Whether a case's Dice is too small; None where it is not known."""
        return None if math.isnan(measures.dice) else measures.dice < self.options.dice

    def counts(self) -> dict[str, int]:
        """How often the rule warned of failures and of others, and did not; empty without a truth."""
        out = dict.fromkeys(("warned_failures", "missed_failures", "false_warnings", "passed"), 0)
        for _, measures in self.cases:
            failed, warned = self.failed(measures), self.rule.likely_to_fail(measures)
            if failed is None:
                return {}
            out[(("passed", "false_warnings"), ("missed_failures", "warned_failures"))[failed][warned]] += 1
        return out


def evaluate_failure(
    cases: Sequence[SegmentedCase],
    options: FailureOptions | None = None,
    rule: Rule | None = None,
    notes: Sequence[str] = (),
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> FailureEvaluation:
    """Measure all cases; with truths hold the scores against them, and learn the rule unless one is given.

    Parameters
    ----------
    cases, notes: as :func:`~.failure_cases.match_segmentations` gives them; all with a truth, or none.
    options: None for the defaults.
    rule: learnt elsewhere; needed without truths.

    Raises
    ------
    InputError: a case that cannot be used (named), no organ in any segmentation, failures only or none at all, a rule
        of other scores.
    """
    options, cancel = options or FailureOptions(), cancel or CancelToken()
    reading = part(progress, 0.0, _READING)
    rows, models, settings = read_results(cases, lambda case: measure_case(case, options), reading, cancel)
    empty = [case.result.name for case, measures in rows if math.isnan(measures.highest)]
    if len(empty) == len(rows):
        which = "an organ" if options.label is None else f"the label {options.label}"
        raise InputError(f"No segmentation holds {which} in the slices that were analysed: check label and files.")
    statistics = None
    if all(case.truth is not None for case in cases):
        statistics = _statistics(rows, options, part(progress, _READING, 1.0), cancel)
    learnt = rule is None
    if rule is None:
        if statistics is None:
            raise InputError("Without a truth a rule is needed that was learnt before.")
        rule = _learn(statistics, options, models, settings)
    else:
        rule.check(models, settings)
    out = FailureEvaluation(options, rows, rule, learnt, models, settings, statistics, list(notes))
    _warn(out, empty)
    progress(1.0, Message("done"))
    return out


def _statistics(
    rows: Sequence[tuple[SegmentedCase, OrganMeasures]],
    options: FailureOptions,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> FailureStatistics:
    """Of the cases that have a score, that is whose segmentation is not empty."""
    rows = [row for row in rows if not math.isnan(row[1].highest)]
    dice = np.array([measures.dice for _, measures in rows])
    people = np.array([case.result.drawn_with for case, _ in rows])
    scores = {name: np.array([getattr(measures, name) for _, measures in rows]) for name in ORGAN_SCORES}
    failed = dice < options.dice
    if failed.all() or not failed.any():
        which = "Every segmentation has" if failed.all() else "No segmentation has"
        raise InputError(
            f"{which} a Dice under {options.dice:g} (they go from {dice.min():.3f} to {dice.max():.3f}): give a "
            f"{'smaller' if failed.all() else 'larger'} --dice, or cases of both kinds."
        )
    aurocs = {
        name: estimate_auroc(
            values[~failed],
            values[failed],
            options.level,
            options.bootstrap,
            options.seed,
            people[~failed],
            people[failed],
            (),
            (options.sensitivity,),
            cancel=cancel,
        )
        for name, values in scores.items()
    }
    progress(_AREAS, Message("drawing_patients"))
    chosen, losses = scores[options.score], 1 - dice
    table = np.column_stack([*scores.values(), dice])

    def numbers(held: np.ndarray) -> list[float]:
        """The correlations, the area and the gain of some cases, by their numbers."""
        risk = risk_curve(chosen[held], losses[held])
        return [*_spearman(table[held]), float(risk.mean()), float(risk[-1] - risk.mean())]

    found = [
        Value(value, interval)
        for value, interval in zip(
            numbers(np.arange(len(rows))), _intervals(numbers, people, options, cancel), strict=True
        )
    ]
    return FailureStatistics(
        int(failed.sum()),
        int((~failed).sum()),
        aurocs,
        dict(zip(scores, found, strict=False)),
        np.sort(chosen),
        risk_curve(chosen, losses),
        best_curve(losses),
        *found[-2:],
    )


def _intervals(
    numbers: Callable[[np.ndarray], list[float]], people: np.ndarray, options: FailureOptions, cancel: CancelToken
) -> list[Interval | None]:
    """The intervals of some numbers of drawn cases, patients being drawn whole."""
    names, whose = np.unique(people, return_inverse=True)
    draws = Draws(len(names), options.bootstrap, options.seed, options.level)
    count = len(ORGAN_SCORES) + 2

    def statistics(weights: np.ndarray) -> list[np.ndarray]:
        found = [numbers(np.repeat(np.arange(len(whose)), row[whose])) for row in weights]
        return list(np.array(found).T)

    return draws.intervals(statistics, count, cancel)


def _spearman(table: np.ndarray) -> list[float]:
    """The rank correlation of each column but the last with the last; NaN for one that does not vary."""
    from scipy.stats import rankdata

    if len(table) < 3:
        return [math.nan] * (table.shape[1] - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return list(np.corrcoef(rankdata(table, axis=0), rowvar=False)[-1, :-1])


def _learn(
    statistics: FailureStatistics, options: FailureOptions, models: dict[str, str], settings: dict[str, list[str]]
) -> Rule:
    point = statistics.aurocs[options.score].at_sensitivity[options.sensitivity]
    return Rule(
        options.label,
        options.margin,
        options.score,
        options.dice,
        options.sensitivity,
        point.threshold,
        point.sensitivity,
        point.false_positive_rate,
        statistics.failures,
        statistics.others,
        models,
        settings,
    )


def _warn(out: FailureEvaluation, empty: list[str]) -> None:
    if empty:
        out.warnings.append(
            f"{len(empty)} segmentations are empty ({some(empty)}): they have no score, and are failures without one; "
            "areas, correlations and curves leave them out."
        )
    beyond = [case.result.name for case, measures in out.cases if measures.beyond]
    if beyond:
        out.warnings.append(
            f"In {len(beyond)} cases ({some(beyond)}) the organ goes on in slices that were not analysed: Dice and "
            "scores are of those that were."
        )
    if len(out.models) > 1 or any(len(held) > 1 for held in out.settings.values()):
        out.warnings.append("The results were made by different models or settings: their scores may not compare.")
    if out.statistics is not None:
        if not any(case.result.patient for case, _ in out.cases) and len(out.cases) > 1:
            out.warnings.append("Patients are not known: each case is drawn as a patient of its own.")
        out.warnings += out.statistics.aurocs[out.options.score].notes
    if out.learnt:
        out.warnings.append(
            "The rule was learnt from these very cases: on others it does worse, which --truth with --predict shows."
        )
