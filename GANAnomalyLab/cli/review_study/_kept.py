"""What the commands of studies in the review database share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from GANAnomalyLib.cli.review_commands._shared import database_option, opened, reader_option

if TYPE_CHECKING:
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.study.take_readings import OpenReading

study_option = click.option("--study", metavar="NAME", help="Which study. [default: the only one that there is]")
interim_option = click.option("--interim", is_flag=True, help="Also before the study is finished.")


def kept_options(function: Any) -> Any:
    """Add ``--study``, ``--reader`` and ``--database``."""
    return study_option(reader_option(database_option(function)))


@contextmanager
def at_study(
    database: str | None, study: str | None, reader: str | None, own: bool = False
) -> Iterator[tuple[ReviewDatabase, str, ReaderName]]:
    """The open database, the study's name, and who is at work; the only study there is (``own``: that the reader has
    cases of) where none is named."""
    from GANAnomalyLib.errors import InputError

    with opened(database) as store:
        from GANAnomalyLib.review.store.reader_name import ReaderName
        from GANAnomalyLib.review.study.study_status import study_names

        who = ReaderName.of(reader)
        if study is None:
            with store.reading() as connection:
                names = study_names(connection, who if own else None)
            if len(names) != 1:
                told = f"there are {', '.join(names[:10])}" if names else "there is none" + f" of {who.name}" * own
                raise InputError(f"Say which study with --study: {told}.")
            study = names[0]
        yield store, study, who


def reading_data(reading: OpenReading) -> dict[str, Any]:
    """An open reading in plain values: nothing of the truth, nor of others."""
    told = ("study", "case", "fingerprint", "folder", "condition", "heatmap", "session", "place", "of", "reading")
    return {
        **{name: getattr(reading, name) for name in told},
        "reader": reading.reader.name,
        "seconds": reading.seconds,
        "resumed": reading.resumed,
        "scale": {"low": reading.scale.low, "high": reading.scale.high, "whole": reading.scale.whole},
    }


def said_options(function: Any) -> Any:
    """Add what a reader says of a case."""
    for option in reversed(
        (
            click.option("--rating", type=float, help="How suspicious, on the study's scale."),
            click.option(
                "--verdict", default="", metavar="WORD", help="normal, abnormal or inadequate; it may be left out."
            ),
            click.option("--confidence", type=click.IntRange(1, 5), help="How sure, from 1 to 5."),
            click.option("--comment", default="", help="What there is to say about it."),
            click.option(
                "--mark", "marks", type=float, nargs=4, multiple=True, metavar="R A S RATING",
                help="A place (mm) and how suspicious it is; as often as needed.",
            ),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def placed(marks: tuple[tuple[float, float, float, float], ...]) -> list[Any]:
    """Marks as readings take them."""
    from GANAnomalyLib.review.study.take_readings import Mark

    return [Mark((r, a, s), rating) for r, a, s, rating in marks]
