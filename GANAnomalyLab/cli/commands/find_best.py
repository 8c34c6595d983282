"""``gananomaly find-best``: which snapshot of a run was measured as the best."""

from __future__ import annotations

import dataclasses

import click

from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.session import Session, standard_options


@click.command("find-best", short_help="Name the best snapshot of a training run.")
@click.argument("run", metavar="RUN")
@click.option("--metric", help="Only this one, such as frd or fid50k_full.  [default: every one measured]")
@standard_options
def command(session: Session, run: str, metric: str | None) -> None:
    """Name the best snapshot of a training run, by what was measured during training.

    RUN is the folder of a run of gananomaly train stylegan2 with --metrics. Lower is better; for precision, recall
    and the inception score, higher. Snapshots whose file is gone do not count.

    \b
    Example:
      gananomaly find-best runs/00000-normals-auto1
      gananomaly find-best runs/00000-normals-auto1 --metric frd --json

    What comes out: a line for each number, with the best snapshot and its value; gananomaly model export RUN
    --snapshot best takes it.
    """
    from ...train.run_models import best, measurements

    winners = best(run, metric)
    counts: dict[str, int] = {}
    for item in measurements(run):
        counts[item.name] = counts.get(item.name, 0) + 1
    if session.json:
        found = [{**dataclasses.asdict(item), "higher_is_better": item.higher_is_better} for item in winners]
        session.emit({"run": run, "best": [{**row, "measured": counts[row["name"]]} for row in found]})
        return
    rows = [
        [
            item.name,
            f"{item.value:.4g}",
            item.snapshot,
            f"{item.kimg:g}",
            f"{'highest' if item.higher_is_better else 'lowest'} of {counts[item.name]}",
        ]
        for item in winners
    ]
    print_table("Best snapshots", ["measured", "value", "snapshot", "kimg", ""], rows)
