"""Tiny labelled images that a small classifier learns in a second: a bright disc, or a ring."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from GANAnomalyLab.images import ImageSet

SIDE = 16
CLASSES = ("disc", "ring")
SETTINGS = {
    "width": 4,
    "side": SIDE,
    "batch": 8,
    "held_out": 0.25,
    "device": "cpu",
    "threads": 1,
    "workers": 0,
    "learning_rate": 0.01,
}


def pictures(count: int = 32, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(count, 3, SIDE, SIDE) uint8, and their classes by turns."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    made, classes = np.empty((count, 3, SIDE, SIDE), np.uint8), np.arange(count) % 2
    for picture, number in zip(made, classes, strict=True):
        row, column, radius = random.uniform(7, 9), random.uniform(7, 9), random.uniform(4, 6)
        apart = np.hypot(rows - row, columns - column)
        shown = (apart < radius) & ((number == 0) | (apart > radius - 2))
        picture[:] = np.where(shown, 200, 30) + random.integers(0, 20, (3, SIDE, SIDE))
    return made, classes


def image_set(count: int = 32, seed: int = 0) -> ImageSet:
    made, classes = pictures(count, seed)
    labels = np.eye(2, dtype=np.float32)[classes]
    return ImageSet.from_array(made, labels=labels, label_names=list(CLASSES))


def write_set(folder: Path, count: int = 32, seed: int = 0, names: tuple[str, ...] = CLASSES, **more) -> Path:
    """A labelled set, as ``dataset`` commands write them; ``more`` goes into dataset.json."""
    folder.mkdir(parents=True)
    made, classes = pictures(count, seed)
    for number, picture in enumerate(made):
        Image.fromarray(picture.transpose(1, 2, 0)).save(folder / f"img{number:04d}.png")
    labels = [[f"img{number:04d}.png", int(label)] for number, label in enumerate(classes)]
    (folder / "dataset.json").write_text(json.dumps({"labels": labels, "label_names": list(names), **more}))
    return folder


def write_folders(folder: Path, counts: dict[str, int], seed: int = 50) -> Path:
    """Pictures in one folder a class, named by it."""
    for number, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        made, classes = pictures(2 * count, seed)
        for n, picture in enumerate(made[classes == number % 2]):
            Image.fromarray(picture.transpose(1, 2, 0)).save(folder / name / f"seed{n:04d}.png")
    return folder
