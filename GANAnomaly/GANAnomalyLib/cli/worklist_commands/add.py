"""``gananomaly worklist add``: scans that are to be analysed."""

from __future__ import annotations

import dataclasses

import click

from ..review_commands._shared import database_option, opened, reader_option
from ..session import Session, standard_options


@click.command("add", short_help="Put scans on the worklist, to be analysed.")
@click.argument("inputs", metavar="FOLDER|FILE...", nargs=-1, required=True)
@click.option("--again", is_flag=True, help="Also those that were analysed, or taken off, before.")
@reader_option
@database_option
@standard_options
def command(session: Session, inputs: tuple[str, ...], again: bool, reader: str | None, database: str | None) -> None:
    """Put scans on the worklist, to be analysed: volumes, or folders that are searched as gananomaly batch does.

    What is there already adds nothing: a folder that fills up can be added again and again.

    \b
    Example:
      gananomaly worklist add incoming
      gananomaly batch --worklist --out results

    What comes out: how many are new, wait already, and are done. The database, made where there is none, keeps paths.
    """
    from ...batch import find_cases

    found = [(case.path, case.name) for case in find_cases(inputs)]
    with opened(database, create=True) as store:
        from ...review.store.listed_scans import add_scans
        from ...review.store.reader_name import ReaderName

        added = add_scans(store, found, ReaderName.of(reader), again)
    if session.json:
        session.emit(dataclasses.asdict(added))
        return
    session.say(f"{added.new} new scans to analyse, {added.wait} wait already, {added.done} are done, in {store.place}")
