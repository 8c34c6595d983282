"""Stopped, killed and damaged runs: nothing half is taken for whole, and the next run goes on to the same numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from analysis import small
from places import PACKAGES
from waiting import until

from GANAnomalyLib import CancelToken, run, write_volume
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.results.work_folder import WorkFolder
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.volume import Volume

NUMBERS = ("heatmap", "reconstruction", "findings_segmentation", "scores", "findings")


def stop_at(fraction: float):
    """(progress, token): the token is set when progress reaches ``fraction``."""
    token = CancelToken()

    def progress(done: float, message: str) -> None:
        if done >= fraction:
            token.cancel()

    return progress, token


def kept(folder) -> list[str]:
    return sorted(path.name for path in folder.glob("slices/*.npz"))


@pytest.fixture
def long_ask(ask, tmp_path):
    """Twelve slices, two at a time."""
    path = write_volume(small.torso_crop(count=12), tmp_path / "long.nrrd")
    return lambda **changes: ask(**{"input": path, "batch": 2, "steps": 3, **changes})


def assert_same(one, other) -> None:
    for name in NUMBERS:
        assert one.path(name).read_bytes() == other.path(name).read_bytes(), name


@pytest.mark.parametrize(("mode", "model"), [("fast", "full"), ("reference", "encoder")])
def test_cancelled_in_the_middle_goes_on_to_the_same_bytes(long_ask, tmp_path, mode, model):
    """Without an encoder the fast mode starts slices from their neighbours: it needs the latents that were kept."""
    how = {"mode": mode, "model": model}
    progress, token = stop_at(0.35)
    out, partial = tmp_path / "result", tmp_path / "result.partial"
    with pytest.raises(Cancelled):
        run(long_ask(**how), progress, token)
    assert not out.exists()
    done = kept(partial)
    assert 0 < len(done) < 12
    # Killed between two slices of one batch: the other slice of the batch must come out the same too.
    (partial / "slices" / done[-1]).unlink()
    times = {name: (partial / "slices" / name).stat().st_mtime_ns for name in done[:-1]}
    seen = {}

    def look(fraction, message):
        if partial.exists():
            seen.update({name: (partial / "slices" / name).stat().st_mtime_ns for name in kept(partial)})

    resumed = run(long_ask(**how), look)
    assert not resumed.reused
    assert {name: seen[name] for name in times} == times
    assert any(f"Resumed: {len(times)} of 12" in warning for warning in resumed.manifest["warnings"])
    assert not partial.exists()
    whole = run(long_ask(**how, output=tmp_path / "whole"))
    assert_same(resumed, whole)


@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.8, 0.88])
def test_cancelled_anywhere_leaves_no_result(ask, tmp_path, fraction):
    progress, token = stop_at(fraction)
    with pytest.raises(Cancelled):
        run(ask(), progress, token)
    assert not (tmp_path / "result").exists()
    assert run(ask()).folder.is_dir()


def test_a_settled_run_is_not_cancelled(ask):
    """The token set at the very end comes too late: the result is there and is returned."""
    progress, token = stop_at(1.0)
    assert run(ask(), progress, token).folder.is_dir()


def test_settings_of_fast_mode_do_not_lose_the_known_slices(long_ask, tmp_path):
    settings = {"learning_rate": 0.05, "stop": 0.0, "anchor_weight": 0.1}
    progress, token = stop_at(0.35)
    with pytest.raises(Cancelled):
        run(long_ask(settings=settings), progress, token)
    count = len(kept(tmp_path / "result.partial"))
    resumed = run(long_ask(settings=settings))
    assert any(f"Resumed: {count} of 12" in warning for warning in resumed.manifest["warnings"])
    assert_same(resumed, run(long_ask(settings=settings, output=tmp_path / "whole")))


def test_broken_slices_are_done_again(long_ask, tmp_path):
    progress, token = stop_at(0.35)
    with pytest.raises(Cancelled):
        run(long_ask(), progress, token)
    slices = tmp_path / "result.partial" / "slices"
    names = kept(slices.parent)
    (slices / names[0]).write_bytes((slices / names[0]).read_bytes()[:-60])
    (slices / names[1]).write_bytes(b"")
    (slices / "00011.npz").write_bytes(b"PK\x03\x04 not a zip")
    np.savez(slices / "00010.npz", reconstruction=np.zeros((3, 3), np.uint8), state_w=np.zeros(32, np.float32))
    np.savez(slices / "00009.npz", reconstruction=np.zeros((32, 32), np.uint8), state_w=np.zeros(5, np.float32))
    np.savez(slices / "00007.npz", something=np.zeros(1))
    (slices / "notes.npz").write_bytes((slices / names[2]).read_bytes())
    (slices / "00006.part").write_bytes(b"left behind")
    assert_same(run(long_ask()), run(long_ask(output=tmp_path / "whole")))


@pytest.mark.slow
def test_another_request_does_not_go_on_from_it(long_ask, tmp_path):
    progress, token = stop_at(0.35)
    with pytest.raises(Cancelled):
        run(long_ask(), progress, token)
    result = run(long_ask(seed=9))
    assert not any("Resumed" in warning for warning in result.manifest["warnings"])
    assert_same(result, run(long_ask(seed=9, output=tmp_path / "whole")))


def test_a_partial_folder_of_others_is_in_the_way(ask, tmp_path):
    (tmp_path / "result.partial").mkdir()
    (tmp_path / "result.partial" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not ours"):
        run(ask())
    assert (tmp_path / "result.partial" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("which", [1, 2])
def test_killed_while_the_result_is_put_in_place(ask, tmp_path, monkeypatch, which):
    """A replacement takes two renames; after a kill at either, the next run still ends with the whole result."""
    first = run(ask())
    (first.folder / "reading.txt").write_text("kept")
    real, calls = os.replace, []

    def replace(source, target):
        if "result" in (os.path.basename(source), os.path.basename(target)):
            calls.append(source)
            if len(calls) == which:
                raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("GANAnomalyLib.results.work_folder.os.replace", replace)
        with pytest.raises(KeyboardInterrupt):
            run(ask(metric="mse"), force=True)
    again = run(ask(metric="mse"), force=True)
    assert again.manifest["settings"]["metric"] == "mse"
    assert (again.folder / "reading.txt").read_text() == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["result"]
    assert not {"slices", "gananomaly-partial.json"} & {path.name for path in again.folder.iterdir()}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_process_is_gone_on_from(long_ask, models, tmp_path):
    request = long_ask(steps=40)
    code = (
        "import sys, time; from GANAnomalyLib import AnalysisRequest, run\n"
        "run(AnalysisRequest.from_json(sys.stdin.read()), lambda f, m: time.sleep(0.05))"
    )
    environment = {**os.environ, "PYTHONPATH": PACKAGES, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, env=environment, text=True)
    process.stdin.write(request.to_json())
    process.stdin.close()
    partial = tmp_path / "result.partial"
    until(lambda: process.poll() is not None or len(kept(partial)) >= 3)
    process.kill()
    process.wait(10)
    count = len(kept(partial))
    assert 0 < count < 12
    assert not (tmp_path / "result").exists()
    resumed = run(request)
    assert any("Resumed" in warning for warning in resumed.manifest["warnings"])
    assert_same(resumed, run(long_ask(steps=40, output=tmp_path / "whole")))
    assert json.loads((resumed.folder / "result.json").read_text())["counts"]["slices"] == 12


@pytest.fixture(scope="module")
def clinical(tmp_path_factory):
    """The torso as a clinical stack: 200 slices of 512 x 512."""
    whole = small.read_volume(small.TORSO)
    grid = [np.linspace(0, n - 1, m).astype(int) for n, m in zip(whole.voxels.shape, (200, 512, 512), strict=True)]
    volume = Volume(whole.voxels[np.ix_(*grid)], np.diag([0.8, 0.8, 1.5, 1.0]))
    return write_volume(volume, tmp_path_factory.mktemp("clinical") / "large.nrrd")


@pytest.mark.slow
@pytest.mark.minutes
@pytest.mark.parametrize("fraction", [0.0, 0.02, 0.2, 0.8, 0.88])
def test_cancel_is_heard_wherever_it_comes(ask, clinical, tmp_path, fraction):
    token, reports = CancelToken(), []

    def progress(done: float, message: str) -> None:
        if token.cancelled:
            reports.append(done)
        # From another thread and a little later, when the step that follows the report is under way.
        if done >= fraction and not timers:
            timers.append(threading.Timer(0.3 if fraction == 0.88 else 0.05, token.cancel))
            timers[0].start()

    timers: list[threading.Timer] = []
    with pytest.raises(Cancelled):
        run(ask(input=clinical, model="body"), progress, token)
    assert len(reports) <= 2, "it does not go on"
    assert not (tmp_path / "result").exists()
    assert not list((tmp_path / "result.partial").glob(".writing*"))


@pytest.mark.parametrize("set_before", [True, False])
def test_work_that_cannot_be_interrupted_is_left_alone(set_before):
    token, reports, ended = CancelToken(), [], threading.Event()
    assert cancellable(lambda say: say(0.5, "half") or 7, token, lambda *report: reports.append(report)) == 7
    assert reports == [(0.5, "half")]
    with pytest.raises(ZeroDivisionError):
        cancellable(lambda say: 1 / 0, token)
    if set_before:
        token.cancel()
    else:
        threading.Timer(0.05, token.cancel).start()
    waited = []
    with pytest.raises(Cancelled):
        cancellable(lambda say: waited.append(ended.wait(20)), token)
    assert not waited
    ended.set()


def test_what_a_failed_start_leaves(tmp_path):
    """A folder without finished slices goes; one with some stays."""
    work = WorkFolder(tmp_path / "result", "a")
    work.open()
    work.drop_if_unused()
    assert not list(tmp_path.iterdir())
    work.open()
    work.save_slice(3, np.zeros((4, 4), np.uint8), {"w": np.arange(3.0)})
    work.drop_if_unused()
    picture, state = work.load_slices((4, 4))[3]
    assert picture.shape == (4, 4)
    assert state["w"].tolist() == [0.0, 1.0, 2.0]
