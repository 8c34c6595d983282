"""The film of one slice, made while its batch is projected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .video import ProgressVideo


class Film:
    """Follows one slice of a stack through the steps of a projection.

    A batch that starts over (with fewer slices, because memory ran out) starts its film over too.

    Parameters
    ----------
    path: .gif or .mp4. index: the slice's name. target: (C, R, R) in [-1, 1].

    Raises
    ------
    InputError: for another ending, or .mp4 without its encoder.
    """

    def __init__(self, path: Path | str, index: int, target: np.ndarray) -> None:
        self.index = index
        self._path, self._target = path, target
        self._video = ProgressVideo(path, target)
        self._last = -1

    def __call__(self, step: int, images: Any, distances: Any) -> None:
        """Note one step: its number, the slice's image (1, C, R, R) in [-1, 1] and distance (1,)."""
        if step <= self._last:
            self._video = ProgressVideo(self._path, self._target)
        self._last = step
        self._video(step, images, distances)

    def write(self) -> Path:
        """Write the file, whole or not at all; raises :class:`InputError` when it cannot be written."""
        return self._video.write()


def check_film(path: Path | str) -> None:
    """Raise :class:`InputError` for a film that could not be made, before any time is spent on it."""
    ProgressVideo(path, np.zeros((1, 1), np.float32))
