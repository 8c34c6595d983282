"""Workers of this computer: a killed one costs its part alone, and a run that was stopped goes on."""

import json
import os
import signal

import numpy as np
import pytest
from click.testing import CliRunner
from curate.conftest import fill
from curate.drawn import write_chests
from curate.processes import Cluster, end, rows, run, said, until, worker_of

from GANAnomalyLib.cli.app import app

pytest.importorskip("distributed")


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
        until(lambda: len(list((tmp_path / "store" / "rows").glob("*.parquet"))) >= 2)
        killed = worker_of(process.pid)
        os.kill(killed, signal.SIGKILL)
        told = said(process)
    finally:
        end(process)
    assert process.returncode == 0, told
    found = rows(tmp_path / "store")
    assert len(found) == 300
    assert all(row["kind"] == "image" for row in found)


@pytest.mark.minutes
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
    assert "  1 file: Reading it ended 4 worker processes" in told
    found = {os.path.basename(row["path"]): row for row in rows(tmp_path / "store")}
    assert found["bomb.nii.gz"]["reason"].startswith("Reading it ended 4 worker processes")
    assert sum(row["kind"] == "image" for row in found.values()) == 6


@pytest.mark.slow
def test_a_cluster_whose_workers_come_late_is_waited_for(tmp_path):
    write_chests(tmp_path / "in", 24, 64)
    cluster = Cluster()
    end(cluster.workers)
    process = run(tmp_path / "in", "--out", tmp_path / "store", "--cluster", cluster.address, "--part", 2)
    try:
        until(lambda: "No worker is at work" in process.stdout.readline())
        cluster.begin_workers()
        told = said(process)
    finally:
        end(process)
        cluster.end()
    assert "24 files: 0 known, 24 read, 0 that cannot be read" in told
    assert "workers: 2" in told
    assert rows(tmp_path / "store") == rows(fill(tmp_path / "alone", tmp_path / "in").folder)


@pytest.mark.minutes
@pytest.mark.slow
def test_a_lost_scheduler_is_one_sentence(tmp_path):
    write_chests(tmp_path / "in", 200, 64)
    cluster = Cluster()
    process = run(tmp_path / "in", "--out", tmp_path / "store", "--cluster", cluster.address, "--part", 2)
    try:
        until(lambda: len(list((tmp_path / "store" / "rows").glob("*.parquet"))) >= 1)
        end(cluster.scheduler)
        told = said(process)
    finally:
        cluster.end()
        end(process)
    assert process.returncode == 1
    assert "The scheduler is gone. What is done is kept" in told
    assert "Traceback" not in told


@pytest.mark.slow
@pytest.mark.minutes
def test_stopped_by_the_user_it_goes_on(tmp_path):
    write_chests(tmp_path / "in", 200, 128)
    words = (tmp_path / "in", "--out", tmp_path / "store", "--workers", 1, "--part", 10)
    process = run(*words)
    try:
        until(lambda: len(list((tmp_path / "store" / "rows").glob("*.parquet"))) >= 1)
        os.kill(process.pid, signal.SIGINT)
        told = said(process)
        assert process.returncode == 130, told
    finally:
        end(process)
    assert "Traceback" not in told
    done = len(rows(tmp_path / "store"))
    assert 0 < done < 200
    again = said(run(*words))
    assert f"200 files: {done} known, {200 - done} read" in again


@pytest.mark.slow
def test_a_tenth_that_cannot_be_read_is_counted_by_reason_and_costs_no_other(tmp_path):
    files = write_chests(tmp_path / "in", 200, 64)
    spoilt = files[::10]
    for number, file in enumerate(spoilt):
        whole = file.read_bytes()
        file.write_bytes((whole[: len(whole) // 2], b"", os.urandom(500), b"<html>not found</html>")[number % 4])
    store = tmp_path / "store"
    told = said(run(tmp_path / "in", "--out", store, "--workers", 2, "--part", 16))
    assert "200 files: 0 known, 180 read, 20 that cannot be read" in told
    # A reason a line, however many have it.
    assert sum(file.name in told for file in spoilt) == 0
    assert len(told.splitlines()) < 20
    found = {row["path"]: row["kind"] for row in rows(store)}
    assert {os.path.basename(path) for path, kind in found.items() if kind == "unreadable"} == {
        file.name for file in spoilt
    }
    assert sum(kind == "image" for kind in found.values()) == 180


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
