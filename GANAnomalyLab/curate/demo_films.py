"""Radiographs for the demonstration: of virtual patients, normal ones, and sixteen ways in which one is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from GANAnomalyLib.data import bundled_folder
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress
from GANAnomalyLib.volume.read import read_volume

from ..images.raster import png_bytes
from ..simulate.virtual_films import BITS, COLLAPSE, IMPLANT, NOTHING, FilmSource

SIDE = 160
NORMAL_SEED, ODD_SEED, TRAIN_SEED = 400_000, 410_000, 420_000
"""First patients of those that belong, of those that do not, and of those that the bundled model remembers."""

Spoil = Callable[[np.ndarray, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class DemoFilm:
    """``levels`` (R, R) float32 from 0 to 1; ``attribute`` "" for a film that belongs."""

    name: str
    attribute: str
    levels: np.ndarray


def _turned(levels: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    return np.rot90(levels, 1 if draws.random() < 0.5 else 3)


def _detail(levels: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    quarter = levels.shape[0] // 4
    return levels[quarter:-quarter, quarter:-quarter].repeat(2, 0).repeat(2, 1)


def _blurred(levels: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    from scipy.ndimage import uniform_filter1d

    blurred: np.ndarray = uniform_filter1d(levels, int(draws.integers(8, 14)), axis=int(draws.integers(2)))
    return blurred


def _lettered(levels: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    from PIL import Image, ImageDraw

    picture = Image.fromarray(np.rint(levels * 235).astype(np.uint8))
    text = f"{'LR'[int(draws.integers(2))]} SUPINE\nPORTABLE {draws.integers(10, 99)}"
    ImageDraw.Draw(picture).text((6, int(draws.choice([6, levels.shape[0] - 34]))), text, fill=255)
    return np.asarray(picture) / 255


def _collimated(levels: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    side = levels.shape[0]
    top, left = (int(edge) for edge in draws.uniform(0.15, 0.35, 2) * side)
    out = np.zeros_like(levels)
    inside = slice(top, side - int(draws.uniform(0.1, 0.3) * side)), slice(left, side - left)
    out[inside] = levels[inside]
    return out


def _striped(levels: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    out = levels.copy()
    out[:, draws.choice(levels.shape[1], 10, replace=False)] = draws.choice([0.0, 1.0])
    return out


def _electrodes(levels: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    out, side = levels.copy(), levels.shape[0]
    rows, columns = np.mgrid[:side, :side]
    for _ in range(3):
        place = draws.uniform(0.2, 0.8, 2) * side
        out[(rows - place[0]) ** 2 + (columns - place[1]) ** 2 < (0.035 * side) ** 2] = 1
        wire = np.abs(columns - place[1] - 6 * np.sin((rows - place[0]) / 15)) < 0.9
        out[wire & (rows > place[0])] = np.maximum(out, 0.95)[wire & (rows > place[0])]
    return out


SPOILS: dict[str, Spoil] = {
    "inverted": lambda levels, draws: 1 - levels,
    "turned": _turned,
    "upside_down": lambda levels, draws: levels[::-1, ::-1],
    "mirrored": lambda levels, draws: levels[:, ::-1],
    "detail": _detail,
    "underexposed": lambda levels, draws: levels * draws.uniform(0.12, 0.25),
    "overexposed": lambda levels, draws: np.clip(levels * draws.uniform(1.7, 2.2), 0, 1),
    "blurred": _blurred,
    "noisy": lambda levels, draws: np.clip(levels + draws.normal(0, 0.12, levels.shape), 0, 1),
    "lettered": _lettered,
    "collimated": _collimated,
    "striped": _striped,
    "electrodes": _electrodes,
}
ATTRIBUTES = (*SPOILS, "implant", "collapse", "lateral")
"""All sixteen."""


class FilmMaker:
    """Films of virtual patients of the bundled CT."""

    def __init__(self) -> None:
        self.frontal = FilmSource(read_volume(bundled_folder() / "torso_3mm.nii.gz"))
        self.lateral = copy(self.frontal)
        # Seen from the side: rows and columns change places.
        self.lateral.slices = np.ascontiguousarray(self.frontal.slices.transpose(0, 2, 1))
        height, row, column = self.frontal.spacing
        self.lateral.spacing = (height, column, row)

    def normal(self, patient: int, shot: int = 0, side: int = SIDE) -> np.ndarray:
        """(side, side) float32 from 0 to 1 of a film that belongs."""
        return _levels(self.frontal.take(patient, NOTHING, side, shot).pixels)

    def odd(self, patient: int, attribute: str, side: int = SIDE) -> np.ndarray:
        """The same of one that does not, by one of :data:`ATTRIBUTES`."""
        if attribute in ("implant", "collapse"):
            kind = IMPLANT if attribute == "implant" else COLLAPSE
            return _levels(self.frontal.take(patient, kind, side).pixels)
        if attribute == "lateral":
            return _levels(self.lateral.take(patient, NOTHING, side).pixels)
        draws = np.random.default_rng([patient, ATTRIBUTES.index(attribute)])
        spoilt = SPOILS[attribute](self.normal(patient, side=side), draws)
        return np.clip(spoilt, 0, 1).astype(np.float32)

    def films(self, normal: int, each: int) -> Iterator[DemoFilm]:
        """So many that belong, and so many of each attribute; their names tell nothing of which is which."""
        wanted = [(NORMAL_SEED + number, "") for number in range(normal)]
        wanted += [
            (ODD_SEED + number * len(ATTRIBUTES) + place, attribute)
            for place, attribute in enumerate(ATTRIBUTES)
            for number in range(each)
        ]
        order = np.random.default_rng(0).permutation(len(wanted))
        for number, place in enumerate(order):
            patient, attribute = wanted[place]
            levels = self.odd(patient, attribute) if attribute else self.normal(patient)
            yield DemoFilm(f"film_{number:04d}.png", attribute, levels)


def _levels(pixels: np.ndarray) -> np.ndarray:
    levels: np.ndarray = (pixels / np.float32((1 << BITS) - 1)).astype(np.float32)
    return levels


def write_films(
    folder: Path,
    normal: int,
    each: int,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> Path:
    """Write films as PNG into ``folder/films``, and ``folder/attributes.csv``, which says what each is; its path."""
    from GANAnomalyLib.files import write_bytes

    from ..tables.write_csv import write_rows

    cancel, rows = cancel or CancelToken(), []
    count = normal + each * len(ATTRIBUTES)
    for number, film in enumerate(FilmMaker().films(normal, each), 1):
        cancel.check()
        write_bytes(folder / "films" / film.name, png_bytes(np.rint(film.levels * 255).astype(np.uint8)), "a film")
        rows.append([film.name, film.attribute])
        progress(number / count, Message("curate_drawing", number=number, count=count))
    write_rows(folder / "attributes.csv", ("path", "attribute"), rows)
    return folder / "attributes.csv"
