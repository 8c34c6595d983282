"""The eight ways in which a picture can lie, and what all but lying otherwise leaves of it."""

from __future__ import annotations

import numpy as np

from .same_picture import band, halved

POSES = {
    "": (False, 0),
    "turned by 180 degrees": (False, 2),
    "mirrored": (True, 0),
    "upside down": (True, 2),
    "turned by 90 degrees": (False, 1),
    "turned by 270 degrees": (False, 3),
    "mirrored and turned by 90 degrees": (True, 1),
    "mirrored and turned by 270 degrees": (True, 3),
}
"""How a picture lies: whether it is flipped left-right, then how many quarters it is turned anticlockwise."""
SPECTRA = (
    ("", "turned by 180 degrees"),
    ("mirrored", "upside down"),
    ("turned by 90 degrees", "turned by 270 degrees"),
    ("mirrored and turned by 90 degrees", "mirrored and turned by 270 degrees"),
)
"""Poses whose spectra are the same: half a turn changes phases only."""
_INNER, _OUTER = 0.5, 2.0
_KEPT = 20
"""The highest frequency, in waves a side of 64 pixels."""
_ROOT = 0.25
"""Of the spectrum's heights, so that fine structure counts beside coarse."""


def posed(image: np.ndarray, pose: str) -> np.ndarray:
    """(..., H, W) lying as ``pose`` says."""
    flipped, quarters = POSES[pose]
    return np.rot90(image[..., ::-1] if flipped else image, quarters, (-2, -1))


def spectrum(image: np.ndarray) -> np.ndarray:
    """(861,) float32 of (128, 128) grey levels: how strong its waves are, wherever they lie.

    A shift changes nothing but what enters at the edges, which are faded out; light changes nothing; grain little. Its
    mean is taken off and its length is 1, so that products are correlations.
    """
    structure = band(halved(image), _INNER, _OUTER)
    side = len(structure)
    fade = np.sqrt(np.hanning(side + 2)[1:-1])
    waves = np.abs(np.fft.rfft2(structure * np.outer(fade, fade)))
    around = np.concatenate([waves[side - _KEPT :], waves[: _KEPT + 1]])[:, : _KEPT + 1] ** _ROOT
    around -= around.mean()
    return (around / (np.linalg.norm(around) or 1)).ravel().astype(np.float32)
