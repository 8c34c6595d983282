"""The share of cases whose highest findings are right, by set and over all, with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ...statistics.bootstrap import Draws, Interval, ratio_interval
from ...statistics.froc import RATES, froc, froc_intervals, sensitivity_at
from ..evaluation_options import FindingsOptions
from .finding_cases import FindingsCase
from .hits import CaseHits, by_decisions, by_lesion, skipped_words
from .read_results import read_results

_READING = 0.9


@dataclass(frozen=True)
class Share:
    """How many of the cases that count are hits.

    ``wilson`` (Wilson 1927) and ``exact`` (Clopper and Pearson 1934) take cases for independent; ``patients`` draws
    patients anew, None with fewer than two. All NaN or None where no case counts.
    """

    hits: int
    counted: int
    wilson: tuple[float, float] | None
    exact: tuple[float, float] | None
    patients: Interval | None

    @property
    def value(self) -> float:
        """0..1, or NaN."""
        return self.hits / self.counted if self.counted else math.nan


@dataclass(frozen=True)
class SetShares:
    """A set of cases: ``shares`` by "top1_patch" and so on; ``skipped``: how many cases do not count, by why."""

    name: str
    cases: int
    patients: int
    skipped: dict[str, int]
    shares: dict[str, Share]


@dataclass
class FindingsEvaluation:
    """The whole evaluation.

    ``sets`` in the order of their first case, sets in which no case counts left out of means; ``whole`` pools all
    cases; ``over_sets``: mean and standard deviation (n - 1) of the sets' shares, by measure. ``froc``: (false
    positives per case, sensitivity, intervals at the seven rates and of their mean), None by decisions. ``models``
    are the names and hashes of the models behind the results.
    """

    options: FindingsOptions
    cases: list[tuple[FindingsCase, CaseHits]]
    sets: list[SetShares]
    whole: SetShares
    over_sets: dict[str, tuple[float, float, int]]
    froc: tuple[np.ndarray, np.ndarray, list[Interval | None]] | None
    models: dict[str, str]
    settings: dict[str, Any]
    warnings: list[str] = field(default_factory=list)

    @property
    def shown(self) -> list[SetShares]:
        """The sets in which a case counts and, after more than one, all together."""
        sets = [one for one in self.sets if any(share.counted for share in one.shares.values())]
        return [*sets, self.whole] if len(sets) > 1 else sets


def evaluate_findings(
    cases: Sequence[FindingsCase],
    options: FindingsOptions | None = None,
    notes: Sequence[str] = (),
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> FindingsEvaluation:
    """Hold the findings of results against what is known.

    Parameters
    ----------
    cases, notes: as :func:`~.cases.match_results` gives them.

    Raises
    ------
    InputError: a result or truth that cannot be used (named), or no case that counts.
    """
    options, cancel = options or FindingsOptions(), cancel or CancelToken()
    if not cases:
        raise InputError("There is no result to evaluate: give a folder that holds some.")
    reading = part(progress, 0.0, _READING)
    rows, models, settings = read_results(cases, lambda case: _read(case, options), reading, cancel)
    progress(_READING, Message("drawing_patients"))
    whole = _shares("all", rows, options, cancel)
    headline = whole.shares[f"top1_{options.rules[0]}"]
    if not any(share.counted for share in whole.shares.values()):
        raise InputError(_nothing(whole.skipped, options))
    groups = list(dict.fromkeys(case.group for case, _ in rows))
    sets = [_shares(name, [row for row in rows if row[0].group == name], options, cancel) for name in groups]
    out = FindingsEvaluation(options, rows, sets, whole, {}, None, models, settings, list(notes))
    for name in whole.shares:
        values = [one.shares[name].value for one in sets if one.shares[name].counted]
        if values:
            spread = float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
            out.over_sets[name] = (float(np.mean(values)), spread, len(values))
    if not options.reviews:
        out.froc = _froc(rows, options, cancel)
    _warn(out, headline)
    progress(1.0, Message("done"))
    return out


def _read(case: FindingsCase, options: FindingsOptions) -> tuple[CaseHits, dict[str, Any]]:
    result = AnalysisResult.read(case.folder)
    if options.reviews:
        return by_decisions(case, result, options.top), result.manifest
    return by_lesion(case, result, options.top, options.min_iou), result.manifest


def _shares(
    name: str, rows: Sequence[tuple[FindingsCase, CaseHits]], options: FindingsOptions, cancel: CancelToken
) -> SetShares:
    people = list(dict.fromkeys(case.drawn_with for case, _ in rows))
    at = {person: n for n, person in enumerate(people)}
    draws = Draws(len(people), options.bootstrap, options.seed, options.level)
    shares = {}
    for top in options.tops:
        for rule in options.rules:
            hits, counted = np.zeros(len(people)), np.zeros(len(people))
            for case, one in rows:
                outcome = one.outcome(rule, top)
                if outcome is not None:
                    counted[at[case.drawn_with]] += 1
                    hits[at[case.drawn_with]] += outcome
            shares[f"top{top}_{rule}"] = _share(hits, counted, draws, cancel)
    return SetShares(name, len(rows), len(people), skipped_words([one for _, one in rows]), shares)


def _share(hits: np.ndarray, counted: np.ndarray, draws: Draws, cancel: CancelToken) -> Share:
    from scipy.stats import binomtest

    k, n = int(hits.sum()), int(counted.sum())
    if not n:
        return Share(0, 0, None, None, None)
    test = binomtest(k, n)
    ends = [test.proportion_ci(draws.level, method) for method in ("wilson", "exact")]
    wilson, exact = ((float(one.low), float(one.high)) for one in ends)
    return Share(k, n, wilson, exact, ratio_interval(hits, counted, draws, cancel))


def _froc(
    rows: Sequence[tuple[FindingsCase, CaseHits]], options: FindingsOptions, cancel: CancelToken
) -> tuple[np.ndarray, np.ndarray, list[Interval | None]]:
    free = [one.free for _, one in rows if one.free is not None]
    rates, sensitivity, _ = froc(free)
    draws = Draws(len(free), options.bootstrap, options.seed, options.level)
    return rates, sensitivity, froc_intervals(free, draws, cancel)


def froc_values(evaluation: FindingsEvaluation) -> dict[str, tuple[float, Interval | None]]:
    """The sensitivity at each rate of false positives and their mean ("mean"), with intervals; empty without FROC."""
    if evaluation.froc is None:
        return {}
    rates, sensitivity, intervals = evaluation.froc
    values = sensitivity_at(rates, sensitivity)
    named = {f"{rate:g}": float(value) for rate, value in zip(RATES, values, strict=True)} | {
        "mean": float(values.mean())
    }
    return dict(zip(named, zip(named.values(), intervals, strict=True), strict=True))


def _nothing(skipped: dict[str, int], options: FindingsOptions) -> str:
    if options.reviews:
        said = ", ".join(f"{count} {why}" for why, count in skipped.items())
        return f"No case counts ({said}): accept or reject the highest finding of some results in the review first."
    return "No case has a lesion: give masks or boxes with at least one."


def _warn(out: FindingsEvaluation, headline: Share) -> None:
    if len(out.models) > 1 or any(len(held) > 1 for held in out.settings.values()):
        out.warnings.append("The results were made by different models or settings: their scores may not compare.")
    if out.options.reviews:
        left = out.whole.cases - out.whole.skipped.get("normal", 0) - headline.counted
        if left:
            out.warnings.append(f"{left} cases do not count, for their first finding is unsure or was not reviewed.")
    if any(case.patient for case, _ in out.cases) is False and out.whole.cases > 1:
        out.warnings.append("Patients are not known: each case is drawn as a patient of its own.")
    if headline.counted < 2:
        out.warnings.append("With a single case that counts there is no interval over patients.")
