"""The session's private folder: kept while its process lives, however long; gone with it, however it ends."""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from panel.conftest import MODULE

SESSION = """
import logging, os, sys, types
slicer = sys.modules["slicer"] = types.ModuleType("slicer")  # which is slow to start, and all that is asked is where
slicer.app = types.SimpleNamespace(temporaryPath=sys.argv[1])
slicer.i18n = sys.modules["slicer.i18n"] = types.ModuleType("slicer.i18n")
slicer.i18n.tr = str
from GANAnomalyPanel.workspace import Workspace
workspace = Workspace()
result = workspace.result_folder("1")
result.mkdir()
(result / "heatmap.nrrd").write_text("a patient's map")
print(result, flush=True)


class SlicersLog(logging.Handler):  # all of Python's log goes to the application, which is gone when Python ends
    def emit(self, record):
        os._exit(139)


word = sys.stdin.readline().strip()
logging.getLogger().addHandler(SlicersLog())
logging.getLogger().setLevel(logging.DEBUG)
if word == "raise":
    raise RuntimeError(word)
sys.exit(0)
"""


class Session:
    """A process with a result in its workspace; it ends with the line it is told, or when killed."""

    def __init__(self, parent: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(MODULE.parent)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", SESSION, str(parent)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.result = Path(self.process.stdout.readline().strip())

    def end(self, word: str = "") -> None:
        self.process.communicate(f"{word}\n")

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def started(tmp_path):
    """A function that starts a session; all are ended after the test."""
    sessions = []

    def start() -> Session:
        sessions.append(Session(tmp_path))
        return sessions[-1]

    yield start
    for session in sessions:
        if session.process.poll() is None:
            session.kill()


def test_a_session_left_open_for_days_keeps_its_results(started, tmp_path):
    first = started()
    os.utime(first.result.parent, (0, 0))
    second = started()
    assert second.result.exists()
    assert (first.result / "heatmap.nrrd").read_text() == "a patient's map"
    second.end()
    assert first.result.exists()
    first.end()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("word", "code"), [("end", 0), ("raise", 1)])
def test_a_script_that_ends_leaves_nothing_behind(started, tmp_path, word, code):
    session = started()
    session.end(word)
    assert session.process.returncode == code
    assert not list(tmp_path.iterdir())


def test_slicers_log_has_nothing_of_the_lock(gananomaly, caplog):
    with caplog.at_level(logging.DEBUG):
        assert gananomaly.logic.workspace.folder.is_dir()
        gananomaly.logic.workspace.close()
    assert not caplog.records


def test_what_a_killed_session_left_goes_at_the_next_start(started, slicer_app, tmp_path):
    killed, alive = started(), started()
    killed.kill()
    assert killed.result.exists()
    mine = tmp_path / "GANAnomaly-my-own-results"
    mine.mkdir()
    slicer_app.app.temporaryPath = str(tmp_path)
    slicer_app.load_module(MODULE, show=False)
    slicer_app.check()
    assert not killed.result.parent.exists()
    assert alive.result.exists()
    alive.end()
    assert list(tmp_path.iterdir()) == [mine]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="temporary folders are a user's own there")
def test_another_users_sessions_are_left_alone(started, slicer_app, tmp_path, monkeypatch):
    killed = started()
    killed.kill()
    slicer_app.app.temporaryPath = str(tmp_path)
    me = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: me + 1)
    slicer_app.load_module(MODULE, show=False)
    assert killed.result.exists()


def test_a_forgotten_logic_takes_its_folder_along(slicer_app, gananomaly):
    import GANAnomaly as module_file

    logic = module_file.GANAnomalyLogic()
    folder = logic.workspace.folder
    other = gananomaly.logic.workspace.folder
    assert folder.is_dir()
    del logic
    gc.collect()
    assert not folder.exists()
    assert other.is_dir(), "one session's logics do not share a folder"
    gananomaly.logic.workspace.close()
    assert not list(other.parent.iterdir())
    assert gananomaly.logic.workspace.folder.is_dir(), "made anew when it is needed again"
