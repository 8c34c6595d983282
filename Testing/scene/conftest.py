"""One result folder for the whole room: making it takes longer than reading it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from example_result import hip, make_result, pelvis


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
