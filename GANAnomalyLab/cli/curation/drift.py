"""``gananomaly curate drift``: whether scores change with time, site or device."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.session import Session, standard_options

from ...curate.judged_rows import ORDERS

SHOWN = 20


@click.command("drift", short_help="Do scores change with time, site or device?")
@click.argument("store", metavar="STORE")
@click.option("--order", type=click.Choice(ORDERS), help="What is compared: scores, or checks.")
@click.option("--csv", "out", metavar="FILE", help="Write the table.")
@click.option("--force", is_flag=True, help="Replace a table that is there.")
@standard_options
def command(session: Session, store: str, order: str | None, out: str | None, force: bool) -> None:
    """Compare the scores of each week, site and device with the others', and watch the weeks for a change.

    Weeks are counted from a day that the store alone knows. Needs what DICOM headers say.

    \b
    Example:
      gananomaly curate drift store

    Research use only.
    """
    from pathlib import Path

    from ...curate.drift import DriftRow, find_drift
    from ...curate.rank_images import check_new
    from ...tables.write_csv import write_table

    if out is not None:
        check_new(out, force)
    found = find_drift(store, order)
    if out is not None:
        write_table(Path(out), list(DriftRow.__dataclass_fields__), [vars(row) for row in found.rows])
    if session.json:
        session.emit({**vars(found), "rows": [vars(row) for row in found.rows], "store": store, "csv": out})
        return
    shown = sorted(found.rows, key=lambda row: row.q)[:SHOWN]
    print_table(
        "Against the others, the least likely by chance first",
        ["", "", "images", "median", "distance", "q"],
        [
            [row.split, row.value, f"{row.images:,}", f"{row.median:.3g}", f"{row.distance:.3f}", f"{row.q:.2g}"]
            for row in shown
        ],
    )
    if found.alarm_week is not None:
        session.say(f"Alarm: from week {found.alarm_week} on, weekly means leave what the first weeks showed.")
    elif found.cusum:
        session.say("No alarm: weekly means stay with what the first weeks showed.")
    for note in found.notes:
        session.say(note)
    if out is not None:
        session.say(f"Written: {out}")
