"""Classifiers on the same real images: how well each does, and whether one does better than the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ...statistics import compare_paired, estimate_auroc
from ...statistics.bootstrap import Bootstrap, percentiles
from ...statistics.class_scores import ClassScores, class_scores
from ...statistics.paired_shares import paired_share_test
from ..evaluation_options import DownstreamOptions

INTERVALS = ("accuracy", "balanced", "auroc", "average_precision", "f1")
"""What is told with an interval by patients."""
Ends = tuple[float, float] | None


@dataclass(frozen=True)
class Judge:
    """A classifier's probabilities (N, L) on the images, and what it learnt from, in plain values."""

    name: str
    probabilities: np.ndarray
    learnt: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class JudgeResult:
    """``intervals`` by the names of :data:`INTERVALS`, percentiles over patients drawn anew; None without draws.

    ``delong`` is DeLong's interval of the AUROC of two classes, on the logit scale where there is one.
    """

    judge: Judge
    scores: ClassScores
    intervals: Mapping[str, Ends]
    delong: Ends = None


@dataclass(frozen=True)
class AgainstFirst:
    """A classifier against the first on the same images; differences are its own minus the first's.

    ``auroc_p`` is DeLong's, ``permutation_p`` that of exchanged scores, both of two classes only; ``accuracy_p`` that
    of exchanged judgements. None of them is corrected for the number of comparisons.
    """

    name: str
    auroc: float
    auroc_ends: Ends
    auroc_p: float | None
    permutation_p: float | None
    accuracy: float
    accuracy_ends: Ends
    accuracy_p: float


@dataclass
class DownstreamEvaluation:
    """``truth`` (N,) are the images' classes, ``patients`` (N,) whose each is."""

    classes: tuple[str, ...]
    truth: np.ndarray
    patients: np.ndarray
    results: list[JudgeResult]
    comparisons: list[AgainstFirst]
    options: DownstreamOptions
    warnings: list[str] = field(default_factory=list)


def evaluate_judges(
    judges: Sequence[Judge],
    truth: np.ndarray,
    patients: np.ndarray,
    classes: tuple[str, ...],
    options: DownstreamOptions | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> DownstreamEvaluation:
    """How well each tells the classes apart, and all others against the first.

    Raises :class:`InputError` where all images are of one class, or two judges have one name.
    """
    options, cancel = options or DownstreamOptions(), cancel or CancelToken()
    names = [judge.name for judge in judges]
    if not names or len(set(names)) < len(names):
        raise InputError("Classifiers to compare need names of their own: give each another one.")
    _, people = np.unique(patients, return_inverse=True)
    drawn = _drawn(judges, truth, people, options, part(progress, 0, 0.7), cancel)
    results = []
    for judge, values in zip(judges, drawn, strict=True):
        ends = {
            name: percentiles(values[n], options.level) if options.draws else None for n, name in enumerate(INTERVALS)
        }
        scores = class_scores(judge.probabilities, truth)
        results.append(JudgeResult(judge, scores, ends, _delong(judge, truth, people, len(classes), options)))
    comparisons = []
    for number in range(1, len(judges)):
        cancel.check()
        told = part(progress, 0.7 + 0.3 * (number - 1) / len(judges), 0.7 + 0.3 * number / len(judges))
        comparisons.append(_against(results, drawn, number, truth, people, len(classes), options, told, cancel))
    made = DownstreamEvaluation(classes, truth, patients, results, comparisons, options)
    if len(np.unique(people)) == len(people):
        made.warnings.append("Nothing says which images are of one patient, so each counts as its own.")
    return made


def _drawn(
    judges: Sequence[Judge],
    truth: np.ndarray,
    people: np.ndarray,
    options: DownstreamOptions,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> np.ndarray:
    """(judges, numbers, draws): each number of each judge on the same patients, drawn anew within their classes."""
    if not options.draws:
        return np.zeros((len(judges), len(INTERVALS), 0))
    # A patient with images of several classes counts for the highest one.
    highest = np.zeros(int(people.max()) + 1, np.int64)
    np.maximum.at(highest, people, truth)
    strata = [np.flatnonzero(highest == one) for one in np.unique(highest)]
    rows = np.arange(len(truth))

    def measure(weights: np.ndarray) -> list[np.ndarray]:
        chosen = np.repeat(rows, weights[0, people])
        found = []
        for judge in judges:
            try:
                scores = class_scores(judge.probabilities[chosen], truth[chosen])
                found += [np.array([getattr(scores, name)]) for name in INTERVALS]
            except InputError:  # one class alone was drawn
                found += [np.array([np.nan])] * len(INTERVALS)
        return found

    values = Bootstrap(strata, options.draws, options.seed, 1).values(measure, progress, cancel)
    return values.reshape(len(judges), len(INTERVALS), -1)


def _delong(judge: Judge, truth: np.ndarray, people: np.ndarray, classes: int, options: DownstreamOptions) -> Ends:
    if classes != 2:
        return None
    ill, scores = truth == 1, judge.probabilities[:, 1]
    estimate = estimate_auroc(
        scores[~ill],
        scores[ill],
        options.level,
        draws=0,
        normal_groups=people[~ill].tolist(),
        abnormal_groups=people[ill].tolist(),
    )
    return estimate.delong_logit or estimate.delong


def _against(
    results: Sequence[JudgeResult],
    drawn: np.ndarray,
    number: int,
    truth: np.ndarray,
    people: np.ndarray,
    classes: int,
    options: DownstreamOptions,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> AgainstFirst:
    first, own = results[0], results[number]
    auroc_p = permutation_p = None
    if classes == 2:
        compared = compare_paired(
            own.judge.probabilities[:, 1],
            first.judge.probabilities[:, 1],
            truth == 1,
            people.tolist(),
            options.level,
            0,
            options.permutations,
            options.seed,
            progress,
            cancel,
        )
        auroc_p, permutation_p = compared.delong.p, compared.permutation_p
    ends = [
        percentiles(drawn[number, at] - drawn[0, at], options.level) if options.draws else None
        for at in (INTERVALS.index("auroc"), INTERVALS.index("accuracy"))
    ]
    own_right, first_right = (result.judge.probabilities.argmax(1) == truth for result in (own, first))
    return AgainstFirst(
        own.judge.name,
        own.scores.auroc - first.scores.auroc,
        ends[0],
        auroc_p,
        permutation_p,
        own.scores.accuracy - first.scores.accuracy,
        ends[1],
        paired_share_test(own_right, first_right, people, max(options.permutations, 1), options.seed),
    )
