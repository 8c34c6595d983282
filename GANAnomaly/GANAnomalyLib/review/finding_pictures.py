"""Findings of a result as small pictures: the patch, the closest normal one, and how high it scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..results.result import FILES, REMEDY, Finding
from ..volume.formats.picture_pixels import opened, upright

_SCORE_OF_ONE, _PER_DOUBLING = 128, 16
"""Grey levels: scores from 1/256 to 256 keep apart, whatever they count."""


def finding_planes(folder: Path, finding: Finding, size: int) -> np.ndarray:
    """(3, size, size) uint8 of the finding's highest patch, in the window and the pixels of the model.

    The patch of the scan, the same patch of the model's reconstruction, both from the picture in the result's own
    folder of patches, whatever path is written there; and the score throughout: 128 for 1, 16 more each time that it
    doubles. Raises :class:`InputError` where there is none, or one of another size.
    """
    path = folder / FILES["patches"] / Path(finding.patch_picture.replace("\\", "/")).name
    there = bool(finding.patch_picture) and path.is_file() and not path.is_symlink()
    pixels = _grey_pair(path, size) if there else None
    if pixels is None:
        what = f"the picture of finding {finding.rank} is {'of another kind' if there else 'missing'}"
        raise InputError(f"The result in {folder} is damaged: {what}; {REMEDY}.")
    height = len(pixels)
    # Pixels are square blocks; the two patches lie at the ends, a gap between them.
    own, normal = (side[:: height // size, :: height // size] for side in (pixels[:, :height], pixels[:, -height:]))
    steps = _PER_DOUBLING * np.log2(max(finding.score, 1e-9))
    scored = np.full((size, size), np.clip(round(_SCORE_OF_ONE + steps), 0, 255), np.uint8)
    return np.stack([own, normal, scored])


def _grey_pair(path: Path, size: int) -> np.ndarray | None:
    """The pixels of a picture that may be one of two patches; None for another, whose pixels are not read."""
    with opened(path, path.name) as picture:
        width, height = picture.size
        if picture.mode != "L" or height % size or not 2 * height <= width < 3 * height:
            return None
        return np.asarray(upright(picture, path.name))
