"""``gananomaly curate mark``: what curators said in a gallery comes back into the store."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.session import Session, standard_options


@click.command("mark", short_help="Take in the marks that a gallery exported.")
@click.argument("store", metavar="STORE")
@click.argument("marks", metavar="CSV")
@standard_options
def command(session: Session, store: str, marks: str) -> None:
    """Append the marks of a CSV (columns sha256 and mark: accepted, rejected or empty) to a store.

    The latest word on an image counts; earlier ones stay readable in STORE/marks.csv.

    \b
    Example:
      gananomaly curate mark store marks.csv

    Research use only.
    """
    from ...curate.curation_store import Store
    from ...curate.marks import import_marks

    count = import_marks(Store.open(store).folder, marks)
    if session.json:
        session.emit({"store": store, "marks": count})
        return
    session.say(f"{count:,} marks were added.")
