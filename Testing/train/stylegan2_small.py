"""Tiny images and options with which StyleGAN2 trains in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from GANAnomalyLab.images import ImageSet
from GANAnomalyLab.train.loop.reals import Reals
from GANAnomalyLab.train.loop.run_devices import Team
from GANAnomalyLab.train.stylegan2.stylegan2_config import ResolvedConfig, resolve
from GANAnomalyLab.train.stylegan2.stylegan2_options import TrainOptions
from GANAnomalyLab.train.stylegan2.stylegan2_trainer import Trainer

SIDE = 16
SETTINGS = {
    "z_dim": 8,
    "w_dim": 8,
    "map": 2,
    "fmaps": 128 / 32768,
    "channel_max": 16,
    "batch": 8,
    "device": "cpu",
    "threads": 1,
    "tensorboard": False,
    "workers": 0,
    "grid": 2,
    "kimg": 0.048,
    "tick": 0.016,
    "snap": 1,
}


def discs(count: int = 24, seed: int = 0) -> np.ndarray:
    """(count, 1, SIDE, SIDE) uint8: a bright disc somewhere near the middle."""
    random = np.random.default_rng(seed)
    rows, cols = np.mgrid[:SIDE, :SIDE]
    made = np.empty((count, 1, SIDE, SIDE), np.uint8)
    for picture in made:
        row, col, radius = random.uniform(6, 10), random.uniform(6, 10), random.uniform(3, 5)
        picture[0] = np.where((rows - row) ** 2 + (cols - col) ** 2 < radius**2, 200, 20)
    return made


def image_set(count: int = 24, seed: int = 0, classes: int = 0, **facts) -> ImageSet:
    labels = np.eye(classes, dtype=np.float32)[np.arange(count) % classes] if classes else None
    return ImageSet.from_array(discs(count, seed), labels=labels, **facts)


def options(outdir: Path | str = "", **changes) -> TrainOptions:
    return TrainOptions.from_dict({**SETTINGS, "outdir": str(outdir), **changes})


def config(classes: int = 0, **changes) -> ResolvedConfig:
    return resolve(options(**changes), SIDE, 1, classes, "pictures", "cpu")


def trainer(images: ImageSet | None = None, team: Team | None = None, **changes) -> Trainer:
    images = image_set() if images is None else images
    chosen = config(images.classes, **changes)
    reals = Reals(images, chosen.batch, chosen.seed, bool(chosen.labels))
    return Trainer(chosen, reals, "cpu", team)


def means(sums: dict) -> dict[str, float]:
    return {name: (total / count).item() for name, (total, count) in sums.items()}


def write_discs(folder: Path, count: int = 24, seed: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(discs(count, seed)):
        Image.fromarray(picture[0]).save(folder / f"disc_{number:03d}.png")
    return folder
