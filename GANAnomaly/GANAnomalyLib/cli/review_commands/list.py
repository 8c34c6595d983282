"""``gananomaly review list``: the cases of the review database."""

from __future__ import annotations

import dataclasses

import click

from ..finding_tables import print_table
from ..session import Session, standard_options
from ._shared import all_option, database_option, opened, reader_keys, reader_option

SHOWN = 50


@click.command("list", short_help="List the cases of the review database.")
@click.option("--open", "only_open", is_flag=True, help="Only cases with findings that are not decided yet.")
@click.option("--limit", type=click.IntRange(min=0), help="How many; 0 for all.  [default: 50; with --json all]")
@reader_option
@all_option
@database_option
@standard_options
def command(
    session: Session, only_open: bool, limit: int | None, reader: str | None, all_readers: bool, database: str | None
) -> None:
    """List the cases of the review database, the highest score first.

    \b
    Example:
      gananomaly review list --open
      gananomaly review list --all-readers --json

    What comes out: for each case its name here, how many findings are decided, the verdict, and where the result is.
    """
    with opened(database) as store, store.reading() as connection:
        from ...review.store.listed_cases import count_cases, list_cases

        whose = reader_keys(connection, reader, all_readers)
        first = (0 if session.json else SHOWN) if limit is None else limit
        cases = list_cases(connection, whose, only_open=only_open, limit=first or None)
        total = count_cases(connection, whose, only_open=only_open) if first else len(cases)
    if session.json:
        session.emit([dataclasses.asdict(case) for case in cases])
        return
    rows = [
        [
            case.fingerprint[:12],
            "" if case.highest is None else f"{case.highest:.3g}",
            str(case.findings),
            _by_reader({name: str(count) for name, count in case.decided.items()}, all_readers),
            _by_reader(case.verdicts, all_readers),
            case.model,
            case.folder,
        ]
        for case in cases
    ]
    heads = ["case", "highest", "findings", "decided", "verdict", "model", "result"]
    print_table(f"Cases of {store.place}", heads, rows, "none.")
    if len(cases) < total:
        session.say(f"{len(cases)} of {total} are listed: see --limit.")


def _by_reader(said: dict[str, str], named: bool) -> str:
    return ", ".join(f"{name}: {word}" if named else word for name, word in said.items())
