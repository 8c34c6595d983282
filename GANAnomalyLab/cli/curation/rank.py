"""``gananomaly curate rank``: the images of a store, most striking first."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.session import Session, standard_options

from ...curate.judged_rows import ORDERS

SHOWN = 20


@click.command("rank", short_help="List images, highest score first.")
@click.argument("store", metavar="STORE")
@click.option("--csv", "table", metavar="FILE", help="Write a line an image.")
@click.option("--by", type=click.Choice(ORDERS), help="Scores, or how far checks are beyond their limits.")
@click.option("--top", type=click.IntRange(min=1), default=SHOWN, show_default=True, help="Lines shown.")
@click.option("--force", is_flag=True, help="Replace a table that is there.")
@standard_options
def command(session: Session, store: str, table: str | None, by: str | None, top: int, force: bool) -> None:
    """List the images of a store, highest score first.

    \b
    Example:
      gananomaly curate rank store
      gananomaly curate rank store --csv ranked.csv
      gananomaly curate rank store --by checks --top 50

    \b
    What comes out:
      a line an image (a volume is one): rank, path, sha256, score, the checks that flag it, where the score is highest,
      size, and what the header says of how it was made; what could not be read: gananomaly curate export --unreadable

    Research use only.
    """
    from itertools import islice

    from ...curate.rank_images import lines, ranked, write_ranking

    judged = ranked(store, by)
    count = int(judged.readable.sum())
    if table is not None:
        count = write_ranking(table, judged, force)
    shown = list(islice(lines(judged), top))
    if session.json:
        session.emit({"store": store, "by": judged.by, "images": count, "first": shown, "csv": table})
        return
    heads = ["#", "score", "checks", "image"]
    print_table(
        f"By {judged.by}, {count:,} images",
        heads,
        [[str(one["rank"]), f"{one['score']:.3g}", one["checks"].replace(";", ", "), one["path"]] for one in shown],
    )
    if table is not None:
        session.say(f"Written: {table}")
