"""A run: what is new in the sources goes to workers in parts, a window of them at a time, until all have rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from GANAnomalyLib.errors import GANAnomalyError
from GANAnomalyLib.files import locked
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .cluster import DEATHS, JOBS, dask_client
from .curate_options import CurateOptions
from .curate_part import PartDone, PartTask, curate_part, unreadable_row, write_part
from .curation_store import Store
from .packages import needed
from .part_queue import PartQueue, parts_of
from .rows import keep_together
from .source_files import SourceFile, list_sources

_AHEAD = 3
"""Parts a worker has, at work and waiting: none is idle, and the scheduler stays small."""
_POLL_S = 0.5


@dataclass
class CurationSummary:
    """What a run did. ``known`` files had rows; ``passed_over`` counts what was not looked at, ``reasons`` what could
    not be read, each by its reason."""

    store: str
    found: int = 0
    known: int = 0
    read: int = 0
    rows: int = 0
    unreadable: int = 0
    seconds: float = 0.0
    workers: int = 0
    dashboard: str = ""
    passed_over: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)


@locked("options.out", "gananomaly curate")
def curate(
    options: CurateOptions, progress: ProgressCallback = no_progress, cancel: CancelToken | None = None
) -> CurationSummary:
    """Read, check and score what the store does not know yet; an interrupted run goes on where it stopped.

    Raises
    ------
    InputError: sources, model or store cannot be used, and nothing is written then; or a cluster cannot, and the store
    is as before, or new without rows. FolderInUse: another run writes to the store. Cancelled: ``cancel`` was set; what
    is done stays. GANAnomalyError: a full disk, no cluster.
    """
    options.check()
    needed("pyarrow")
    needed("distributed")
    cancel, began = cancel or CancelToken(), time.monotonic()
    model = _model(options.model)
    listing = list_sources(options.sources, progress, cancel)
    store = Store.make(options.out, options.deciding(), model)
    store.clear_leftovers()
    store.write_listing(listing.files)
    done = store.done(options.retry)
    new = [file for file in listing.files if (file.path, file.state) not in done]
    summary = CurationSummary(str(store.folder), len(listing.files), len(listing.files) - len(new))
    summary.passed_over = dict(listing.passed_over.most_common())
    if new:
        with dask_client(options) as client:
            try:
                _run(client, store, new, options, summary, progress, cancel)
            except lost_connection() as error:
                raise scheduler_gone(error) from error
    keep_together(store.folder)
    summary.seconds = time.monotonic() - began
    return summary


def _model(name: str | None) -> dict[str, str] | None:
    if name is None:
        return None
    from .model_scores import check_model

    return {"name": name, "hash": check_model(name)}


def _run(
    client: Any,
    store: Store,
    new: Sequence[SourceFile],
    options: CurateOptions,
    summary: CurationSummary,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> None:
    distributed = needed("distributed")
    workers = max(1, _connected(client), options.workers or 1)
    summary.workers, summary.dashboard = workers, client.dashboard_link
    progress(0.0, Message("curate_begins", address=client.dashboard_link, count=len(new)))
    queue = PartQueue(store, parts_of(store, new, options, store.begin_run(options.sources), workers))
    at_work: dict[Any, PartTask] = {}
    began = time.monotonic()
    try:
        while True:
            while len(at_work) < _AHEAD * workers:
                task = queue.next(alone=not at_work)
                if task is None:
                    break
                key = f"part-{task.name}{'-again' if queue.is_last_try(task) else ''}"
                at_work[client.submit(curate_part, task, key=key, pure=False)] = task
            if not at_work:
                return
            cancel.check()
            _check_alive(client)
            connected = _connected(client)
            if not connected:
                progress(summary.read / len(new), _waiting(store, options))
            # Those of a cluster come and go.
            summary.workers = workers = max(workers, connected)
            try:
                finished = distributed.wait(list(at_work), timeout=_POLL_S, return_when="FIRST_COMPLETED").done
            except (TimeoutError, distributed.TimeoutError):
                continue
            for future in finished:
                task = at_work.pop(future)
                found = _result(future, task, queue.is_last_try(task))
                future.release()
                if found is None:
                    queue.workers_died(task)
                    continue
                summary.read += found.files
                summary.rows += found.rows
                for reason, count in found.reasons.items():
                    summary.reasons[reason] = summary.reasons.get(reason, 0) + count
                    summary.unreadable += count
                rate = summary.read / max(time.monotonic() - began, 1e-9)
                progress(
                    summary.read / len(new),
                    Message("curate_progress", number=summary.read, count=len(new), rate=f"{rate:.1f}"),
                )
    finally:
        for future in at_work:
            future.cancel(force=True)


def _connected(client: Any) -> int:
    return len(client.scheduler_info(n_workers=-1)["workers"])


def _waiting(store: Store, options: CurateOptions) -> Message:
    if options.slurm:
        return Message("curate_waiting_jobs", folder=str(store.folder / JOBS))
    return Message("curate_waiting")


def _check_alive(client: Any) -> None:
    if client.status not in ("running", "connecting"):
        raise scheduler_gone(client.status)


def lost_connection() -> tuple[type[Exception], ...]:
    """What Dask raises when the scheduler is gone."""
    return needed("distributed").CancelledError, needed("distributed.comm").CommClosedError


def scheduler_gone(details: object) -> GANAnomalyError:
    """The error where the connection to the scheduler was lost."""
    return GANAnomalyError(
        "The scheduler is gone. What is done is kept: the same command goes on from there.", repr(details)
    )


def _result(future: Any, task: PartTask, last: bool) -> PartDone | None:
    """What a task did; None when its workers died. At its ``last`` try a file that ends workers gets a row."""
    killed = needed("distributed").KilledWorker
    try:
        found: PartDone = future.result()
        return found
    except killed:
        if not last:
            return None
        reason = f"Reading it ended {2 * DEATHS} worker processes: it may take too much memory."
        write_part(task, [{**unreadable_row(task.files[0], "ended_worker", reason), "run": task.run}])
        return PartDone(1, 1, {reason: 1})
    except GANAnomalyError:
        raise
    except lost_connection():
        raise
    except Exception as error:
        raise GANAnomalyError(
            f"A worker failed: {str(error)[:200] or type(error).__name__}. What is done is kept: the same command goes "
            "on from there.",
            repr(error),
        ) from error


def passed_over_in_words(passed: dict[str, int]) -> str:
    """One line: how many were passed over, and why."""
    return ", ".join(f"{count:,} {reason}" for reason, count in passed.items())
