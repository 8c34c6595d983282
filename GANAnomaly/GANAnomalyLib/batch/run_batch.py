"""The batch itself: a pool of workers that take one case after the other."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..analysis.request import AnalysisRequest
from ..errors import Cancelled, GANAnomalyError, InputError
from ..files import disk_errors, locked
from ..results.result import AnalysisResult
from ..results.usual import DEFAULT_PERCENT
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback, no_progress
from ..worker.pool import PoolTask, WorkerPool, Working
from .batch_summary import SUMMARY, BatchSummary, CaseRow, append_row, read_rows, write_rows
from .find_cases import Case
from .reuse import Finished, input_stamp

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
    usual: int = DEFAULT_PERCENT,
) -> BatchSummary:
    """Analyse every case as ``template`` says (its input and output are set for each) into ``out/<case's name>``.

    Parameters
    ----------
    cases: what to analyse, as :func:`find_cases` lists it.
    workers: cases at a time, each in a process that stays for the next one; the processor's threads are divided
        between them.
    python: the interpreter of the workers; None as in :class:`~GANAnomalyLib.worker.WorkerJob`.
    cancel: set it to stop; the summary is whole then, and the next run goes on.
    force: compute again what is finished, and replace other requests' results.
    on_result: called with each row as soon as it is known.
    base: the environment the workers start from; None: this process's.
    usual: percent of normal slices (1, 2, 5) that may reach what counts as within the usual.

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
    batch = _Batch(cases, template, out, force, finished, on_result, base, usual)
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
            summary.sheets = write_contact_sheets(done, out, drawing, cancel, usual)
        except Cancelled:
            summary.stopped = True
        progress(1.0, Message("done"))
    return summary


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
        usual: int,
    ) -> None:
        self._cases, self._template, self._out, self._force = cases, template, out, force
        self._finished, self._on_result, self._base, self._usual = finished, on_result, base, usual
        self._before = read_rows(out / SUMMARY)
        self._rows: dict[str, CaseRow] = {}
        self._begun: dict[int, tuple[CaseRow, float]] = {}

    def work(self, workers: int, python: str | None, progress: ProgressCallback, cancel: CancelToken) -> None:
        """Go through the cases; returns when all are done or ``cancel`` was set and every worker has gone."""
        environment = shared_threads(min(workers, len(self._cases)))
        self._begin_table()
        under_way: Sequence[Working] = ()

        def tell(working: Sequence[Working]) -> None:
            nonlocal under_way
            under_way = working
            progress(*self._told(working))

        def tasks() -> Iterator[list[PoolTask]]:
            for number, case in enumerate(self._cases):
                cancel.check()
                request = self._begin(number, case)
                # Finished ones end at once: a long list of them shall not look like standing still.
                progress(*self._told(under_way))
                if request is not None:
                    yield [PoolTask(number, request)]

        pool = WorkerPool(workers, python=python, environment=environment, base=self._base)
        with contextlib.suppress(Cancelled):
            pool.run_tasks(tasks(), self._end, tell, cancel)

    def close(self) -> None:
        """Leave a whole table behind, whatever happened."""
        for row, _ in self._begun.values():
            row.status, row.message = "cancelled", Cancelled().message
            self._rows[row.case] = row
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

    def _begin(self, number: int, case: Case) -> dict[str, Any] | None:
        """What to ask a worker for; None where the result is there already."""
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
            return None
        self._begun[number] = row, began
        return {**request.to_dict(), "force": self._force}

    def _end(self, task: PoolTask, event: dict[str, Any]) -> None:
        row, began = self._begun.pop(task.id)
        if event["event"] == "error":
            row.message = str(event["message"])
            self._settle(row, "cancelled" if event["kind"] == "cancelled" else "failed", began)
            if event["kind"] == "missing":
                # Every other case would fail in the same way.
                raise GANAnomalyError(row.message, str(event.get("details", "")))
            return
        try:
            result = AnalysisResult.read(event["folder"])
        except InputError as error:
            row.message = error.message
            self._settle(row, "failed", began)
            return
        self._settle(row, "reused" if event["reused"] else "done", began, result)

    def _settle(
        self, row: CaseRow, status: str, began: float, result: AnalysisResult | None = None, recorded: bool = False
    ) -> None:
        row.status, row.seconds = status, round(time.monotonic() - began, 2)
        if result is not None:
            row.take(result, self._usual)
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

    def _told(self, working: Sequence[Working]) -> tuple[float, Message]:
        """Names no file: what a progress bar says may end up in a cluster's log."""
        done, count = len(self._rows), len(self._cases)
        fraction = (done + sum(one.fraction for one in working)) / count * (1 - _SHEET_SHARE)
        if len(working) == 1:
            return fraction, Message("one_case", number=done + 1, count=count, doing=working[0].message)
        if working:
            return fraction, Message("cases_running", number=done, count=count, running=len(working))
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
