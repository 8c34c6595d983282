"""A scene beside a result: added later without computing again, and never the reason why an analysis fails."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from GANAnomalyLib import run
from GANAnomalyLib.errors import Cancelled, GANAnomalyError
from GANAnomalyLib.results.result import MANIFEST, notes_of, put_notes
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.scene import headless
from GANAnomalyLib.scene.optional_scene import NO_SCENE, NO_VIEWS

pytest.importorskip("slicer")


@pytest.fixture
def broken_graphics(monkeypatch, tmp_path):
    """A drawing process that dies as it does where a graphics driver is missing: ``broken_graphics(also_plain)``.

    Scenes without views need no graphics and are written by the real one, unless ``also_plain``.
    """
    real = subprocess.Popen
    dying = tmp_path / "dying.py"
    dying.write_text("import os; os.abort()")

    def use(also_plain: bool) -> None:
        def start(command, **rest):
            wants_views = json.loads((headless.Path(command[-1]) / "job.json").read_text())["views"] > 0
            return real([sys.executable, str(dying)] if wants_views or also_plain else command, **rest)

        monkeypatch.setattr(headless.subprocess, "Popen", start)

    return use


def _files(result):
    return {p: p.stat().st_mtime_ns for p in result.folder.rglob("*") if p.is_file() and p.name != MANIFEST}


@pytest.mark.slow
def test_a_scene_is_added_to_a_finished_result_and_nothing_else_changes(ask):
    first = run(ask())
    first.manifest["warnings"] = ["Something else."]
    earlier = dict(first.manifest)
    put_notes(earlier, ["Something else.", Message(NO_SCENE, why="graphics were missing.")])
    (first.folder / MANIFEST).write_text(json.dumps(earlier))
    before = _files(first)
    said = []
    second = run(ask(scene=True), progress=lambda fraction, message: said.append((fraction, message)))
    assert second.reused
    assert second.path("scene").stat().st_size > 1000
    assert {path: time for path, time in _files(second).items() if path in before} == before
    assert {path.name.split("_")[0] for path in set(_files(second)) - set(before)} == {"scene.mrb", "finding"}
    manifest = json.loads((second.folder / MANIFEST).read_text())
    assert manifest["request"]["scene"] is True
    assert {**manifest, "request": {**manifest["request"], "scene": False}} == first.manifest
    assert not any("Explaining" in message for _, message in said)
    assert [fraction for fraction, _ in said] == sorted(fraction for fraction, _ in said)
    assert [p.name for p in second.folder.parent.iterdir() if "partial" in p.name] == []


@pytest.mark.slow
def test_without_graphics_the_scene_comes_without_views_and_says_so(ask, broken_graphics):
    broken_graphics(also_plain=False)
    result = run(ask(scene=True))
    assert result.path("scene").stat().st_size > 1000
    assert not result.path("views").exists()
    (warning,) = (note for note in notes_of(result.manifest) if getattr(note, "code", "") == NO_VIEWS)
    assert "apt install" in warning


def test_where_no_scene_can_be_written_the_analysis_is_kept(ask, broken_graphics):
    broken_graphics(also_plain=True)
    result = run(ask(scene=True))
    assert result.findings
    assert not result.path("scene").exists()
    assert NO_SCENE in {getattr(note, "code", "") for note in notes_of(result.manifest)}
    # Asked for again, the scene is all there is to do: that it fails is then an error.
    manifest = (result.folder / MANIFEST).read_bytes()
    with pytest.raises(GANAnomalyError, match="off-screen graphics"):
        run(ask(scene=True))
    assert (result.folder / MANIFEST).read_bytes() == manifest


def test_cancelled_while_the_scene_is_written(ask):
    result = run(ask())
    token = CancelToken()

    def cancel(fraction, message):
        if "scene" in message:
            token.cancel()

    with pytest.raises(Cancelled):
        run(ask(scene=True), progress=cancel, cancel=token)
    assert not result.path("scene").exists()
    assert run(ask()).manifest == result.manifest
