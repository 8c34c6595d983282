"""For all tests: a small disk; Hypothesis tries the same examples each time, and waits for a busy machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


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
