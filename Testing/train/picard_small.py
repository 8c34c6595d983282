"""Tiny normal images, and a configuration that learns from them within seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from GANAnomalyLab.train.picard.patch_pool import Pool
from GANAnomalyLab.train.picard.picard_config import PicardConfig

SIDE = 48
SETTINGS = {
    "window": 32,
    "hole": 16,
    "jitter": (4, 4),
    "ngf": 4,
    "ndf": 4,
    "batch": 4,
    "generator_every": 1,
    "device": "cpu",
    "threads": 1,
    "tensorboard": False,
    "log_every": 5,
    "sample_every": 1000,
    "samples": 2,
    "snapshot_minutes": None,
}


def config(out: Path | str = "run", **changes) -> PicardConfig:
    return PicardConfig.from_dict({**SETTINGS, "out": str(out), **changes})


def pictures(count: int = 12, seed: int = 0) -> np.ndarray:
    """(count, SIDE, SIDE) uint8: grey ellipses on a bright gradient, so that a hole follows from what is around it."""
    random = np.random.default_rng(seed)
    rows, cols = np.mgrid[:SIDE, :SIDE]
    made = np.empty((count, SIDE, SIDE), np.uint8)
    for picture in made:
        row, col = random.uniform(18, 30, 2)
        a, b = random.uniform(10, 16, 2)
        inside = ((rows - row) / a) ** 2 + ((cols - col) / b) ** 2 < 1
        picture[:] = np.where(inside, 60, 150 + rows + cols // 2)
    return made


def pool(count: int = 12, seed: int = 0) -> Pool:
    return Pool(pictures(count, seed))


def write_pictures(folder: Path, count: int = 12, seed: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(pictures(count, seed)):
        Image.fromarray(picture).save(folder / f"normal_{number:02d}.png")
    return folder
