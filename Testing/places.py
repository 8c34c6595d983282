"""Where the packages are, for tests that start a Python of their own."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = os.pathsep.join([str(ROOT / "GANAnomaly"), str(ROOT)])
"""PYTHONPATH for the core and the laboratory."""
