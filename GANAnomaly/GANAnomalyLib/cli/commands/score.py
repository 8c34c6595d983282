"""``gananomaly score``: how far pictures are from their reconstructions."""

from __future__ import annotations

import math
from typing import Any

import click

from ...models.score_units import METRICS
from ..bar import at_work
from ..finding_tables import print_table
from ..session import Session, standard_options

SHOWN = 20


@click.command("score", short_help="Score pictures against their reconstructions.")
@click.argument("original", metavar="ORIGINAL")
@click.argument("reconstruction", metavar="RECONSTRUCTION")
@click.option(
    "--metric",
    "metrics",
    type=click.Choice(METRICS),
    multiple=True,
    default=["wd"],
    show_default=True,
    help="Repeatable.",
)
@click.option(
    "--region",
    "regions",
    type=click.Choice(["full", "body", "patch", "mask"]),
    multiple=True,
    default=["full", "body", "patch"],
    show_default=True,
    help="Repeatable; patch is the largest distance over every position of a window.",
)
@click.option("--mask", help="For region mask: a picture, or a folder of them; what is not black counts.")
@click.option("--patch-size", type=int, default=32, show_default=True, help="Side of the patch window in pixels.")
@click.option("--out", "output", help="Also write the scores to this CSV file.")
@click.option("--published-csv", is_flag=True, help="CSV with the columns filename,dist (one metric, one region).")
@standard_options
def command(
    session: Session,
    original: str,
    reconstruction: str,
    metrics: tuple[str, ...],
    regions: tuple[str, ...],
    mask: str | None,
    patch_size: int,
    output: str | None,
    published_csv: bool,
) -> None:
    """Score pictures against their reconstructions.

    ORIGINAL and RECONSTRUCTION are two PNG or JPEG pictures, grey or in colours, or two folders whose pictures have
    the same names. Give a projector's folder (one sub-folder a picture, with target.png and proj.png) twice.

    \b
    Example:
      gananomaly score slice.png slice_reconstructed.png
      gananomaly score targets/ projections/ --metric wd --metric mse --region patch --out scores.csv

    \b
    What comes out, on grey levels 0 to 255, higher is further from normal:
      wd    Wasserstein distance of the two sets of grey levels
      mse   mean squared difference
      ssim  1 - structural similarity

    Of colour pictures each channel is scored by itself, and the distance is their mean; --json and --out also tell
    red, green and blue.
    """
    from ...errors import InputError
    from ...score.picture_pairs import score_pairs, write_csv

    if published_csv and (len(metrics) > 1 or len(regions) > 1):
        raise InputError("--published-csv holds one metric in one region: give one --metric and one --region.")
    with at_work() as (bar, cancel):
        rows = score_pairs(
            original, reconstruction, metrics, regions, patch_size, mask=mask, progress=bar, cancel=cancel
        )
    if output is not None:
        write_csv(rows, output, published=published_csv)
    if session.json:
        session.emit({"scores": rows, "mean": means(rows), "csv": output})
        return
    cells = [[r["filename"], r["metric"], r["region"], f"{r['dist']:.4f}", _at(r)] for r in rows[:SHOWN]]
    print_table("Scores", ["picture", "metric", "region", "distance", "patch at (row, column)"], cells)
    if len(rows) > SHOWN:
        session.say(f"... and {len(rows) - SHOWN} more{'' if output else ' (--out FILE.csv writes all)'}")
    if len({r["filename"] for r in rows}) > 1:
        for mean in means(rows):
            session.say(f"mean {mean['metric']} {mean['region']}: {mean['dist']:.4f} over {mean['pictures']} pictures")
    if output is not None:
        session.say(f"Written to {output}")


def means(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mean distance of each metric and region."""
    groups: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        groups.setdefault((row["metric"], row["region"]), []).append(row["dist"])
    return [
        {"metric": m, "region": r, "dist": math.fsum(v) / len(v), "pictures": len(v)} for (m, r), v in groups.items()
    ]


def _at(row: dict[str, Any]) -> str:
    return "" if row["row"] is None else f"{row['row']}, {row['col']}"
