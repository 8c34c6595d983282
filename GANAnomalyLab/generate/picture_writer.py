"""Writing pictures, never over what is there already."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import whole, write_png

if TYPE_CHECKING:
    from GANAnomalyLib.models.card import ModelCard

FORMATS = ("png", "nifti", "npy")
ENDINGS = {"png": ".png", "nifti": ".nii.gz", "npy": ".npy"}


def check_free(folder: Path, names: Iterable[str], force: bool) -> None:
    """Raise :class:`InputError` when ``folder`` is no folder, or a file of these names is there and not ``force``."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: choose a folder to write to.")
    taken = [name for name in names if os.path.lexists(folder / name)] if folder.is_dir() else []
    blocked = [name for name in taken if (folder / name).is_dir()]
    if blocked:
        raise InputError(f"{folder} holds a folder called {blocked[0]}: choose another folder to write to.")
    if taken and not force:
        more = f" and {len(taken) - 1} more of these files" if len(taken) > 1 else ""
        raise InputError(
            f"{folder} holds {taken[0]}{more} already: choose another folder, or replace them with --force."
        )


def write_picture(path: Path, image: np.ndarray, form: str, card: ModelCard) -> Path:
    """Write one picture (C, R, R), about [-1, 1], in one of :data:`FORMATS`.

    "png" has 8 bits, -1 black and 1 white. "npy" keeps the float32 values as the network made them. "nifti" has
    Hounsfield units by the card's window and level (what lies beyond the window is its end) as one axial slice; a card
    does not say how large a pixel is, so it is 1 mm.
    """
    if form == "npy":
        with whole(path, "the picture") as part, open(part, "wb") as file:
            np.save(file, np.ascontiguousarray(image, np.float32))
        return path
    if form == "nifti":
        from GANAnomalyLib.volume import Volume, write_volume

        place = np.diag([-1.0, -1.0, 1.0, 1.0])
        return write_volume(Volume(hounsfield(image, card.window, card.level), place, card.modality), path)
    from GANAnomalyLib.detectors.stylegan2.reference_projection import to_picture

    return write_png(path, to_picture(image))


def hounsfield(image: np.ndarray, window: float, level: float) -> np.ndarray:
    """A picture (1, R, R) in [-1, 1] as int16 (1, R, R) Hounsfield units within the window."""
    values = np.clip(image, -1, 1) * (window / 2) + level
    return np.clip(np.rint(values), -32768, 32767).astype(np.int16)


def check_format(form: str, channels: int) -> None:
    """Raise :class:`InputError` for an unknown format, or one that cannot hold the model's pictures."""
    if form not in FORMATS:
        raise InputError(f"Pictures are written as {', '.join(FORMATS)}, not {form!r}.")
    if form == "nifti" and channels != 1:
        raise InputError(f"This model's pictures have {channels} channels and no Hounsfield units: write png or npy.")
    if form == "png" and channels not in (1, 3):
        raise InputError(f"This model's pictures have {channels} channels, which no PNG holds: write npy.")
