"""One result folder for the whole room: making it takes longer than reading it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from changing_ct import add_view
from example_result import hip, make_result, pelvis
from scenes import add_ct

from GANAnomalyLib.scene import display
from GANAnomalyLib.scene.build import build_scene
from GANAnomalyLib.scene.slice_views import RECONSTRUCTION_VIEW


@pytest.fixture(scope="session")
def volume():
    return pelvis()


@pytest.fixture(scope="session")
def result(volume, tmp_path_factory):
    return make_result(tmp_path_factory.mktemp("result"), volume)


@pytest.fixture(scope="session")
def small():
    return hip()


@pytest.fixture(scope="session")
def small_result(small, tmp_path_factory):
    return make_result(tmp_path_factory.mktemp("small"), small)


@pytest.fixture
def app():
    """A Slicer scene of its own for a test."""
    pytest.importorskip("trame_slicer")
    from GANAnomalyLib.scene.session import open_session

    with open_session() as session:
        yield session


@pytest.fixture
def views(app):
    return [add_view(app.scene, name) for name in ("Red", "Green", RECONSTRUCTION_VIEW)]


@pytest.fixture
def ct(app, small):
    return add_ct(app.scene, small)


@pytest.fixture
def nodes(app, views, ct, small_result):
    """A result as a reader has it on the screen, also in a view for comparing."""
    built = build_scene(app.scene, ct, small_result)
    display.show(app.scene, built)
    views[2].SetBackgroundVolumeID(built.reconstruction.GetID())
    return built
