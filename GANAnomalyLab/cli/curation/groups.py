"""``gananomaly curate groups``: how scores differ between groups of images."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.session import Session, standard_options

from ...curate.judged_rows import ORDERS


@click.command("groups", short_help="AUROC of each attribute: views, makers, or your own labels.")
@click.argument("store", metavar="STORE")
@click.option("--by", metavar="COLUMN", help="A column of the store (view, maker, site, ...) or of --table.")
@click.option("--table", metavar="CSV", help="Your own: columns path and attribute; empty: the reference.")
@click.option("--order", type=click.Choice(ORDERS), help="What is compared: scores, or checks.")
@click.option("--csv", "out", metavar="FILE", help="Write the table.")
@click.option("--force", is_flag=True, help="Replace a table that is there.")
@standard_options
def command(
    session: Session, store: str, by: str | None, table: str | None, order: str | None, out: str | None, force: bool
) -> None:
    """Say how far the scores of groups lie above those of the others: AUROC with interval, tested and controlled.

    \b
    Example:
      gananomaly curate groups store --by view
      gananomaly curate groups store --table attributes.csv --csv by_attribute.csv

    Research use only.
    """
    from pathlib import Path

    from GANAnomalyLib.errors import InputError

    from ...curate.rank_images import check_new
    from ...curate.score_groups import GroupRow, group_scores
    from ...tables.write_csv import write_table

    if by is None and table is None:
        raise InputError("Say what to group by: --by COLUMN, or --table CSV with your own attributes.")
    if out is not None:
        check_new(out, force)
    rows = group_scores(store, by, table, order)
    if out is not None:
        write_table(Path(out), list(GroupRow.__dataclass_fields__), [vars(row) for row in rows])
    if session.json:
        session.emit({"store": store, "groups": [vars(row) for row in rows], "csv": out})
        return
    print_table(
        "Scores above the others'",
        ["group", "images", "others", "AUROC (95 %)", "q"],
        [
            [
                row.group,
                f"{row.images:,}",
                f"{row.reference:,}",
                f"{row.auroc:.3f}" + ("" if row.low is None else f" ({row.low:.3f} to {row.high:.3f})"),
                f"{row.q:.2g}",
            ]
            for row in rows
        ],
    )
    if out is not None:
        session.say(f"Written: {out}")
