"""Workers of this computer: killed at any moment nothing is lost, and nothing is there twice."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner
from curate.conftest import fill
from curate.drawn import write_chests
from places import PACKAGES

from GANAnomalyLab.curate.rows import whole_rows
from GANAnomalyLib.cli.app import app

pytest.importorskip("distributed")

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


@pytest.mark.slow
def test_a_run_by_the_command_line_goes_on_where_it_was(tmp_path):
    write_chests(tmp_path / "in", 24, 64)
    words = (tmp_path / "in", "--out", tmp_path / "store", "--workers", 2, "--part", 4)
    first = said(run(*words))
    assert "24 files: 0 known, 24 read, 0 that cannot be read" in first
    assert "the dashboard: http://127.0.0.1" in first
    write_chests(tmp_path / "in", 3, 64, first=24)
    again = said(run(*words, "--json"))
    answer = json.loads(again[again.index("{") :])
    assert (answer["found"], answer["known"], answer["read"]) == (27, 24, 3)
    assert rows(tmp_path / "store") == rows(fill(tmp_path / "alone", tmp_path / "in").folder)


@pytest.mark.slow
def test_a_killed_worker_costs_its_part_alone(tmp_path):
    write_chests(tmp_path / "in", 300, 128)
    process = run(tmp_path / "in", "--out", tmp_path / "store", "--workers", 1, "--part", 20)
    try:
        _until(lambda: len(list((tmp_path / "store" / "rows").glob("*.parquet"))) >= 2)
        killed = _worker_of(process.pid)
        os.kill(killed, signal.SIGKILL)
        told = said(process)
    finally:
        _end(process)
    assert process.returncode == 0, told
    found = rows(tmp_path / "store")
    assert len(found) == 300
    assert all(row["kind"] == "image" for row in found)


@pytest.mark.slow
def test_a_file_that_ends_workers_is_found_and_named(tmp_path):
    import gzip

    import nibabel

    write_chests(tmp_path / "in", 6, 64)
    header = nibabel.Nifti1Header()
    header.set_data_shape((1600, 1600, 500))
    header.set_data_dtype(np.int16)
    header["vox_offset"], header["magic"] = 352, b"n+1"
    with gzip.open(tmp_path / "in" / "bomb.nii.gz", "wb", compresslevel=1) as file:
        file.write(header.binaryblock + bytes(4))
        for _ in range(500):
            file.write(bytes(1600 * 1600 * 2))
    process = run(tmp_path / "in", "--out", tmp_path / "store", "--workers", 1, "--memory-gb", 0.6)
    told = said(process)
    assert process.returncode == 1, told
    assert "  1 file: Reading it ended 2 worker processes" in told
    found = {os.path.basename(row["path"]): row for row in rows(tmp_path / "store")}
    assert found["bomb.nii.gz"]["reason"].startswith("Reading it ended 2 worker processes")
    assert sum(row["kind"] == "image" for row in found.values()) == 6


@pytest.mark.minutes
@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_lost_and_nothing_twice(tmp_path):
    """The client, with which the scheduler and the workers go, and single workers."""
    write_chests(tmp_path / "in", 400, 64)
    words = (tmp_path / "in", "--out", tmp_path / "store", "--workers", 2, "--part", 8)
    draws = np.random.default_rng(0)
    for _ in range(25):
        process = run(*words)
        try:
            time.sleep(float(draws.uniform(0.2, 5.0)))
            worker = _worker_of(process.pid, wait=False)
            if worker and draws.random() < 0.5:
                os.kill(worker, signal.SIGKILL)
                time.sleep(float(draws.uniform(0.0, 1.0)))
            os.killpg(process.pid, signal.SIGKILL)
        finally:
            _end(process)
    process = run(*words)
    told = said(process)
    assert process.returncode == 0, told
    assert rows(tmp_path / "store") == rows(fill(tmp_path / "alone", tmp_path / "in").folder)


@pytest.mark.slow
def test_stopped_by_the_user_it_goes_on(tmp_path):
    write_chests(tmp_path / "in", 200, 128)
    words = (tmp_path / "in", "--out", tmp_path / "store", "--workers", 1, "--part", 10)
    process = run(*words)
    try:
        _until(lambda: len(list((tmp_path / "store" / "rows").glob("*.parquet"))) >= 1)
        os.kill(process.pid, signal.SIGINT)
        told = said(process)
        assert process.returncode == 130, told
    finally:
        _end(process)
    assert "Traceback" not in told
    done = len(rows(tmp_path / "store"))
    assert 0 < done < 200
    again = said(run(*words))
    assert f"200 files: {done} known, {200 - done} read" in again


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("gone/", "--out", "store"), "does not exist"),
        (("in", "--out", "store", "--model", "nobody"), "nobody"),
        (("in", "--out", "store", "--slurm-set", "queue=gpu"), "without --slurm"),
        (("in", "--out", "store", "--cluster", "tcp://127.0.0.1:1", "--slurm"), "give one"),
        (("in", "--out", "store", "--metric", "wd"), "without one"),
        (("in", "--out", "in"), "is there and no store"),
        (("rank", "nowhere"), "is no store"),
        (("duplicates", "store", "--bits", "9"), "9"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path, monkeypatch, words, told):
    write_chests(tmp_path / "in", 2, 16)
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(app, ["curate", *words])
    assert found.exit_code == 2
    assert told in found.output
    assert "Traceback" not in found.output
    assert not (tmp_path / "store").exists()


def _until(done, seconds=90):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def _worker_of(pid, wait=True):
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


def _end(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
