"""``gananomaly review check``: whether the review database is whole, and its results where they were."""

from __future__ import annotations

import dataclasses

import click

from ..finding_tables import print_table
from ..session import Session, standard_options
from ._shared import database_option, opened

_WORDS = {"missing": "not there", "other": "another result lies there", "changed": "its findings changed since"}


@click.command("check", short_help="Check whether the review database is whole.")
@click.option("--migrate", is_flag=True, help="Bring a PostgreSQL database of an older version up to this one.")
@database_option
@standard_options
def command(session: Session, migrate: bool, database: str | None) -> None:
    """Check whether the review database is whole, and the result folders that it names are as they were.

    \b
    Example:
      gananomaly review check

    What comes out: rows by table, damage, and results that moved or changed. The exit code is 1 for a damaged database;
    results that moved are told only:  gananomaly review import  of their new place makes them known.
    """
    with opened(database, migrate_server=migrate) as store:
        from ...review.store.check_database import check

        found = check(store)
    if session.json:
        session.emit({"database": str(store.place), "whole": not found.damage, **dataclasses.asdict(found)})
    else:
        rows = [[name.replace("_", " "), str(count)] for name, count in found.rows.items()]
        print_table(f"Rows of {store.place}", ["", ""], rows)
        moved = [[one.case[:12], one.path, _WORDS[one.state]] for one in found.folders]
        print_table(f"{found.folders_well} results are as they were", ["case", "folder", ""], moved, "no other.")
        for line in found.damage:
            session.say(line)
        session.say("DAMAGED: bring back a backup." if found.damage else "The database is whole.")
    if found.damage:
        click.get_current_context().exit(1)
