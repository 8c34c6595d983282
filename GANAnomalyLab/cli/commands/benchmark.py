"""``gananomaly benchmark``: how well models find anomalies that are known exactly, beside simple baselines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from GANAnomalyLib.analysis.request import DEVICES
from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.models.model_folders import DEFAULT_MODEL
from GANAnomalyLib.models.score_units import METRICS

from ..evaluation._command import answer


class Names(click.ParamType):
    """Names or numbers with commas between them."""

    name = "a,b,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        return tuple(part.strip() for part in str(value).split(",") if part.strip())


class Numbers(click.ParamType):
    """Whole numbers with commas between them."""

    name = "1,2,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        try:
            return tuple(int(part) for part in Names().convert(value, param, ctx))
        except ValueError:
            self.fail(f"{value!r} must be whole numbers with commas between them.", param, ctx)


@click.command("benchmark", short_help="Models beside simple baselines on known anomalies.")
@click.option(
    "--model", "models", multiple=True, help="A model's name or file; may be repeated.  [default: demo_memory]"
)
@click.option("--metric", "metrics", multiple=True, type=click.Choice(METRICS), help="May be repeated.")
@click.option("--baselines", is_flag=True, help="Also mean image, PCA, nearest slice, autoencoder; plain and warped.")
@click.option("--full", is_flag=True, help="Whole volumes instead of slabs: hours instead of minutes.")
@click.option(
    "--cohort",
    type=click.Choice(["standard", "development"]),
    default="standard",
    show_default=True,
    help="development: other patients, to choose models and settings on; its numbers are not for reporting.",
)
@click.option(
    "--benchmark-version", "version", type=int, help="1: the smaller first one.  [default: the folder's, else 2]"
)
@click.option(
    "--compare", "pairs", nargs=2, multiple=True, metavar="ROW ROW", help="Also say which is better; may be repeated."
)
@click.option("--kinds", type=Names(), help="Only these anomalies: needle,fluid,...")
@click.option("--levels", type=Numbers(), help="Only these levels: 1 subtle, 2 moderate, 3 obvious.")
@click.option("--patients", type=int, help="Patients of each kind and level.  [default: 8; development: 4]")
@click.option("--slices", type=int, help="Slices of each case that are analysed; 0: all.  [default: 12; with --full 0]")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Analyses at a time.")
@click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True, help="Where to compute.")
@click.option("--out", required=True, metavar="FOLDER", help="The folder to write.")
@click.option("--force", is_flag=True, help="Analyse again what is finished.")
@standard_options
def command(
    session: Session,
    models: tuple[str, ...],
    metrics: tuple[str, ...],
    baselines: bool,
    full: bool,
    cohort: str,
    version: int | None,
    pairs: tuple[tuple[str, str], ...],
    kinds: tuple[str, ...] | None,
    levels: tuple[int, ...] | None,
    patients: int | None,
    slices: int | None,
    workers: int,
    device: str,
    out: str,
    force: bool,
) -> None:
    """Measure models on virtual patients with anomalies whose place is known exactly.

    The patients are made of the bundled CT, each with its own shape, contrast and noise; the same version makes the
    same cases for everybody. Each anomaly (needle, probe, fluid, masses, metal, stent, air, missing organ texture,
    motion, ring, stranded fat, thickened wall, displaced organ) comes at three levels. No patient has two roles, and
    none of them trained the demo models.

    Choose models, settings and thresholds on --cohort development, whose patients are others and which lacks the last
    three anomalies, so that no choice ever sees them; report the standard cohort, once.

    \b
    Example:
      gananomaly benchmark --out bench
      gananomaly benchmark --model demo --model mine.safetensors --baselines --workers 2 --out bench
      gananomaly benchmark --model mine.safetensors --cohort development --out choosing
      gananomaly benchmark --model demo --baselines --compare demo-wd autoencoder_warped-wd --out bench
      gananomaly benchmark --benchmark-version 1 --out bench_1

    \b
    What comes out, in FOLDER:
      report.html       tables and curves on one page
      leaderboard.md, leaderboard.csv, leaderboard.json
                        slice and volume AUROC with intervals, share located, lesions found in 3-D, pixel AUROC and
                        AP, false positives a slice, seconds a slice, memory; over all, by kind, by level, without
                        each kind; the difference of any two rows on the same patients
      cases/            the CTs and masks; manifest.json lists them with their hashes
      study/            every result, tables of slices, cases and findings

    Stop with Ctrl-C; the same command goes on from there. Another model with the same --out joins the leaderboard.
    Only results of a standard size (no --kinds, --levels, --patients, --slices) can be compared with others'. Research
    use only.
    """
    import dataclasses

    from ...benchmark.baseline_models import NAMES
    from ...benchmark.benchmark_plan import BENCHMARK_VERSION, plan_of
    from ...benchmark.leaderboard_tables import HEADS, notes, overall
    from ...benchmark.run_benchmark import BenchmarkOptions, held_version, run_benchmark

    given = {"kinds": kinds, "levels": levels, "patients": patients, "slab": slices}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    held = held_version(out)
    if version is None and held not in (None, BENCHMARK_VERSION):
        session.say(f"Note: {out} holds version {held} of the benchmark, and this goes on with it.")
    plan = dataclasses.replace(plan_of(version or held or BENCHMARK_VERSION, cohort, full), **changes)
    chosen = BenchmarkOptions(
        models or (DEFAULT_MODEL,), metrics or None, NAMES if baselines else (), plan, device, compare=pairs
    )
    with at_work() as (bar, cancel):
        board = run_benchmark(chosen, out, workers, bar, cancel, lambda text: session.say(f"Note: {text}"), force)
    page = Path(out) / "report.html"
    compared = [(pair, board.between(*pair)) for pair in pairs]
    verdicts = [
        f"{pair[0]} and {pair[1]} have too few cases in common to be compared." if found is None else found.words
        for pair, found in compared
    ]
    words = [text for text in (board.verdict(), *verdicts, *notes(board)) if text]
    words.append(f"Written: {page} and the leaderboard's tables beside it.")
    table = ("Benchmark, best slice AUROC first", HEADS, overall(board))
    answer(session, {**board.to_dict(), "report": str(page)}, [table], words)
