"""Where models lie: with the program, and in each user's own folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..data import bundled_folder

ENVIRONMENT = "GANANOMALY_MODELS"
DEFAULT_MODEL = "demo_memory"
"""What analyses where nobody chose: the bundled model that finds most."""


def user_folder() -> Path:
    """The folder for models a user installs; it need not exist yet."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "GANAnomaly" / "models"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "GANAnomaly" / "models"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "gananomaly" / "models"


def environment_folders() -> list[Path]:
    """Folders that the variable GANANOMALY_MODELS names, separated as in PATH."""
    return [Path(item).expanduser() for item in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if item.strip()]


def bundled_folders() -> list[Path]:
    """Where models delivered with the program lie."""
    return [bundled_folder() / "models"]
