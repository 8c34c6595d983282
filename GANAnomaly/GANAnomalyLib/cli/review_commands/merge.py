"""``gananomaly review merge``: what another review database has."""

from __future__ import annotations

import click

from ..session import Session, standard_options
from ._shared import database_option, opened


@click.command("merge", short_help="Bring in what another review database has.")
@click.argument("other", metavar="FILE|URL")
@database_option
@standard_options
def command(session: Session, other: str, database: str | None) -> None:
    """Bring in what another review database has and this one has not; the other stays as it is.

    The same again adds nothing. Readers of the same name are one reader, unless their sites have names
    (GANANOMALY_SITE, set before the first decision).

    \b
    Example:
      gananomaly review merge laptop.db
      gananomaly review merge laptop.db --database postgresql://reviews@server/reviews

    What comes out: how many rows are new.
    """
    with opened(database, create=True) as store:
        from ...review.store.merge_databases import merge

        added = merge(store, other)
    if session.json:
        session.emit({"added": added})
        return
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in added.items() if count)
    session.say(f"New in {store.place}: {told or 'nothing'}")
