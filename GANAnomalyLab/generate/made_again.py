"""Whether pictures that lie in a folder are what a model makes: some of them, made again."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken

from .picture_writer import write_picture
from .seed_pictures import WantedPictures

AGAIN = 8
"""So many, evenly over the list: another model, class or psi changes every picture."""
_ALIKE = 0.5
"""Grey levels of 255 that a picture may differ by in the mean: processors round differently."""


def check_there(folder: Path, names: list[str]) -> None:
    """Raise :class:`InputError` unless all files of these names are in ``folder``."""
    lacking = [name for name in names if not (folder / name).is_file()]
    if lacking:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise InputError(
            f"{folder} lacks {lacking[0]}{more}, which these options make: give those that its pictures were made with."
        )


def check_made(wanted: WantedPictures, folder: Path, cancel: CancelToken) -> int:
    """Make some of the pictures again, and return how many; raises :class:`InputError` where one is another."""
    count = len(wanted.labels)
    rows = np.unique(np.linspace(0, count - 1, min(count, AGAIN)).astype(int)).tolist()
    form, card = wanted.options.form, wanted.maker.card
    level = {"png": 1.0, "npy": 2 / 255, "nifti": max(card.window / 255, 1.0)}[form]
    with tempfile.TemporaryDirectory(prefix="gananomaly-again-", ignore_cleanup_errors=True) as place:
        for row, picture in zip(rows, wanted.pictures(rows, cancel), strict=True):
            name = wanted.names[row]
            made = _values(write_picture(Path(place) / name, picture, form, card), form)
            there = _values(folder / name, form)
            # Not-a-number is another picture, too.
            if made.shape != there.shape or not np.abs(made - there).mean() <= _ALIKE * level:
                raise InputError(
                    f"{name} is not what the model {card.name!r} makes with these options: give the model and the "
                    "options that the pictures were made with."
                )
            cancel.check()
    return len(rows)


def _values(path: Path, form: str) -> np.ndarray:
    """A picture's values as float64."""
    from GANAnomalyLib.files.reading import read_array
    from GANAnomalyLib.volume import read_volume

    if form == "npy":
        held = read_array(path)
    elif form == "nifti":
        held = read_volume(path, allow_any=True).voxels
    else:
        from PIL import Image

        try:
            with Image.open(path, formats=("PNG",)) as image:
                held = np.asarray(image)
        except Exception as error:  # damaged pictures make the reader raise almost anything
            raise InputError(f"{path.name} is no PNG that can be read: make it again.", repr(error)) from error
    if not np.issubdtype(held.dtype, np.number):
        raise InputError(f"{path.name} holds no numbers: make it again.")
    return np.asarray(held, np.float64)
