"""Runs of ``gananomaly curate`` as processes of their own, watched and killed from outside."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

from places import PACKAGES

from GANAnomalyLab.curate.rows import whole_rows

COLUMNS = ["path", "kind", "state", "sha256", "brightness", "sharpness", "hash", "reason"]


def run(*words, **more):
    environment = {**os.environ, "PYTHONPATH": PACKAGES, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "GANAnomalyLib", "curate", *map(str, words)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        **more,
    )


def rows(store):
    table = whole_rows(store, COLUMNS)
    return [{name: row[name] for name in COLUMNS} for row in table.to_pylist()]


def said(process):
    return process.communicate(timeout=400)[0]


def until(done, seconds=90):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def worker_of(pid, wait=True):
    """A worker process of a run: a child of its nanny's, by the command that multiprocessing starts."""
    end = time.monotonic() + 60
    while True:
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/stat") as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
                with open(f"/proc/{entry}/cmdline") as file:
                    command = file.read()
            except (OSError, ValueError):
                continue
            if parent == pid and "spawn_main" in command:
                return int(entry)
        if not wait or time.monotonic() > end:
            return None
        time.sleep(0.05)


def end(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


class Cluster:
    """A scheduler and two workers, as somebody started them with Dask's own command."""

    def __init__(self):
        self.left = None
        self.begin()

    def begin(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self.scheduler = self._start("scheduler", "--host", self.address, "--no-dashboard")
        self.begin_workers()

    def begin_workers(self):
        self.workers = self._start(
            "worker", self.address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard", "--death-timeout", "60"
        )

    def _start(self, *words):
        environment = {**os.environ, "PYTHONPATH": PACKAGES, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "dask", *words]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, env=environment, start_new_session=True, **quiet)

    def kill_scheduler(self):
        """And begin anew beside the workers that it leaves at work."""
        if self.left is not None:
            end(self.left)
        self.left = self.workers
        end(self.scheduler)
        self.begin()

    def end(self):
        for process in (self.scheduler, self.workers, self.left):
            if process is not None:
                end(process)
