"""The worker as a parent meets it: real processes, real lines."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from waiting import until
from worker.conftest import alive

from GANAnomalyLib import AnalysisResult, CancelToken, write_volume
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import no_progress
from GANAnomalyLib.version import __version__
from GANAnomalyLib.volume import Volume
from GANAnomalyLib.worker.__main__ import read_request
from GANAnomalyLib.worker.reasons import error_event
from GANAnomalyLib.worker.tasks import perform

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")


@pytest.fixture
def worker(environment, tmp_path):
    """Run the worker on a request (text as it is, or an object) to its end; (events, return code, standard error)."""

    def run(request, change=None, prelude=""):
        path = tmp_path / "Anfrage ü.json"
        path.write_text(request if isinstance(request, str) else json.dumps(request), encoding="utf-8")
        start = [sys.executable, "-m", "GANAnomalyLib.worker", str(path)]
        if prelude:
            start[1:3] = [
                "-c",
                f"import sys\nsys.argv[0:1] = []\n{prelude}\nfrom GANAnomalyLib.worker.__main__ import main\nmain()",
                "-",
            ]
        variables = {**os.environ, **environment, **(change or {})}
        done = subprocess.run(start, capture_output=True, env=variables, stdin=subprocess.DEVNULL, timeout=60)
        lines = done.stdout.decode("utf-8").splitlines()
        return [json.loads(line) for line in lines], done.returncode, done.stderr.decode("utf-8")

    return run


def well_formed(events) -> dict:
    """The last event, after checking what holds for every stream."""
    assert events[0]["event"] == "started"
    assert events[0]["version"] == __version__
    assert {event["event"] for event in events[1:-1]} <= {"progress"}
    assert events[-1]["event"] in ("done", "error")
    for event in events[1:-1]:
        assert 0 <= event["fraction"] <= 1
        assert event["message"]
        assert event["elapsed_s"] >= 0
        assert event["remaining_s"] is None or event["remaining_s"] >= 0
    return events[-1]


PRINTS = """
import GANAnomalyLib.analysis.pipeline as engine, ctypes, os, subprocess
real = engine.run
def run(*arguments):
    print('from Python', flush=True)
    os.write(1, b'from the system\\n')
    ctypes.CDLL(None).puts(b'from C'); ctypes.CDLL(None).fflush(None)
    subprocess.run(['echo', 'from a child'])
    return real(*arguments)
engine.run = run
"""


def test_an_analysis_then_its_result_again(worker, ask):
    """Python's print, the C library and a child process all write to number 1; none of it reaches the parent."""
    ask = functools.partial(ask, slices=(0, 2))
    events, code, errors = worker(ask().to_dict(), prelude=PRINTS)
    last = well_formed(events)
    assert (code, last["event"], last["reused"]) == (0, "done", False), errors
    for source in ("Python", "the system", "C", "a child"):
        assert f"from {source}" in errors
    result = AnalysisResult.read(last["folder"])
    assert [finding["score"] for finding in last["findings"]] == [finding.score for finding in result.findings]
    assert last["warnings"] == result.manifest["warnings"]
    again = well_formed(worker({"task": "analyze", **ask().to_dict()})[0])
    assert again["reused"] is True


@pytest.mark.slow
def test_force_computes_again(worker, ask):
    for _ in range(2):
        assert well_formed(worker({**ask(slices=(0, 1)).to_dict(), "force": True})[0])["reused"] is False


def test_converts_into_the_users_folder(worker, environment, model_folder, tmp_path):
    source = tmp_path / "mein Modell.safetensors"
    source.write_bytes((model_folder / "full.safetensors").read_bytes())
    last = well_formed(worker({"task": "convert", "source": str(source), "card": {"anatomy": "chest"}})[0])
    assert (last["event"], last["model"]) == ("done", "mein Modell")
    if sys.platform == "linux":
        assert last["path"].startswith(environment["XDG_DATA_HOME"])
    assert ModelCard.read(Path(last["path"]).with_suffix(".json")).anatomy == "chest"
    again, code, _ = worker({"task": "convert", "source": str(source)})
    assert (well_formed(again)["kind"], code) == ("input", 2)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("{broken", "not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "JSON object"),
        ('{"task": "dance"}', "no task 'dance'"),
        ('{"task": ["analyze"]}', "no task"),
        ('{"input": "nowhere.nrrd", "surprise": 1}', "surprise"),
        ('{"input": "nowhere.nrrd", "top": "many"}', "top must be"),
        ('{"input": "nowhere.nrrd", "force": "yes"}', "force must be"),
        ('{"task": "convert", "source": "nowhere.pkl"}', "no checkpoint"),
        ('{"task": "convert", "source": "a.pkl", "surprise": 1}', "surprise"),
    ],
)
def test_what_is_no_request(tmp_path, request_, said):
    path = tmp_path / "request.json"
    path.write_text(request_)
    with pytest.raises(InputError) as caught:
        perform(read_request([str(path)]), no_progress, CancelToken())
    assert said in caught.value.message
    last = error_event(caught.value)
    assert (last["kind"], last["less_memory"]) == ("input", False)


def test_no_request_file(worker, environment):
    start = [sys.executable, "-m", "GANAnomalyLib.worker"]
    variables = {**os.environ, **environment}
    done = subprocess.run(start, capture_output=True, env=variables, stdin=subprocess.DEVNULL, timeout=30)
    assert done.returncode == 2
    assert "one request file" in done.stdout.decode().splitlines()[-1]


def test_a_volume_that_is_none(worker, ask, tmp_path):
    (tmp_path / "text.nrrd").write_text("NRRD0004\nnothing more\n")
    events, code, _ = worker(ask(input=tmp_path / "text.nrrd").to_dict())
    last = well_formed(events)
    assert (last["kind"], code) == ("input", 2)
    assert "text.nrrd" in last["message"]
    assert not (tmp_path / "Ergebnis ä").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_memory(worker, ask, tmp_path):
    """A volume of 120 MB where the process may take little more than it has (as in a container)."""
    big = write_volume(Volume(np.zeros((60, 1024, 1024), np.int16), np.eye(4)), tmp_path / "big.nrrd")
    prelude = "import resource, torch, SimpleITK, scipy.ndimage\n"
    prelude += "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
    prelude += "resource.setrlimit(resource.RLIMIT_AS, (used + 150_000_000, -1))"
    request = ask(input=big, allow_any=True).to_dict()
    events, code, _ = worker(request, prelude=prelude)
    last = well_formed(events)
    assert (last["kind"], code, last["less_memory"]) == ("memory", 1, True), last


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_signal_stops_it(environment, ask, tmp_path, number):
    path = tmp_path / "request.json"
    path.write_text(ask(steps=100_000, settings={"stop": 0.0}).to_json(), encoding="utf-8")
    start = [sys.executable, "-m", "GANAnomalyLib.worker", str(path)]
    variables = {**os.environ, **environment}
    process = subprocess.Popen(start, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, env=variables)
    partial = tmp_path / "Ergebnis ä.partial"
    until(partial.exists)
    process.send_signal(number)
    out, _ = process.communicate()
    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1])["kind"] == "cancelled"


def test_the_worker_goes_when_its_parent_is_killed(environment, ask, tmp_path):
    """The parent is a Python that starts a job and is killed without a chance to say goodbye."""
    code = (
        "import json, sys, time\nfrom GANAnomalyLib.worker import WorkerJob\n"
        "job = WorkerJob(json.loads(sys.argv[1]))\njob.start()\n"
        "while True:\n"
        "    for event in job.poll():\n"
        "        print(json.dumps(event), flush=True)\n"
        "    time.sleep(0.02)\n"
    )
    request = ask(steps=100_000, settings={"stop": 0.0}).to_json()
    variables = {**os.environ, **environment, "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    parent = subprocess.Popen([sys.executable, "-c", code, request], stdout=subprocess.PIPE, env=variables)
    pid = next(event["pid"] for event in map(json.loads, parent.stdout) if event["event"] == "started")
    until((tmp_path / "Ergebnis ä.partial").exists)
    assert alive(pid)
    parent.kill()
    parent.wait(10)
    until(lambda: not alive(pid))
    assert not [path for path in (tmp_path / "tmp").iterdir() if path.name.startswith("gananomaly-")]
