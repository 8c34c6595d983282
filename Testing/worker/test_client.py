"""The client with the real worker: alive, stopped, crashed, killed; and what it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from places import PACKAGES
from waiting import until
from worker.conftest import alive

from GANAnomalyLib import AnalysisResult, CancelToken
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError, OutOfMemory
from GANAnomalyLib.running.messages import reported
from GANAnomalyLib.running.process import was_out_of_memory, worker_environment
from GANAnomalyLib.worker import WorkerJob
from GANAnomalyLib.worker.client import done_or_raise

posix = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
ENDLESS = {"steps": 100_000, "settings": {"stop": 0.0}}


@pytest.fixture(autouse=True)
def scratch(tmp_path, monkeypatch):
    """Where request files go; none may be left at the end."""
    folder = tmp_path / "Temp ö"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert not list(folder.glob("gananomaly-*"))


def drive(job: WorkerJob, stop=lambda: False):
    """The events until the outcome is there, or ``stop()``."""
    met = []

    def ended():
        met.extend(job.poll())
        return job.outcome is not None or stop()

    until(ended)
    return met


def pid_of(met) -> int:
    """The worker's; on a slow computer the client tells of the time before the worker has said that it started."""
    return next(event["pid"] for event in met if event["event"] == "started")


@pytest.mark.slow
def test_it_tells_of_an_analysis_from_its_start_to_its_end(job, ask):
    one = job(ask())
    met = drive(one)
    assert pid_of(met) != os.getpid()
    fractions = [event["fraction"] for event in met if event["event"] == "progress"]
    assert fractions
    assert fractions == sorted(fractions)
    assert met[-1]["event"] == "done"
    assert len([event for event in met if event["event"] in ("done", "error")]) == 1
    assert AnalysisResult.read(met[-1]["folder"]).findings
    assert one.wait() is met[-1]


@posix
def test_it_shows_that_it_is_alive_while_the_worker_cannot_speak(job, ask):
    """A large library that is being loaded can stop every thread of the worker."""
    one = job(ask(**ENDLESS))
    os.kill(pid_of(drive(one, lambda: one._progress["fraction"] > 0)), signal.SIGSTOP)
    until(lambda: one.poll() == [])
    for _ in range(2):
        told = until(one.poll)[-1]
    assert told["event"] == "progress"
    assert told["fraction"] == one._progress["fraction"]


@posix
def test_a_worker_that_has_said_nothing_yet_is_told_of(job, ask, tmp_path):
    """A slow computer takes longer to start Python than a reader shall wait for a word."""
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\nexec sleep 600\n")
    silent.chmod(0o755)
    (told,) = until(job(ask(), python=str(silent)).poll)
    fraction, message = reported(told)
    assert (fraction, message.code) == (0.0, "starting")


@pytest.mark.parametrize("after", [0.0, 0.5, pytest.param(1.0, marks=pytest.mark.slow)])
def test_cancelled_at_once_or_while_libraries_load(job, ask, after):
    one = job(ask(**ENDLESS))
    time.sleep(after)
    one.poll()
    one.cancel()
    one.cancel()
    drive(one)
    until(lambda: not one.running)
    assert one.outcome["kind"] == "cancelled"


@posix
def test_a_worker_that_does_not_hear_is_killed_with_its_children(job, ask, tmp_path):
    """A launcher that starts the worker, as Slicer's Python has one; both are stopped and cannot answer."""
    launcher = tmp_path / "Mein Python"
    launcher.write_text(f'#!/bin/sh\n"{sys.executable}" "$@" &\necho $! > "{tmp_path}/child"\nwait\n')
    launcher.chmod(0o755)
    one = job(ask(**ENDLESS), python=str(launcher))
    until(lambda: any(event["event"] == "started" for event in one.poll()))
    child = int((tmp_path / "child").read_text())
    assert alive(child)
    os.kill(child, signal.SIGSTOP)
    one.cancel()
    drive(one)
    until(lambda: not alive(child))
    assert one.outcome["kind"] == "cancelled"


@posix
def test_killed_by_the_system(job, ask):
    one = job(ask(**ENDLESS))
    pid = pid_of(drive(one, lambda: one.running and one._progress["fraction"] > 0))
    os.kill(pid, signal.SIGKILL)
    last = drive(one)[-1]
    assert last is one.outcome
    assert (last["kind"], last["less_memory"]) == ("memory", True)
    assert "most likely because memory ran out" in last["message"]
    assert not one.running


@posix
def test_a_crash_is_told_with_what_it_said(job, ask, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if 'torch' not in sys.modules:\n"
        "    os.write(2, 'Grüße vom Absturz\\n'.encode())\n"
        "    os.abort()\n"
    )
    one = job(ask(), environment={"PYTHONPATH": str(tmp_path)})
    last = drive(one)[-1]
    assert (last["kind"], last["less_memory"]) == ("failed", False)
    assert "exit code -6" in last["message"]
    assert "Grüße vom Absturz" in last["details"]
    assert "Grüße vom Absturz" in one.log


def test_a_python_that_is_not_there(job, ask, tmp_path):
    one = job(ask(), python=str(tmp_path / "no python"))
    assert not one.running
    events = one.poll()
    assert events == [one.outcome]
    assert one.outcome["kind"] == "failed"
    with pytest.raises(GANAnomalyError, match="could not be started"):
        one.wait()


def test_wait_raises_what_the_error_says(ask, environment, tmp_path):
    request, idle = {**ask().to_dict(), "input": tmp_path / "nowhere.nrrd"}, []
    with pytest.raises(InputError, match="does not exist"):
        WorkerJob(request, environment=environment).wait(idle=lambda: idle.append(1))
    assert idle
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        WorkerJob(ask(**ENDLESS), environment=environment).wait(cancel=cancel)
    told = {"event": "error", "kind": "memory", "message": "Memory ran out.", "details": "at 3 GB"}
    with pytest.raises(OutOfMemory, match=r"Memory ran out\.") as caught:
        done_or_raise(told)
    assert caught.value.details == "at 3 GB"
    with pytest.raises(GANAnomalyError, match="broken"):
        done_or_raise({**told, "kind": "failed", "message": "broken"})


def test_a_callback_that_fails_takes_the_worker_with_it(ask, environment):
    job = WorkerJob(ask(**ENDLESS), environment=environment)

    def progress(fraction, message):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        job.wait(progress)
    assert not job.running


def test_close_ends_it_at_any_time(job, ask):
    one = job(ask(**ENDLESS))
    one.close()
    one.close()
    assert not one.running
    assert one.outcome["kind"] == "cancelled"
    WorkerJob(ask()).close()


@posix
def test_jobs_end_with_the_interpreter(ask, environment):
    code = (
        "import json, sys\nfrom GANAnomalyLib.worker import WorkerJob\n"
        "job = WorkerJob(json.loads(sys.argv[1]))\njob.start()\nprint(job._process.pid)\n"
    )
    variables = {**os.environ, **environment}
    done = subprocess.run(
        [sys.executable, "-c", code, ask(**ENDLESS).to_json()],
        capture_output=True,
        text=True,
        env=variables,
        timeout=20,
    )
    assert not alive(int(done.stdout)), done.stderr


@posix
def test_only_the_user_may_read_the_request(ask, environment, scratch):
    """A Python that does nothing leaves the file as the client wrote it."""
    job = WorkerJob(ask(), python="/bin/cat", environment=environment)
    job.start()
    (path,) = scratch.glob("gananomaly-*")
    assert path.stat().st_mode & 0o077 == 0
    job.close()
    assert not path.exists()


def test_the_environment_finds_the_package_first():
    made = worker_environment({"PYTHONPATH": "elsewhere", "OMP_NUM_THREADS": "2"})
    assert made["PYTHONPATH"] == os.pathsep.join([PACKAGES, "elsewhere"])
    assert (made["PYTHONUTF8"], made["PYTHONUNBUFFERED"], made["OMP_NUM_THREADS"]) == ("1", "1", "2")


def test_exit_codes_of_systems_without_memory():
    assert all(map(was_out_of_memory, (-9, 137, 0xC0000017)))
    assert not any(map(was_out_of_memory, (0, 1, 2, 130, -6, -15, 0xC0000005)))


def test_inside_slicer_its_own_python_is_taken(tmp_path, monkeypatch):
    from GANAnomalyLib.running.process import worker_python

    monkeypatch.delenv("SLICER_HOME", raising=False)
    assert worker_python() == sys.executable
    name = "PythonSlicer.exe" if sys.platform == "win32" else "PythonSlicer"
    own = tmp_path / "Slicer 5" / "bin" / name
    own.parent.mkdir(parents=True)
    own.touch(mode=0o755)
    monkeypatch.setenv("SLICER_HOME", str(own.parents[1]))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert worker_python() == str(own)
