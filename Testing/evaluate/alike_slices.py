"""Slices of virtual patients, who share one anatomy, as pictures; and what a copy may have been through."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

LEVELS = (40, 85)


@lru_cache(maxsize=1)
def torso() -> tuple[np.ndarray, tuple[float, float, float]]:
    from GANAnomalyLib.data import DEMO_CT, bundled_file
    from GANAnomalyLib.volume import AxialStack, read_volume

    stack = AxialStack.from_volume(read_volume(bundled_file(DEMO_CT)))
    return stack.slices, stack.spacing_mm


@lru_cache(maxsize=64)
def slice_of(patient: int, level: int = LEVELS[0]) -> np.ndarray:
    """(H, W) uint8 of a virtual patient's slice at a level, window 350 and level 50."""
    from GANAnomalyLab.simulate.virtual_cohort import virtual_patient

    slices, spacing = torso()
    hu = virtual_patient(slices[level - 4 : level + 5], spacing, patient)[4]
    return np.rint(255 * np.clip((hu - 50) / 350 + 0.5, 0, 1)).astype(np.uint8)


def framed(picture: np.ndarray) -> np.ndarray:
    """(128, 128) float32 as the evaluation sees it."""
    from GANAnomalyLab.evaluate.authenticity.picture_sets import REAL, open_picture_sets
    from GANAnomalyLib.running.progress import CancelToken, no_progress

    with tempfile.TemporaryDirectory() as folder:
        save(picture, Path(folder) / "set" / "one.png")
        paths = {REAL: Path(folder) / "set"}
        return open_picture_sets(paths, "auto", Path(folder) / "store", no_progress, CancelToken())[REAL].grey(0)


def moved(picture: np.ndarray, down: float, right: float) -> np.ndarray:
    """Moved by shares of the side; black comes in."""
    from scipy.ndimage import shift

    return cut(shift(picture.astype(float), (down * len(picture), right * picture.shape[1]), order=1))


def lit(picture: np.ndarray, gain: float, more: float = 0.0) -> np.ndarray:
    return cut(picture.astype(float) * gain + more)


def grainy(picture: np.ndarray, deviation: float, seed: int = 0) -> np.ndarray:
    return cut(picture + np.random.default_rng(seed).normal(0, deviation, picture.shape))


def cut(values: np.ndarray) -> np.ndarray:
    return np.rint(values.clip(0, 255)).astype(np.uint8)


def save(picture: np.ndarray, path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.ascontiguousarray(picture)).save(path)
