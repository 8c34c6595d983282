"""``gananomaly evaluate sweep``: many settings on the same cases, to choose by data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from GANAnomalyLib.analysis.request import MODES, REGIONS
from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import NameValue
from GANAnomalyLib.cli.session import Session
from GANAnomalyLib.models.score_units import METRICS

from ._study import base_request, chosen_numbers, find, finish, study_options, tell_failures

_QUALITIES = ("slice_auroc", "volume_auroc", "located", "located_cases", "pixel_auroc", "pixel_ap")
_SHOWN = 30


@click.command("sweep", short_help="Settings against each other: quality and time, to choose by data.")
@click.option("--benchmark", is_flag=True, help="On the benchmark's development cohort instead of your own cases.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only these anomalies of the benchmark.")
@click.option("--model", multiple=True, metavar="NAME", help="May be repeated.")
@click.option("--metric", type=click.Choice(METRICS), multiple=True, help="May be repeated.")
@click.option("--region", type=click.Choice(REGIONS), multiple=True, help="May be repeated.")
@click.option("--patch-size", type=int, multiple=True, help="In pixels of the network; may be repeated.")
@click.option("--mode", type=click.Choice(MODES), multiple=True, help="May be repeated.")
@click.option("--steps", type=int, multiple=True, help="Optimisation steps a slice; may be repeated.")
@click.option("--completions", type=int, multiple=True, help="PICARD's completions a window (M); may be repeated.")
@click.option(
    "--set", "settings", type=NameValue(), multiple=True, help="A setting of the detector; its values may be several."
)
@click.option(
    "--quality",
    type=click.Choice(_QUALITIES),
    default="slice_auroc",
    show_default=True,
    help="What combinations are judged by, on average over the sets.",
)
@study_options("sweep", required=False)
def command(
    session: Session,
    benchmark: bool,
    kinds: tuple[str, ...],
    settings: tuple[tuple[str, Any], ...],
    quality: str,
    output: str,
    force: bool,
    workers: int,
    min_lesion_pixels: int | None,
    **options: Any,
) -> None:
    """Run every combination of the values given, and show quality against time.

    What is not given stays as the model recommends it. Cases are given as for gananomaly evaluate study, or are the
    benchmark's development cohort. Of many combinations the best looks better than it is: confirm it on other patients.

    \b
    Example:
      gananomaly evaluate sweep --benchmark --metric wd --metric mse --patch-size 6 --patch-size 8 --out sweep
      gananomaly evaluate sweep --baseline normals/ --anomaly needle=needles/ --masks masks/ \\
          --steps 0 --steps 20 --set warp_smooth=0.1 --set warp_smooth=0.3 --workers 2 --out sweep

    \b
    What comes out, in FOLDER:
      report.html           the plot and the tables, with settings and hashes
      sweep.csv             a row a combination, the best first; pareto: no other is both faster and as good
      summary.csv           the same by anomaly set
      results.json          everything in JSON
      slices.csv, cases.csv, findings.csv, results/

    Stop with Ctrl-C; the same command goes on, also with more values. Seconds are of one case among --workers: for
    honest times use one worker and leave the machine alone. Exit codes as for gananomaly evaluate study.
    Research use only.
    """
    from GANAnomalyLib.running.progress import part

    from ...evaluate.study import run_study
    from ...evaluate.study.configuration_grid import configurations
    from ...evaluate.study.study_store import open_study
    from ...evaluate.study.sweep import conclude_sweep

    base = base_request(options)
    scoring, numbers = chosen_numbers(options, base["seed"])
    axes: dict[str, Any] = {name: options.pop(name) for name in ("model", "metric", "region", "patch_size", "mode")}
    axes |= {"steps": options.pop("steps"), "settings.completions": options.pop("completions")}
    for name, value in settings:
        axes[f"settings.{name}"] = (*axes.get(f"settings.{name}", ()), value)
    _check_cases(benchmark, kinds, options)
    cases = [] if benchmark else find(options)
    chosen = configurations(base, axes)
    with at_work() as (bar, cancel):
        if benchmark:
            open_study(Path(output), chosen, force)
            cases = _benchmark_cases(Path(output), kinds, workers, part(bar, 0.0, 0.1), cancel)
        tables = run_study(
            cases,
            chosen,
            Path(output),
            workers,
            min_lesion_pixels,
            part(bar, 0.1, 0.95),
            cancel,
            scoring=scoring,
            force=force,
        )
        if not session.json:
            tell_failures(session, tables)
        named = [axis for axis, values in axes.items() if values]
        found = conclude_sweep(tables, chosen, named, Path(output), quality, numbers, part(bar, 0.95, 1.0), cancel)
    data = json.loads((Path(output) / "results.json").read_text(encoding="utf-8"))
    rows = [_row(row, found.quality) for row in found.rows[:_SHOWN]]
    table = ("Settings, the best first", ["", "configuration", found.quality, "s a slice", "MiB"], rows)
    more = [f"and {len(found.rows) - _SHOWN} more in sweep.csv."] if len(found.rows) > _SHOWN else []
    words = [*more, "*: no other is both faster and as good."]
    finish(session, tables, data, table, words, found.notes, found.files)


def _check_cases(benchmark: bool, kinds: tuple[str, ...], options: dict[str, Any]) -> None:
    names = ("baseline", "anomalies", "masks", "region_masks", "patients", "patient_pattern", "slices")
    own = [name for name in names if options[name]]
    if benchmark and own:
        raise click.UsageError("Give either --benchmark or cases of your own, not both.")
    if not benchmark and kinds:
        raise click.UsageError("--kind chooses anomalies of the benchmark: add --benchmark.")
    if not benchmark and not (options["baseline"] and options["anomalies"]):
        raise click.UsageError("Give --baseline and --anomaly, or --benchmark.")
    if benchmark:
        for name in names:
            options.pop(name)


def _benchmark_cases(out: Path, kinds: tuple[str, ...], workers: int, progress: Any, cancel: Any) -> list[Any]:
    import dataclasses

    from ...benchmark.benchmark_cases import make_cases
    from ...benchmark.benchmark_plan import DEVELOPMENT, plan_of
    from ...benchmark.run_benchmark import held_version, study_cases

    folder = out / "benchmark"
    # Choices are made on the cohort that is for them; a sweep of the time before there was one goes on with its cases.
    plan = plan_of(1) if held_version(folder) == 1 else plan_of(cohort=DEVELOPMENT)
    records = make_cases(dataclasses.replace(plan, kinds=kinds or plan.kinds), folder, workers, progress, cancel)
    return study_cases(folder, records)


def _row(row: dict[str, Any], quality: str) -> list[str]:
    from ...evaluate.study.study_report import within

    seconds, peak = row["seconds_per_slice"], row["peak_mib"]
    return [
        "*" if row["pareto"] else "",
        row["configuration"],
        (within(row, quality) or "") if row[quality] is not None else "",
        "" if seconds is None else f"{seconds:.3f}",
        "" if peak is None else f"{peak:.0f}",
    ]
