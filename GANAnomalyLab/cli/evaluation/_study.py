"""What ``evaluate study`` and ``evaluate sweep`` share: which cases, how scores are brought together, what is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.cli.options import SliceRange, click_options, taken
from GANAnomalyLib.cli.session import Session

from ...evaluate.evaluation_options import ScoringRules, Settings
from ._command import Table, answer, in_folder

if TYPE_CHECKING:
    from pathlib import Path

    from ...evaluate.study import Scoring, StudyCase, StudyTables

Function = TypeVar("Function", bound=Callable[..., Any])
SHOWN_FAILURES = 10


class NamedPath(click.ParamType):
    """``name=path``."""

    name = "name=path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        name, equals, path = str(value).partition("=")
        if not equals or not name.strip() or not path:
            self.fail(f"{value!r} is not a set: give its name and where it lies, as in needle=needles/.", param, ctx)
        return name.strip(), path


def study_options(name: str, required: bool) -> Callable[[Function], Function]:
    """Add the options that both commands have; ``required``: the cases must be given."""
    folder = in_folder(
        name, out="The folder to write, or to go on in.", force="Compute again what is there, also with other settings."
    )

    def add(function: Function) -> Function:
        request = click_options(AnalysisRequest, *_REQUEST)
        for option in reversed([*_cases(required), *_SCORING, request, _WORKERS, folder]):
            function = option(function)
        return function

    return add


def _cases(required: bool) -> list[Callable[[Function], Function]]:
    return [
        click.option(
            "--baseline",
            multiple=True,
            required=required,
            metavar="PATH",
            help="Normal cases: a folder or file; may be repeated.",
        ),
        click.option(
            "--anomaly",
            "anomalies",
            type=NamedPath(),
            multiple=True,
            required=required,
            metavar="NAME=PATH",
            help="An anomaly set: its name and its folder or file; may be repeated.",
        ),
        click.option("--masks", metavar="FOLDER", help="Lesion masks by case, or in a folder of each set's name."),
        click.option("--region-masks", metavar="FOLDER", help="Where to score, by case, for --region mask."),
        click.option("--patients", metavar="CSV", help="Columns case and patient.  [default: each case its own]"),
        click.option("--patient-pattern", metavar="REGEX", help="Finds the patient in a case's name: '^(p[0-9]+)'."),
        click.option("--slices", type=SliceRange(), help="Only these of every case, as in 40:80."),
    ]


_SCORING = [
    click_options(ScoringRules),
    click.option(
        "--min-lesion-pixels",
        type=click.IntRange(min=1),
        help="Pixels of lesion that make a slice abnormal.  [default: the area of 4 of the network's]",
    ),
    click_options(Settings),
]
_REQUEST = ("detector", "window", "level", "top", "batch", "device", "seed", "calibrate", "allow_any", "hu_offset")
_WORKERS = click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Cases at a time.")


def find(options: dict[str, Any]) -> list[StudyCase]:
    """Take the options of the cases out of ``options`` and find them."""
    from ...evaluate.study.find_study_cases import find_study_cases

    sets: dict[str, list[str]] = {}
    for name, path in options.pop("anomalies"):
        sets.setdefault(name, []).append(path)
    names = ("masks", "region_masks", "patients", "patient_pattern", "slices")
    return find_study_cases(options.pop("baseline"), sets, **{name: options.pop(name) for name in names})


def base_request(options: dict[str, Any], *more: str) -> dict[str, Any]:
    """Take what every analysis is asked out of ``options``, and what ``more`` names; what was not given is usual."""
    declared = AnalysisRequest.options()
    taken = {name: options.pop(name) for name in (*_REQUEST, *more)}
    return {name: declared[name].default if value is None else value for name, value in taken.items()}


def chosen_numbers(options: dict[str, Any], seed: int) -> tuple[Scoring, Settings]:
    """Take how scores are brought together, and how numbers are drawn from them, out of ``options``."""
    from ...evaluate.study import Scoring

    return taken(Scoring, options), taken(Settings, options, seed=seed)


def tell_failures(session: Session, tables: StudyTables) -> None:
    """Say which analyses failed, and why; the first ones."""
    failed = tables.failed
    for row in failed[:SHOWN_FAILURES]:
        session.say(f"Failed: {row['case']} ({row['configuration']}): {row['message']}")
    if len(failed) > SHOWN_FAILURES:
        session.say(f"and {len(failed) - SHOWN_FAILURES} more in cases.csv.")


def finish(
    session: Session,
    tables: StudyTables,
    data: dict[str, Any],
    table: Table,
    words: Sequence[str],
    notes: Sequence[str],
    files: Sequence[Path],
) -> None:
    """Answer, to a person with the files that matter, and end: with 0 all well, with 1 some analyses failed."""
    main = [path for path in files if path.suffix != ".csv" or "distances" not in path.parts[-3:]]
    answer(session, data, [table], words, notes, files if session.json else main)
    click.get_current_context().exit(1 if tables.failed else 0)
