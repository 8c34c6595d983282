"""``gananomaly curate duplicates``: images that are there more than once."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.session import Session, standard_options

from ...curate.duplicates import BITS, MOST_BITS

SHOWN = 20


@click.command("duplicates", short_help="Images that are there more than once, or nearly.")
@click.argument("store", metavar="STORE")
@click.option("--csv", "table", metavar="FILE", help="Write a line an image: group, kind, path, similarity.")
@click.option(
    "--bits", type=click.IntRange(0, MOST_BITS), default=BITS, show_default=True, help="How far hashes may differ."
)
@click.option("--force", is_flag=True, help="Replace a table that is there.")
@standard_options
def command(session: Session, store: str, table: str | None, bits: int, force: bool) -> None:
    """Find images that are there more than once: the same bytes, or the same picture brightened, scaled or mirrored.

    \b
    Example:
      gananomaly curate duplicates store
      gananomaly curate duplicates store --csv duplicates.csv

    Suggestions: nothing is deleted. Research use only.
    """
    from pathlib import Path

    from ...curate.duplicates import find_duplicates
    from ...curate.rank_images import check_new
    from ...tables.write_csv import write_rows

    if table is not None:
        check_new(table, force)
    with at_work() as (_, cancel):
        groups = find_duplicates(store, bits, cancel)
    if table is not None:
        rows = [
            [number, group.kind, path, group.similarity]
            for number, group in enumerate(groups, 1)
            for path in group.paths
        ]
        write_rows(Path(table), ("group", "kind", "path", "similarity"), rows)
    if session.json:
        session.emit({"store": store, "groups": [vars(group) for group in groups], "csv": table})
        return
    exact = sum(group.kind == "exact" for group in groups)
    session.say(f"{exact:,} groups with the same bytes, {len(groups) - exact:,} nearly alike.")
    for group in groups[:SHOWN]:
        session.say(f"  {group.kind}: {', '.join(group.paths[:4])}{' ...' if len(group.paths) > 4 else ''}")
    if len(groups) > SHOWN:
        session.say(f"  ... {len(groups):,} groups in all; --csv writes them.")
    if table is not None:
        session.say(f"Written: {table}")
