"""For all tests: small models, a Python without matplotlib, a small disk.

Hypothesis tries the same examples each time, and waits for a busy machine.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--card", default="cuda", help="where tests marked gpu compute; cpu rehearses those that can be")


@pytest.fixture(scope="session")
def card(request) -> str:
    """The device that is held against the processor."""
    return request.config.getoption("--card")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests for a graphics card are left out where there is none."""
    if item.get_closest_marker("gpu") is None:
        return
    import torch

    rehearsed = "card" in getattr(item, "fixturenames", ()) and item.config.getoption("--card") == "cpu"
    if not torch.cuda.is_available() and not rehearsed:
        pytest.skip("needs a CUDA device")


WITHOUT_MATPLOTLIB = """
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "matplotlib" else real(name, *rest)
"""


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory) -> Path:
    """The small models of :func:`analysis.small.write_models`; nobody may change them."""
    from analysis import small

    return small.write_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """A folder for PYTHONPATH, with which a Python finds no matplotlib."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(WITHOUT_MATPLOTLIB)
    return folder


@pytest.fixture
def without_matplotlib(site, monkeypatch) -> None:
    """As where matplotlib, an optional part, is not installed, in new processes too: the one-page picture takes most of
    a small analysis, and 3D Slicer has no matplotlib either."""
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "matplotlib" else real(name, *rest)
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH", "")])))


@pytest.fixture
def small_disk(tmp_path):
    """Makes a real file system of a number of KiB and returns its folder; only an administrator of Linux can."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only an administrator of Linux can make a small disk")
    place = tmp_path / "disk"
    place.mkdir()

    def mount(kibibytes: int) -> Path:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", place], capture_output=True)
        if done.returncode:
            pytest.skip("no file system can be mounted here")
        return place

    yield mount
    subprocess.run(["umount", place], capture_output=True)
