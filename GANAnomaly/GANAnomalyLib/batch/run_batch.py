"""The batch itself: every case in a worker of its own, some at a time."""

from __future__ import annotations

import dataclasses
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..analysis.request import AnalysisRequest
from ..errors import Cancelled, GANAnomalyError, InputError
from ..files import disk_errors, locked
from ..results.result import AnalysisResult
from ..running.messages import Message, reported
from ..running.progress import CancelToken, ProgressCallback, no_progress
from ..worker import WorkerJob
from .batch_summary import SUMMARY, BatchSummary, CaseRow, append_row, read_rows, write_rows
from .find_cases import Case
from .reuse import Finished, input_stamp

_POLL_SECONDS = 0.05
_SHEET_SHARE = 0.03
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
_ITK_THREADS = "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"


@locked("out", "gananomaly batch")
def run_batch(
    cases: Sequence[Case],
    template: AnalysisRequest,
    out: Path | str,
    workers: int = 1,
    python: str | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    force: bool = False,
    on_result: Callable[[CaseRow], None] | None = None,
    base: Mapping[str, str] | None = None,
) -> BatchSummary:
    """Analyse every case as ``template`` says (its input and output are set for each) into ``out/<case's name>``.

    Parameters
    ----------
    cases: what to analyse, as :func:`find_cases` lists it.
    workers: cases at a time; the processor's threads are divided between them.
    python: the interpreter of the workers; None as in :class:`~GANAnomalyLib.worker.WorkerJob`.
    cancel: set it to stop; the summary is whole then, and the next run goes on.
    force: compute again what is finished, and replace other requests' results.
    on_result: called with each row as soon as it is known.
    base: the environment the workers start from; None: this process's.

    Returns
    -------
    BatchSummary
        A row a case; also when some failed, and when it was stopped. Each is added to ``summary.csv`` as soon as it is
        known; the file is put in the order of the cases, and ``contact_sheet.png`` drawn, at the end.

    Raises
    ------
    InputError: no case, a request or model that no case could use, or a folder that cannot be written.
    GANAnomalyError: a Python package is missing, or the disk refuses the summary.
    """
    if not cases:
        raise InputError("There is nothing to analyse: give volumes or folders that hold some.")
    if workers < 1:
        raise InputError(f"workers must be at least one, not {workers}.")
    dataclasses.replace(template, input=str(cases[0].path)).validate()
    out = Path(out)
    finished = Finished(template.model)
    with disk_errors(out, "the batch"):
        out.mkdir(parents=True, exist_ok=True)
    batch = _Batch(cases, template, out, force, finished, on_result, base)
    cancel = cancel or CancelToken()
    try:
        batch.work(workers, python, progress, cancel)
    finally:
        batch.close()
    summary = batch.summary(stopped=cancel.cancelled)
    if not summary.stopped:
        from ..pictures.contact_sheet import write_contact_sheets

        def drawing(fraction: float, message: Message) -> None:
            progress(1 - _SHEET_SHARE * (1 - fraction), message)

        try:
            done = {row.case: out / row.result for row in summary.rows if row.result}
            summary.sheets = write_contact_sheets(done, out, drawing, cancel)
        except Cancelled:
            summary.stopped = True
        progress(1.0, Message("done"))
    return summary


@dataclass
class _Running:
    case: Case
    row: CaseRow
    job: WorkerJob
    began: float = field(default_factory=time.monotonic)
    fraction: float = 0.0
    message: Message = field(default_factory=lambda: Message("starting"))


class _Batch:
    """What is known of each case so far."""

    def __init__(
        self,
        cases: Sequence[Case],
        template: AnalysisRequest,
        out: Path,
        force: bool,
        finished: Finished,
        on_result: Callable[[CaseRow], None] | None,
        base: Mapping[str, str] | None,
    ) -> None:
        self._cases, self._template, self._out, self._force = cases, template, out, force
        self._finished, self._on_result, self._base = finished, on_result, base
        self._before = read_rows(out / SUMMARY)
        self._rows: dict[str, CaseRow] = {}
        self._running: list[_Running] = []
        self._fatal: dict[str, Any] | None = None

    def work(self, workers: int, python: str | None, progress: ProgressCallback, cancel: CancelToken) -> None:
        """Go through the cases; returns when all are done or ``cancel`` was set and every worker has gone."""
        environment = shared_threads(min(workers, len(self._cases)))
        self._begin_table()
        waiting = deque(self._cases)
        while (waiting and not cancel.cancelled) or self._running:
            while waiting and len(self._running) < workers and not cancel.cancelled:
                self._begin(waiting.popleft(), python, environment)
                # Finished ones end at once: a long list of them shall not look like standing still.
                progress(*self._told())
            for one in list(self._running):
                if cancel.cancelled:
                    one.job.cancel()
                self._watch(one)
            if self._fatal is not None:
                raise GANAnomalyError(str(self._fatal["message"]), str(self._fatal.get("details", "")))
            progress(*self._told())
            if self._running:
                time.sleep(_POLL_SECONDS)

    def close(self) -> None:
        """End what still runs and leave a whole table behind, whatever happened."""
        for one in self._running:
            one.job.close()
            one.row.status, one.row.message = "cancelled", Cancelled().message
            self._rows[one.case.name] = one.row
        self._running = []
        write_rows(self._out / SUMMARY, self._table())

    def summary(self, stopped: bool) -> BatchSummary:
        """The batch as it stands."""
        rows = self._table()
        # Asked to stop when nothing was left to stop is not stopped.
        return BatchSummary(self._out, rows, stopped=stopped and self._open())

    def _open(self) -> bool:
        """Whether a case is still to be analysed."""
        ended = [row for row in self._rows.values() if row.status != "cancelled"]
        return len(ended) < len(self._cases)

    def _begin(self, case: Case, python: str | None, environment: dict[str, str]) -> None:
        folder = self._out / case.name
        request = dataclasses.replace(
            self._template, input=str(case.path), output=str(folder), settings=dict(self._template.settings)
        )
        row = CaseRow(case.name, "failed", result=case.name)
        stamp = input_stamp(case.path)
        if stamp is not None:
            row.input_bytes, row.input_modified = stamp
        began = time.monotonic()
        ready = None if self._force else self._finished.look(request, self._before.get(case.name))
        if ready is not None:
            # The table holds it already, as the last run recorded it.
            self._settle(row, "reused", began, ready, recorded=True)
            return
        job = WorkerJob({**request.to_dict(), "force": self._force}, python, environment, self._base)
        job.start()
        self._running.append(_Running(case, row, job))

    def _watch(self, one: _Running) -> None:
        for event in one.job.poll():
            if event["event"] == "progress":
                one.fraction, one.message = reported(event)
        outcome = one.job.outcome
        if outcome is None:
            return
        one.job.close()
        self._running.remove(one)
        if outcome["event"] == "error":
            kind = outcome["kind"]
            if kind == "missing":
                # Every other case would fail in the same way.
                self._fatal = outcome
            one.row.message = str(outcome["message"])
            self._settle(one.row, "cancelled" if kind == "cancelled" else "failed", one.began)
            return
        try:
            result = AnalysisResult.read(outcome["folder"])
        except InputError as error:
            one.row.message = error.message
            self._settle(one.row, "failed", one.began)
            return
        self._settle(one.row, "reused" if outcome["reused"] else "done", one.began, result)

    def _settle(
        self, row: CaseRow, status: str, began: float, result: AnalysisResult | None = None, recorded: bool = False
    ) -> None:
        row.status, row.seconds = status, round(time.monotonic() - began, 2)
        if result is not None:
            row.take(result)
            row.message = " ".join(str(warning) for warning in result.manifest.get("warnings", []))
        else:
            row.result = ""
        self._rows[row.case] = row
        if not recorded:
            append_row(self._out / SUMMARY, row)
        if self._on_result is not None:
            self._on_result(row)

    def _begin_table(self) -> None:
        """The rows of the last run that stay true until this one knows better: those of finished cases."""
        known = [self._before[case.name] for case in self._cases if case.name in self._before]
        write_rows(self._out / SUMMARY, [row for row in known if row.status in ("done", "reused")])

    def _table(self) -> list[CaseRow]:
        """A row for each case in their order: this run's, else the last one's."""
        unknown = "Not analysed yet: run the batch again to go on."
        return [
            self._rows.get(case.name) or self._before.get(case.name) or CaseRow(case.name, "cancelled", message=unknown)
            for case in self._cases
        ]

    def _told(self) -> tuple[float, Message]:
        """Names no file: what a progress bar says may end up in a cluster's log."""
        done, count = len(self._rows), len(self._cases)
        fraction = (done + sum(one.fraction for one in self._running)) / count * (1 - _SHEET_SHARE)
        if len(self._running) == 1:
            return fraction, Message("one_case", number=done + 1, count=count, doing=self._running[0].message)
        if self._running:
            return fraction, Message("cases_running", number=done, count=count, running=len(self._running))
        return fraction, Message("cases_finished", number=done, count=count)


def shared_threads(workers: int) -> dict[str, str]:
    """Threads of each worker: more than the processor has only wait for one another."""
    if workers == 1:
        return {}
    try:
        share = max(len(os.sched_getaffinity(0)) // workers, 1)
    except AttributeError:
        share = max((os.cpu_count() or 1) // workers, 1)
    made = {}
    for name in (*_THREADS, _ITK_THREADS):
        own = os.environ.get(name, "")
        made[name] = str(min(share, int(own))) if own.isdigit() and int(own) > 0 else str(share)
    return made
