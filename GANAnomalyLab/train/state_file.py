"""What a run leaves to go on from, whole or not there at all, whatever kills it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from GANAnomalyLib.files import write_whole


def save_state(path: Path, state: Any) -> None:
    """Write tensors and plain values with torch, so that they outlive a power cut, too; raises as ``files.whole``."""

    def save(part: Path) -> None:
        # A file of our own: torch's writer would hide why the disk refused.
        with open(part, "wb") as file:
            torch.save(state, file)

    write_whole(path, save, "the run's state", sync=True)
