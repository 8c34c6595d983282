"""An analysis of readers in plain values: what the command answers, and what results.json holds."""

from __future__ import annotations

import dataclasses
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import hash_json, hash_text

from ...statistics.readers.reader_anova import Estimate
from ...statistics.readers.reader_designs import FACTORIAL
from ...statistics.readers.reader_power import StudyPower, cases_needed, power_table
from ...statistics.readers.reader_study import Difference, StudyAnalysis
from ...tables.write_csv import plain
from ..reader_options import ReaderStudyOptions

READERS, CASES = (3, 4, 5, 6, 8, 10, 15, 20), (50, 100, 150, 200, 300, 500)
"""Of the next study, where nobody asked for others."""


@dataclasses.dataclass(frozen=True)
class NextStudy:
    """What the next study needs to find ``difference`` (``observed``: in the one before): power by readers and cases,
    and the fewest cases; ``counted`` says which cases."""

    difference: float
    observed: bool
    counted: str
    table: list[StudyPower]
    needed: dict[int, StudyPower | None]


def study_hashes(options: ReaderStudyOptions, data: str) -> dict[str, str]:
    """Hashes of the plan (every setting, whether it was written down or is the default), of the data, and of both."""
    plan = f"sha256:{hash_json(options.to_dict())}"
    return {"plan": plan, "data": data, "plan_with_data": f"sha256:{hash_text(plan + data)}"}


def next_study(
    analysis: StudyAnalysis,
    options: ReaderStudyOptions,
    readers: tuple[int, ...] = READERS,
    cases: tuple[int, ...] = CASES,
) -> NextStudy:
    """The next study, of two treatments and readers who read all cases under both, from what an earlier one shows.

    Raises :class:`InputError` where that does not tell the variance components, or there is no difference to find.
    """
    if analysis.design != FACTORIAL:
        raise InputError(
            "The next study is planned from one in which every reader reads every case under every treatment, and this "
            f"one is otherwise ({analysis.design}): take another, or a part of it."
        )
    observed = max((abs(one.estimate.estimate) for one in analysis.differences), default=0.0)
    difference = options.difference if options.difference is not None else observed
    if not difference:
        raise InputError("There was no difference, so that none can be planned for: say which one with --difference.")
    found = analysis.components, sum(analysis.cases), difference
    settings = options.alpha, options.confined
    needed = {one: cases_needed(*found, one, options.power, *settings) for one in readers}
    counted = {(True, False): "normal cases", (False, True): "abnormal cases"}
    kind = counted.get((analysis.cases[0] > 0, analysis.cases[1] > 0), "cases")
    return NextStudy(
        difference, options.difference is None, kind, power_table(*found, readers, cases, *settings), needed
    )


def planned(analysis: StudyAnalysis, options: ReaderStudyOptions) -> NextStudy | None:
    """:func:`next_study`, None where it cannot be told."""
    try:
        return next_study(analysis, options)
    except InputError:
        return None


def study_data(analysis: StudyAnalysis, options: ReaderStudyOptions, hashes: dict[str, str]) -> dict[str, Any]:
    """The analysis; what cannot be told is None. ``auc`` is the figure that ``metric`` names, whichever it is."""
    return plain(
        {
            "metric": analysis.metric,
            "threshold": analysis.threshold,
            "covariance": analysis.covariance,
            "fixed": analysis.fixed,
            "level": analysis.level,
            "design": analysis.design,
            "cases": dict(zip(("normal", "abnormal"), analysis.cases, strict=True)),
            "difference": [_difference(one) for one in analysis.differences],
            "global": None if analysis.test is None else dataclasses.asdict(analysis.test),
            "treatments": [{"name": name, **_figure(one)} for name, one in analysis.treatments.items()],
            "readers": [
                {
                    "reader": one.reader,
                    "treatment": one.treatment,
                    **_figure(one.figure),
                    "normal": one.normal,
                    "abnormal": one.abnormal,
                    "used": one.used,
                }
                for one in analysis.readers
            ],
            "reader_differences": [{"reader": one.reader, **_difference(one)} for one in analysis.reader_differences],
            "components": dataclasses.asdict(analysis.components),
            "notes": analysis.notes,
            "settings": options.to_dict(),
            "hashes": hashes,
        }
    )


def power_data(found: NextStudy) -> dict[str, Any]:
    """The next study; ``cases`` is None where ten thousand are not enough."""
    return plain(
        {
            "difference": found.difference,
            "difference_is_observed": found.observed,
            "counted": found.counted,
            "power": [dataclasses.asdict(one) for one in found.table],
            "needed": [
                {"readers": readers, "cases": one and one.cases, "power": one and one.power}
                for readers, one in found.needed.items()
            ],
        }
    )


def _figure(found: Estimate) -> dict[str, Any]:
    return {"auc": found.estimate, "se": found.se, "low": found.low, "high": found.high, "df": found.df}


def _difference(found: Difference) -> dict[str, Any]:
    return {"a": found.a, "b": found.b, **dataclasses.asdict(found.estimate)}
