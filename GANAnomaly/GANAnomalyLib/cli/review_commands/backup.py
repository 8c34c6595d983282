"""``gananomaly review backup``: a copy of the review database."""

from __future__ import annotations

import click

from ..session import Session, standard_options
from ._shared import database_option


@click.command("backup", short_help="Copy the review database, whole or not at all.")
@click.argument("file", metavar="FILE")
@database_option
@standard_options
def command(session: Session, file: str, database: str | None) -> None:
    """Copy the review database to FILE, also while others write; the copy is looked at before it appears.

    To bring it back, name it with --database or GANANOMALY_REVIEW, or put it in the old one's place. PostgreSQL is
    copied by its own pg_dump.

    \b
    Example:
      gananomaly review backup /backup/review-2027-01-31.db

    What comes out: one file.
    """
    from ...review.store.backup_database import back_up
    from ...review.store.database_place import DatabasePlace

    path = back_up(DatabasePlace.of(database), file)
    if session.json:
        session.emit({"file": str(path), "bytes": path.stat().st_size})
        return
    session.say(str(path))
