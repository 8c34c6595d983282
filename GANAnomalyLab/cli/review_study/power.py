"""``gananomaly review study power``: how large the next study must be."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.options import click_options
from GANAnomalyLib.cli.session import Session, standard_options

from ...evaluate.reader_options import ReaderStudyOptions
from ..evaluation._command import answer
from ._ratings import analysed, ratings_options


class Counts(click.ParamType):
    """``4,6,10``: whole numbers above 1."""

    name = "counts"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        parts = [part.strip() for part in str(value).split(",")]
        if not all(part.isdecimal() and 1 < int(part) <= 10_000 for part in parts):
            self.fail(f"{value!r} are not numbers from 2 to 10,000, as 4,6,10.", param, ctx)
        return tuple(sorted({int(part) for part in parts}))


@click.command("power", short_help="How many readers and cases the next study needs.")
@ratings_options
@click_options(ReaderStudyOptions)
@click.option("--readers", type=Counts(), metavar="A,B,...", help="Numbers of readers to tell the power of.")
@click.option("--cases", type=Counts(), metavar="A,B,...", help="Numbers of cases, likewise.")
@standard_options
def command(
    session: Session,
    ratings: str,
    plan: str | None,
    readers: tuple[int, ...] | None,
    cases: tuple[int, ...] | None,
    **options: Any,
) -> None:
    """How probably a study to come finds a difference, from the variance components of one that was read before.

    The study to come has two treatments, and every reader reads every case under both; so did the readers of the one
    before. Cases are of both classes in the shares that they had there. After Hillis, Obuchowski and Berbaum (2011).

    \b
    Example:
      gananomaly review study power --ratings pilot.csv --difference 0.05
      gananomaly review study power --ratings pilot.csv --difference 0.03 --readers 6,10 --cases 100,200,400

    \b
    What comes out:
      the power of each number of readers with each number of cases, and the fewest cases for --power
    """
    from ...evaluate.reader_study.reader_report import power_rows
    from ...evaluate.reader_study.study_data import CASES, READERS, next_study, power_data, study_hashes

    study = analysed(ratings, plan, options)
    found = next_study(study.analysis, study.options, readers or READERS, cases or CASES)
    heads, rows = power_rows(found)
    notes = [*study.analysis.notes]
    if found.observed:
        notes.append(
            "The difference is the one found in these readings, which small studies overrate: give the smallest that "
            "matters with --difference."
        )
    data = power_data(found) | {"components": study.analysis.components.__dict__, "notes": notes}
    data["hashes"] = study_hashes(study.options, study.sha256)
    title = f"Power to find {found.difference:.3f}, {found.counted}"
    answer(session, data, [(title, heads, [[str(cell) for cell in row] for row in rows])], (), notes)
