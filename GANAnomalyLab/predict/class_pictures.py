"""A picture of what a classifier said: the image, and beside it the same with what counted, and the class below."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from GANAnomalyLib.files import write_png
from GANAnomalyLib.results.colours import heat_table

from .class_inputs import Planes

_LEAST, _STRIP, _GAP = 256, 28, 4
_STRONGEST = 0.6
"""How much of the heat's colour there is where most counted."""


def write_class_picture(path: Path, planes: Planes, seen: np.ndarray, said: str) -> Path:
    """Write the picture as PNG, whole or not at all.

    ``planes`` (C, R, R) uint8 or uint16, ``seen`` (R, R) from 0 to 1, ``said`` is written below both.
    """
    from PIL import Image, ImageDraw

    top = np.iinfo(planes.dtype).max
    grey = np.moveaxis(planes.astype(np.float64) / top, 0, -1)
    colour = np.repeat(grey, 3, axis=2) if grey.shape[2] == 1 else grey
    heat = heat_table()[np.rint(np.clip(seen, 0, 1) * 255).astype(int)]
    share = _STRONGEST * np.clip(seen, 0, 1)[..., None]
    side = max(_LEAST, planes.shape[-1])
    sheet = Image.new("RGB", (2 * side + _GAP, side + _STRIP), (29, 36, 48))
    for number, shown in enumerate((colour, colour * (1 - share) + heat * share)):
        pixels = Image.fromarray(np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8))
        sheet.paste(pixels.resize((side, side), Image.Resampling.BICUBIC), (number * (side + _GAP), 0))
    ImageDraw.Draw(sheet).text((8, side + 8), said, fill=(240, 240, 240))
    return write_png(path, sheet)
