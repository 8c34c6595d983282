"""The standard's own words on an object: ``dciodvfy`` of David Clunie's dicom3tools."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

needs_dciodvfy = pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dciodvfy is not installed: apt-get install dicom3tools"
)


def faults(path: Path) -> list[str]:
    """The errors that ``dciodvfy`` tells of a file; its warnings are not counted."""
    done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, errors="replace", timeout=60)
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("Error", "Fatal"))]
