"""Running a study: every configuration on every case, some at a time, each once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.batch.run_batch import shared_threads
from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.files import disk_errors, locked
from GANAnomalyLib.models.registry import find_model
from GANAnomalyLib.models.store import model_hash
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress
from GANAnomalyLib.worker.pool import PoolTask, WorkerPool, Working

from .measure import Measured
from .scoring import DEFAULT, Scoring
from .sharing import remove_explanations
from .study_cases import Configuration, StudyCase, check_study
from .study_store import RESULTS, finished, open_study, record_path, result_folder, run_key
from .study_tables import StudyTables
from .study_worker import COMMAND, TASK

Say = Callable[[str], None]
Run = tuple[Configuration, StudyCase]


@locked("out", "gananomaly evaluate study")
def run_study(
    cases: Sequence[StudyCase],
    configurations: Sequence[Configuration],
    out: Path | str,
    workers: int = 1,
    min_lesion_pixels: int | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Say | None = None,
    scoring: Scoring = DEFAULT,
    force: bool = False,
    python: str | None = None,
) -> StudyTables:
    """Analyse every case with every configuration and measure what came of it.

    Results go to ``out/results/<configuration>/<case>``, the tables to ``out``. What an earlier run of the same study
    finished is reused, and measured anew only where mask or ``min_lesion_pixels`` changed.

    Parameters
    ----------
    workers: processes; the processor's threads are divided between them, and each needs the memory of one analysis.
    min_lesion_pixels: pixels of a slice that make it abnormal; None: see :func:`~.measure.measure`.
    say: called with a sentence for each case that fails, when it does.
    scoring: how a case's score is brought together.
    force: compute again what is finished, and replace results of other settings.
    python: the interpreter of the workers; None: this one.

    Returns
    -------
    StudyTables
        Rows in the order of the configurations, then of the cases; a case that failed is a row with its sentence.

    Raises
    ------
    InputError: a study that cannot be run, or a folder that holds something else.
    Cancelled: within two seconds of ``cancel``; what is finished is kept.
    GANAnomalyError: a Python package is missing, or the disk refuses the tables.
    """
    cancel, out = cancel or CancelToken(), Path(out)
    cancel.check()
    check_study(cases, configurations)
    for name, number, least in (("workers", workers, 1), ("The pixels of a lesion", min_lesion_pixels, 1)):
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < least):
            raise InputError(f"{name} must be a whole number of at least {least}, not {number}.")
    hashes = {item.name: model_hash(find_model(_model(item))) for item in configurations}
    open_study(out, configurations, force)
    study = _Study(out, hashes, min_lesion_pixels, force, say or (lambda text: None))
    tasks = study.plan(configurations, cases, progress, cancel)
    total = len(cases) * len(configurations)

    def tell(working: Sequence[Working]) -> None:
        done, doing = len(study.ends), working[0].message if working else Message("starting")
        running = sum(one.fraction for one in working)
        progress((done + running) / total, Message("analyses_finished", number=done, count=total, doing=doing))

    if tasks:
        pool = WorkerPool(workers, COMMAND, python, shared_threads(min(workers, len(tasks))))
        try:
            pool.run_tasks(tasks, study.settle, tell, cancel)
        finally:
            remove_explanations(out / RESULTS)
    tables = StudyTables(scoring=scoring)
    for configuration in configurations:
        for case in cases:
            # Taken out, as a study's slices would lie in memory twice.
            end = study.ends.pop((configuration.name, case.name))
            if isinstance(end, str):
                tables.add_failed(configuration, case, end)
            else:
                tables.add(configuration, case, *end)
    tables.write(out)
    progress(1.0, Message("done"))
    return tables


class _Study:
    """What is known of each run so far: its measurement and status, or the sentence that it failed with."""

    def __init__(self, out: Path, hashes: dict[str, str], min_lesion_pixels: int | None, force: bool, say: Say) -> None:
        self._out, self._hashes, self._least, self._force, self._say = out, hashes, min_lesion_pixels, force, say
        self._runs: dict[int, Run] = {}
        self.ends: dict[tuple[str, str], tuple[Measured, str] | str] = {}

    def plan(
        self,
        configurations: Sequence[Configuration],
        cases: Sequence[StudyCase],
        progress: ProgressCallback,
        cancel: CancelToken,
    ) -> list[list[PoolTask]]:
        """The runs that are still to be done, those of a case together; the others are settled."""
        groups: list[list[PoolTask]] = []
        for configuration in configurations:
            with disk_errors(self._out, "the study"):
                record_path(self._out, configuration, cases[0]).parent.mkdir(parents=True, exist_ok=True)
        for case in cases:
            progress(0.0, Message("looking_for_finished_results"))
            group = []
            for configuration in configurations:
                cancel.check()
                task = self._task(configuration, case, len(self._runs))
                if task is not None:
                    group.append(task)
            if group:
                groups.append(group)
        return groups

    def _task(self, configuration: Configuration, case: StudyCase, number: int) -> PoolTask | None:
        folder = result_folder(self._out, configuration, case)
        record = record_path(self._out, configuration, case)
        try:
            request = configuration.ask(case, folder)
            key = run_key(configuration, case, self._out, self._hashes[configuration.name], self._least)
        except InputError as error:
            self._fail(configuration, case, error.message)
            return None
        before = None if self._force else finished(record, folder, key)
        if before is not None:
            self.ends[configuration.name, case.name] = before, "reused"
            return None
        self._runs[number] = configuration, case
        data = {
            "task": TASK,
            "request": request.to_dict(),
            "case": case.to_dict(),
            "record": str(record),
            "key": key,
            "min_lesion_pixels": self._least,
            "force": self._force,
        }
        return PoolTask(number, data)

    def settle(self, task: PoolTask, event: dict[str, Any]) -> None:
        """Take the end of a run; raises GANAnomalyError where every other one would end in the same way."""
        configuration, case = self._runs[task.id]
        if event["event"] == "done":
            status = "reused" if event["reused"] else "done"
            self.ends[configuration.name, case.name] = Measured.from_dict(event), status
        elif event["kind"] in ("missing", "start"):
            raise GANAnomalyError(str(event["message"]), str(event.get("details", "")))
        elif event["kind"] != "cancelled":
            self._fail(configuration, case, str(event["message"]))

    def _fail(self, configuration: Configuration, case: StudyCase, message: str) -> None:
        self.ends[configuration.name, case.name] = message
        self._say(f"{case.name} ({configuration.name}) failed: {message}")


def _model(configuration: Configuration) -> str:
    default = AnalysisRequest("").model
    return str(configuration.request.get("model", default))
