"""The benchmark from end to end: cases, baselines, every configuration on every case, leaderboard and report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import is_leftover, locked
from GANAnomalyLib.files.reading import read_object
from GANAnomalyLib.models.model_folders import DEFAULT_MODEL
from GANAnomalyLib.models.registry import find_model
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part
from GANAnomalyLib.spelling import meant

from ..evaluate.study import BASELINE, StudyCase, run_study
from .baseline_models import NAMES, fitter_like
from .benchmark_cases import CT, FOLDER, MANIFEST, MASK, make_cases, plan_facts, read_manifest
from .benchmark_plan import Plan, plan_of
from .configurations import Entry, entries, model_card
from .leaderboard import BOARD, Leaderboard
from .leaderboard_tables import write_leaderboard
from .published_cases import agreements

STUDY, MODELS = "study", "models"
Say = Callable[[str], None]


@dataclass(frozen=True)
class BenchmarkOptions:
    """What to run.

    Attributes
    ----------
    models: names or files; the first one decides how baselines see slices.
    metrics: None for what each kind of model is usually scored with.
    baselines: names of simple baselines, see :data:`~.baselines.NAMES`.
    plan: which cases.
    device: where to compute, as in an analysis.
    autoencoder_steps: how long that baseline learns; None for its own number.
    compare: pairs of rows, by the names that the leaderboard gives them, that are compared even far down.
    """

    models: tuple[str, ...] = (DEFAULT_MODEL,)
    metrics: tuple[str, ...] | None = None
    baselines: tuple[str, ...] = ()
    plan: Plan = field(default_factory=plan_of)
    device: str = "auto"
    autoencoder_steps: int | None = None
    compare: tuple[tuple[str, str], ...] = ()

    def validate(self) -> None:
        """Raise :class:`InputError` for what can be told wrong before anything is made."""
        if not self.models and not self.baselines:
            raise InputError("There is nothing to run: give a model, or --baselines.")
        unknown = [name for name in self.baselines if name not in NAMES]
        if unknown:
            raise InputError(
                f"There is no baseline {unknown[0]!r}{meant(unknown[0], NAMES)}; there are: {', '.join(NAMES)}."
            )
        self.plan.check()
        entries(self.models, self.metrics, {}, self.device)


@locked("out", "gananomaly benchmark")
def run_benchmark(
    options: BenchmarkOptions,
    out: Path | str,
    workers: int = 1,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Say | None = None,
    force: bool = False,
) -> Leaderboard:
    """Run the benchmark into ``out``; what an earlier run finished is kept, and its rows stay in the leaderboard.

    Parameters
    ----------
    workers: analyses at a time, each in a process of its own.
    say: called with sentences worth telling.
    force: analyse again what is finished.

    Returns
    -------
    Leaderboard
        As written: leaderboard.csv, .json and .md, report.html; cases/, models/ and study/ beside them.

    Raises
    ------
    InputError: options that cannot be, or a folder that holds something else or another plan's cases.
    Cancelled: within two seconds of ``cancel``; the same call goes on from there.
    GANAnomalyError: the disk refuses, or a Python package is missing.
    """
    out, cancel, say = Path(out), cancel or CancelToken(), say or (lambda text: None)
    options.validate()
    if workers < 1:
        raise InputError(f"workers must be at least one, not {workers}.")
    check_folder(out, options.plan)
    records = make_cases(options.plan, out, workers, part(progress, 0.0, 0.1), cancel)
    same = agreements(records, options.plan.version, options.plan.cohort)
    if same["other"]:
        say(
            f"{same['other']} of {len(records)} cases differ from the published ones: these results cannot be compared "
            "with others'. Report this with the versions of NumPy and SciPy."
        )
    after = 0.1
    baselines: dict[str, Path] = {}
    if options.baselines:
        after = 0.3
        card = model_card(options.models[0] if options.models else "demo")
        fitter = fitter_like(card, options.plan, steps=options.autoencoder_steps)
        baselines = fitter.ensure(options.baselines, out / MODELS, part(progress, 0.1, after), cancel)
    asked = entries(options.models, options.metrics, baselines, options.device)
    chosen = [*_earlier(out, asked, say), *asked]
    _check_compared(options.compare, [entry.name for entry in chosen])
    tables = run_study(
        study_cases(out, records),
        [entry.configuration for entry in chosen],
        out / STUDY,
        workers,
        progress=part(progress, after, 0.95),
        cancel=cancel,
        say=say,
        force=force,
    )
    progress(0.95, Message("bringing_results_together"))
    plan = options.plan
    facts = {
        "benchmark_version": plan.version,
        "cohort": plan.cohort,
        "plan": plan_facts(plan),
        "cases": len(records),
        "as_published": same,
    }
    board = Leaderboard.of(tables, chosen, facts, part(progress, 0.95, 0.99), cancel, options.compare)
    write_leaderboard(board, out)
    from .benchmark_page import write_page

    write_page(board, tables, out / "report.html", cancel)
    progress(1.0, Message("done"))
    return board


def check_folder(out: Path, plan: Plan) -> None:
    """Raise :class:`InputError` unless ``out`` is new, empty, or a benchmark of this very plan."""
    if not out.exists():
        return
    if not out.is_dir():
        raise InputError(f"{out} is a file, not a folder: choose another output folder.")
    if not (out / MANIFEST).is_file():
        # A run that was stopped before its first whole manifest leaves only cases.
        if any(entry.name != FOLDER and not is_leftover(entry.name) for entry in out.iterdir()):
            raise InputError(f"{out} holds other files: choose another output folder.")
        return
    held = read_manifest(out)
    if (held["benchmark"], held.get("plan")) != (plan.version, plan_facts(plan)):
        raise InputError(
            f"{out} holds a benchmark of other cases (--benchmark-version, --cohort, --full, --kinds, --levels, "
            "--patients or --slices differ): choose another output folder."
        )


def held_version(out: Path | str) -> int | None:
    """The version of the benchmark that a folder holds; None where it holds none, or no whole one."""
    try:
        return int(read_manifest(out)["benchmark"])
    except InputError:
        return None


def _check_compared(pairs: Sequence[tuple[str, str]], names: Sequence[str]) -> None:
    for name in (name for pair in pairs for name in pair):
        if name not in names:
            raise InputError(
                f"There is no row {name!r} to compare{meant(name, names)}; the leaderboard has: {', '.join(names)}."
            )


def study_cases(out: Path, records: Sequence[dict[str, Any]]) -> list[StudyCase]:
    """The made cases as a study takes them: normal ones in one group, anomalies in groups by kind."""
    found = []
    for record in records:
        folder = (out / FOLDER / record["name"]).resolve()
        normal = record["role"] == "baseline"
        found.append(
            StudyCase(
                record["name"],
                folder / CT,
                BASELINE if normal else record["kind"],
                f"virtual{record['seed']}",
                None if normal else folder / MASK,
                tuple(record["slices"]),
                {} if normal else {"level": record["level"], "seed": record["seed"]},
            )
        )
    return found


def _earlier(out: Path, asked: Sequence[Entry], say: Say) -> list[Entry]:
    """The rows of an earlier run in this folder that are not asked for now and can be had again."""
    try:
        held = read_object(out / BOARD)["entries"]
        before = [Entry.from_dict(item) for item in held]
    except (InputError, ValueError, KeyError, TypeError):
        return []
    names = {entry.name for entry in asked}
    kept = []
    for entry in before:
        if entry.name in names:
            continue
        try:
            find_model(entry.request["model"])
        except (InputError, KeyError, TypeError):
            say(f"The row {entry.name} of the earlier leaderboard is left out: its model is gone.")
            continue
        kept.append(entry)
    return kept
