"""Workers as jobs of a real Slurm, which the tests start on this computer where its programs are."""

import os
import subprocess

import pytest
from click.testing import CliRunner
from curate.conftest import fill
from curate.drawn import write_chests
from curate.processes import end, rows, run, said, until
from curate.slurm_server import NoSlurm, started

from GANAnomalyLab.curate.curation_store import Store
from GANAnomalyLib.cli.app import app

pytest.importorskip("dask_jobqueue")

ASKED = ("--slurm", "--slurm-set", "memory=500MB")


@pytest.fixture(scope="module")
def slurm():
    try:
        with started() as settings:
            yield settings
    except NoSlurm as error:
        pytest.skip(str(error))


@pytest.fixture
def here(slurm, tmp_path, monkeypatch):
    """A folder of films to work in, with that Slurm as the computer's."""
    monkeypatch.setenv("SLURM_CONF", slurm)
    monkeypatch.chdir(tmp_path)
    write_chests(tmp_path / "in", 60, 64)
    return tmp_path


def jobs():
    return subprocess.run(["squeue", "--noheader", "-o", "%i"], capture_output=True, text=True).stdout.split()


@pytest.mark.slow
def test_jobs_do_the_work_and_are_asked_for_again_when_they_end(here):
    process = run("in", "--out", "store", *ASKED, "--workers", 2, "--part", 2)
    try:
        until(lambda: len(list((here / "store" / "rows").glob("*.parquet"))) > 2)
        subprocess.run(["scancel", *jobs()], check=True)
        told = said(process)
    finally:
        end(process)
    assert "60 files: 0 known, 60 read, 0 that cannot be read" in told
    assert "the dashboard: http://127.0.0.1" in told
    assert rows(here / "store") == rows(fill(here / "alone", here / "in").folder)
    until(lambda: not jobs())
    # What jobs print is kept in the store, they speak encrypted, and the keys for that are gone.
    assert {path.name for path in here.iterdir()} == {"in", "store", "alone"}
    kept = list((here / "store" / "jobs").iterdir())
    assert {path.suffix for path in kept} == {".out", ".err"}
    assert "tls://" in "".join(path.read_text() for path in kept)


@pytest.mark.slow
def test_what_slurm_does_not_take_is_one_sentence(here):
    for asked, told in (
        (("--slurm", "--slurm-set", "queue=nosuch"), "Slurm takes no such job: invalid partition specified: nosuch."),
        (("--slurm", "--slurm-set", "memory=900GB"), "Slurm takes no such job: "),
        (("--slurm", "--slurm-set", "memry=1GB"), "unexpected keyword argument 'memry'. Check --slurm-set."),
    ):
        found = CliRunner().invoke(app, ["curate", "in", "--out", "store", *asked])
        assert (found.exit_code, told in found.output) == (2, True), found.output
        assert "Traceback" not in found.output
    assert jobs() == []
    # Nothing depends on the settings of that run yet.
    assert Store.make(here / "store", {"other": 1}, None).facts["settings"] == {"other": 1}


@pytest.mark.slow
def test_where_there_is_no_slurm_it_is_said(tmp_path, monkeypatch):
    write_chests(tmp_path / "in", 2, 16)
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    found = CliRunner().invoke(app, ["curate", str(tmp_path / "in"), "--out", str(tmp_path / "store"), "--slurm"])
    assert found.exit_code == 2
    assert "There is no Slurm here: sbatch is not found" in found.output
