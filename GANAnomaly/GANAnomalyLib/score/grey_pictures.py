"""Grey 8-bit pictures from files, read strictly: what cannot be scored as it is gets refused, not converted."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError

ENDINGS = (".png", ".jpg", ".jpeg")


def is_picture(path: Path) -> bool:
    """Whether a file's name is that of a picture (hidden files, as macOS scatters them, are not)."""
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")


def read_gray8(path: Path | str) -> np.ndarray:
    """A PNG or JPEG as (H, W) uint8; colour files are taken when red, green and blue are the same everywhere.

    Raises :class:`InputError` for missing, unreadable, truncated, colour, transparent and more than 8-bit pictures.
    """
    from PIL import Image

    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no picture {path}: check the name.")
    try:
        with Image.open(path) as picture:
            picture.load()
            mode = picture.mode
            if mode in ("1", "P"):
                # Palettes may be transparent too; RGBA keeps that visible to the check below.
                picture = picture.convert("L" if mode == "1" else "RGBA")
            values = np.array(picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(
            f"{path.name} cannot be read as a picture: it is damaged or of another kind.", str(error)
        ) from error
    if mode not in ("1", "P", "L", "LA", "RGB", "RGBA"):
        raise InputError(
            f"{path.name} is not an 8-bit grey picture (its pixels are of kind {mode}): "
            "export it with 8 bits, or analyse the volume it came from."
        )
    return _one_channel(values, path.name)


def _one_channel(values: np.ndarray, name: str) -> np.ndarray:
    if values.ndim == 2:
        return values
    if values.shape[2] in (2, 4):
        if (values[..., -1] != 255).any():
            raise InputError(f"{name} has transparent parts, so its grey levels are not defined: save it without them.")
        values = values[..., :-1]
    if (values != values[..., :1]).any():
        raise InputError(f"{name} is a colour picture; scores are defined on grey ones: save it as greyscale.")
    return np.ascontiguousarray(values[..., 0])
