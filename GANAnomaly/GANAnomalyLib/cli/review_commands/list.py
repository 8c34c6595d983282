"""``gananomaly review list``: the cases of the review database."""

from __future__ import annotations

import dataclasses

import click

from ..finding_tables import print_table
from ..session import Session, standard_options
from ._shared import all_option, database_option, opened, reader_keys, reader_option


@click.command("list", short_help="List the cases of the review database.")
@click.option("--open", "only_open", is_flag=True, help="Only cases with findings that are not decided yet.")
@reader_option
@all_option
@database_option
@standard_options
def command(session: Session, only_open: bool, reader: str | None, all_readers: bool, database: str | None) -> None:
    """List the cases of the review database, the highest score first.

    \b
    Example:
      gananomaly review list --open
      gananomaly review list --all-readers --json

    What comes out: for each case its name here, how many findings are decided, the verdict, and where the result is.
    """
    with opened(database) as store, store.reading() as connection:
        from ...review.store.present_state import list_cases

        cases = list_cases(connection, reader_keys(connection, reader, all_readers))
    if only_open:
        cases = [case for case in cases if max(case.decided.values(), default=0) < case.findings]
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


def _by_reader(said: dict[str, str], named: bool) -> str:
    return ", ".join(f"{name}: {word}" if named else word for name, word in said.items())
