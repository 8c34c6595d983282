"""``gananomaly evaluate study``: the published study design on your own data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options
from GANAnomalyLib.cli.session import Session
from GANAnomalyLib.models.score_units import METRICS

from ._study import base_request, chosen_numbers, find, finish, study_options, tell_failures

_FIELDS = ("region", "patch_size", "mode", "steps", "settings")


@click.command("study", short_help="Normal cases against anomaly sets: AUROC, tests, localisation.")
@click.option("--model", "models", multiple=True, metavar="NAME", help="May be repeated.  [default: demo]")
@click.option(
    "--metric", "metrics", type=click.Choice(METRICS), multiple=True, help="May be repeated.  [default: wd, mse]"
)
@click_options(AnalysisRequest, *_FIELDS)
@study_options("study", required=True)
def command(
    session: Session,
    models: tuple[str, ...],
    metrics: tuple[str, ...],
    output: str,
    force: bool,
    workers: int,
    min_lesion_pixels: int | None,
    **options: Any,
) -> None:
    """Tell anomaly sets from normal cases, and test which metric does it better.

    Every volume or picture of the sets is analysed in worker processes, once with each model and metric. Lesion masks
    lie on the grid of their image and are named like it: p1.nii.gz and p1_mask.nii.gz, or a folder p1 with mask.nrrd.

    \b
    Example:
      gananomaly evaluate study --baseline normals/ --anomaly needle=needles/ \\
          --anomaly ascites=ascites/ --masks masks/ --workers 2 --out study
      gananomaly evaluate study --baseline a/ --anomaly pneumonia=b/ --metric mse --slice-score image --out study

    \b
    What comes out, in FOLDER:
      report.html           everything on one page, with figures, settings and hashes
      results.json          the same in JSON
      summary.csv           a row a configuration and set: AUROC of slices and volumes (published bootstrap,
                            percentile and DeLong intervals), share located, false positives, time, memory
      comparisons.csv       configurations against each other: paired, and the published permutation test
      slices.csv, cases.csv, findings.csv
      distances/            filename,dist for each set, as gananomaly evaluate detection reads it
      results/              every analysis

    A case that fails is a row with its reason and stops no other. Stop with Ctrl-C; the same command goes on, and a
    finished study is not computed again. Exit codes: 0 all went well, 1 some analyses failed, 2 the input cannot be
    used, 130 stopped by you. Research use only.
    """
    from GANAnomalyLib.running.progress import part

    from ...evaluate.study import run_study
    from ...evaluate.study.configuration_grid import configurations
    from ...evaluate.study.write_conclusions import conclude, results_data

    base = base_request(options, *_FIELDS)
    scoring, numbers = chosen_numbers(options, base["seed"])
    cases = find(options)
    axes = {"model": models if len(models) > 1 else (), "metric": metrics or ("wd", "mse")}
    chosen = configurations({**base, "model": models[0]} if len(models) == 1 else base, axes)
    with at_work() as (bar, cancel):
        tables = run_study(
            cases,
            chosen,
            Path(output),
            workers,
            min_lesion_pixels,
            part(bar, 0.0, 0.9),
            cancel,
            scoring=scoring,
            force=force,
        )
        if not session.json:
            tell_failures(session, tables)
        found = conclude(tables, chosen, Path(output), numbers, part(bar, 0.9, 1.0), cancel)
    data, table = results_data(tables, chosen, found, numbers), ("Detection", _HEADS, [_row(row) for row in found.rows])
    finish(session, tables, data, table, [scoring.words], found.notes, found.files)


_HEADS = ["configuration", "set", "slice AUROC", "volume AUROC", "slices located", "cases located"]


def _row(row: dict[str, Any]) -> list[str]:
    from ...evaluate.study.study_report import within

    names = ("slice_auroc", "volume_auroc", "located", "located_cases")
    return [row["configuration"], row["group"], *(within(row, name) or "" for name in names)]
