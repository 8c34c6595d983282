"""Where the work is done: processes of this computer, a Dask scheduler that runs, or jobs of Slurm."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import GANAnomalyError, InputError

from .curate_options import CurateOptions
from .packages import needed

_WAIT_S = 20
JOBS = "jobs"
"""The folder of the store with what Slurm's jobs print."""
DEATHS = 2
"""So many workers may die of one task before its files are looked at one by one."""


@contextlib.contextmanager
def dask_client(options: CurateOptions) -> Iterator[Any]:
    """A client of ``dask.distributed``; what was started for it ends with the block.

    Raises :class:`InputError` where Dask is missing, an address does not answer, or Slurm refuses.
    """
    distributed = needed("distributed")
    _configure()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet())
        if options.cluster:
            try:
                client = distributed.Client(options.cluster, timeout=_WAIT_S)
            except (OSError, ValueError) as error:
                raise InputError(
                    f"No Dask scheduler answers at {options.cluster}: check the address, and that it runs.", str(error)
                ) from error
            yield stack.enter_context(client)
            return
        if options.slurm:
            # Jobs speak to the scheduler by the computer's name in the network, the dashboard is at home only.
            needed("dask.config").set({"distributed.dashboard.link": "{scheme}://127.0.0.1:{port}/status"})
        cluster = stack.enter_context(_slurm(options) if options.slurm else _local(options))
        yield stack.enter_context(distributed.Client(cluster, timeout=_WAIT_S))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the traces that Dask logs of a lost scheduler or worker: what matters is said in a sentence."""
    # Dask gives levels of their own to these.
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client", "tornado.application")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _configure() -> None:
    config = needed("dask.config")
    config.set(
        {
            "distributed.scheduler.allowed-failures": DEATHS - 1,
            "distributed.worker.daemon": True,
            # Dask looks at itself fifty to a hundred times a second: a twelfth of what workers do here.
            "distributed.worker.profile.enabled": False,
            "distributed.admin.tick.interval": "500ms",
            "distributed.admin.system-monitor.interval": "2s",
            "distributed.admin.log-format": "%(message)s",
            # A part's rows go to the disk, not through the scheduler: nothing is spilt.
            "distributed.worker.memory.target": False,
            "distributed.worker.memory.spill": False,
            "distributed.worker.memory.pause": False,
            "distributed.worker.memory.terminate": 0.95,
            "distributed.nanny.environ.OMP_NUM_THREADS": "1",
            "distributed.nanny.pre-spawn-environ.OMP_NUM_THREADS": "1",
            # Dask has memory given back at once, and each image then begins with asking for all of it anew.
            "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": str(1 << 28),
            "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": str(1 << 25),
        }
    )


def workers_here(options: CurateOptions) -> int:
    """How many processes a local cluster has."""
    if options.workers:
        return options.workers
    with contextlib.suppress(AttributeError, OSError):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def _local(options: CurateOptions) -> Any:
    distributed = needed("distributed")
    memory = "auto" if options.memory_gb is None else f"{options.memory_gb}GB"
    try:
        return distributed.LocalCluster(
            n_workers=workers_here(options),
            threads_per_worker=1,
            processes=True,
            memory_limit=memory,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
        )
    except (OSError, RuntimeError, TimeoutError) as error:
        raise GANAnomalyError(f"Workers could not be started on this computer: {error}", repr(error)) from error


def _slurm(options: CurateOptions) -> Any:
    """Jobs of Slurm. They and the scheduler speak encrypted and listen to nobody else, as whoever speaks to a scheduler
    can run programs in the user's name; the dashboard is for this computer alone."""
    jobqueue = needed("dask_jobqueue", "slurm")
    needed("cryptography", "slurm")
    jobs = Path(options.out).absolute() / JOBS
    jobs.mkdir(parents=True, exist_ok=True)
    asked = {
        "cores": 1,
        "memory": "8GB",
        "log_directory": str(jobs),
        "security": True,
        "shared_temp_directory": str(jobs),
        "scheduler_options": {"dashboard_address": "127.0.0.1:0"},
        **options.slurm_settings,
    }
    try:
        cluster = jobqueue.SLURMCluster(**asked)
    except (TypeError, ValueError) as error:
        why = str(error).removeprefix("Got ").partition(". Very likely")[0][:200]
        raise InputError(f"Slurm's jobs cannot ask for that: {why}. Check --slurm-set.", repr(error)) from error
    except (OSError, RuntimeError) as error:
        raise GANAnomalyError(f"The scheduler could not be started on this computer: {error}", repr(error)) from error
    try:
        _would_be_taken(cluster.job_script())
        jobs_wanted = options.workers or 1
        # Not scaled once: a job that ends (its time is over, its node goes) is asked for again.
        cluster.adapt(minimum_jobs=jobs_wanted, maximum_jobs=jobs_wanted)
    except BaseException:
        cluster.close()
        raise
    return cluster


def _would_be_taken(script: str) -> None:
    """Ask Slurm whether it takes such a job, since Dask submits in the background and only logs a refusal."""
    try:
        asked = subprocess.run(
            ["sbatch", "--test-only"], input=script, capture_output=True, text=True, timeout=_WAIT_S * 3
        )
    except FileNotFoundError as error:
        raise InputError("There is no Slurm here: sbatch is not found on this computer.", str(error)) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GANAnomalyError("Slurm does not answer: try sbatch by hand.", repr(error)) from error
    if asked.returncode:
        lines = [line.removeprefix("sbatch: error: ").strip() for line in asked.stderr.splitlines() if line.strip()]
        why = (lines[0] if lines else f"exit status {asked.returncode}").removeprefix("allocation failure: ")
        raise InputError(f"Slurm takes no such job: {why.rstrip('.')}. Check --slurm-set.", asked.stderr)
