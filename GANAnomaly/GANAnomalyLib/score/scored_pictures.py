"""8-bit pictures from files for scores, read strictly: what would have to be rounded first gets refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError

ENDINGS = (".png", ".jpg", ".jpeg")


def is_picture(path: Path) -> bool:
    """Whether a file's name is that of a picture (hidden files, as macOS scatters them, are not)."""
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")


def read_planes(path: Path | str) -> np.ndarray:
    """A PNG or JPEG as (C, H, W) uint8: one plane of grey levels, or red, green and blue where there are colours.

    Raises :class:`InputError` for missing, unreadable, truncated and more than 8-bit pictures.
    """
    from ..volume.formats.picture_pixels import read_pixels

    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no picture {path}: check the name.")
    pixels = read_pixels(path)
    if pixels.dtype != np.uint8:
        raise InputError(
            f"{path.name} is not an 8-bit picture: export it with 8 bits, or analyse the volume it came from."
        )
    return np.ascontiguousarray(np.atleast_3d(pixels).transpose(2, 0, 1))
