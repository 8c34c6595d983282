"""Killed 50 times at random moments, workers, schedulers and clients: nothing is lost, and nothing is there twice."""

import os
import signal
import time

import numpy as np
import pytest
from curate.conftest import fill
from curate.drawn import write_chests
from curate.processes import Cluster, end, rows, run, said, until, worker_of

pytest.importorskip("distributed")

HERE, OF_EACH = 20, 10
"""Kills of runs on this computer, where the scheduler is in the client; and of each kind where all are apart."""


def wait_for_parts(store, draws, process):
    """A random moment: so many parts further, or so many seconds on."""
    if draws.random() < 0.3:
        time.sleep(float(draws.uniform(0.0, 5.0)))
        return
    wanted = parts(store) + int(draws.integers(0, 5))
    until(lambda: parts(store) >= wanted or process.poll() is not None, 400)
    time.sleep(float(draws.uniform(0.0, 0.1)))


def parts(store):
    return len(list((store / "rows").glob("*.parquet")))


@pytest.mark.minutes
@pytest.mark.slow
def test_killed_on_this_computer(tmp_path):
    """The client, with which the scheduler goes, with its workers or leaving them behind, and single workers."""
    write_chests(tmp_path / "in", 400, 64)
    draws, store, killed = np.random.default_rng(0), tmp_path / "store", 0
    words = (tmp_path / "in", "--out", store, "--workers", 2, "--part", 4)
    while killed < HERE:
        process = run(*words)
        try:
            wait_for_parts(store, draws, process)
            worker = worker_of(process.pid, wait=False)
            if worker and draws.random() < 0.4:
                os.kill(worker, signal.SIGKILL)
                killed += 1
                time.sleep(float(draws.uniform(0.0, 1.0)))
            if process.poll() is None:
                (os.kill if draws.random() < 0.5 else os.killpg)(process.pid, signal.SIGKILL)
                killed += 1
            print(f"{killed} killed here, {parts(store)} parts are done", flush=True)
            process.wait(60)
        finally:
            end(process)
    finished(words, store, tmp_path)


@pytest.mark.minutes
@pytest.mark.slow
def test_killed_on_a_cluster(tmp_path):
    """Scheduler, client and workers are processes of their own, and each kind is killed by itself."""
    write_chests(tmp_path / "in", 400, 64)
    draws, store = np.random.default_rng(1), tmp_path / "store"
    kinds = draws.permutation(["worker", "scheduler", "client"] * OF_EACH).tolist()
    cluster, process, words = Cluster(), None, ()
    try:
        for number, kind in enumerate(kinds, 1):
            if process is None or process.poll() is not None:
                words = (tmp_path / "in", "--out", store, "--cluster", cluster.address, "--part", 2)
                process = run(*words)
            wait_for_parts(store, draws, process)
            if kind == "worker":
                os.kill(worker_of(cluster.workers.pid), signal.SIGKILL)
            elif kind == "client":
                end(process)
            else:
                cluster.kill_scheduler()
                told = said(process)
                # It says so and ends, whether it was connected already or not yet; unless all was done.
                assert process.returncode == 0 or "scheduler" in told, told
                assert "Traceback" not in told, told
            print(f"{number}: {kind} killed, {parts(store)} parts are done", flush=True)
        if process.poll() is None:
            end(process)
        finished((tmp_path / "in", "--out", store, "--cluster", cluster.address, "--part", 2), store, tmp_path)
    finally:
        cluster.end()
        if process is not None:
            end(process)


def finished(words, store, tmp_path):
    """The last run does what is left; then all rows are those of a run that nobody disturbed."""
    process = run(*words)
    told = said(process)
    assert process.returncode == 0, told
    found = rows(store)
    assert len(found) == len({row["path"] for row in found}) == 400
    assert found == rows(fill(tmp_path / "alone", tmp_path / "in").folder)
