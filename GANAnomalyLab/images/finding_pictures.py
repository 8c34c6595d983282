"""Findings of a result as small pictures: the patch, the closest normal one, and how they differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import FILES, REMEDY, Finding

from .archive import FolderPictures


def finding_planes(folder: Path, finding: Finding, size: int) -> np.ndarray:
    """(3, size, size) uint8 of the finding's highest patch, in the window and the pixels of the model.

    The patch of the scan, the same patch of the model's reconstruction, and the first less the second, where 128 is no
    difference and a step stands for two; from the picture in the result's own folder of patches, whatever path is
    written there. Raises :class:`InputError` where there is none, or one of another size.
    """
    path = folder / FILES["patches"] / Path(finding.patch_picture.replace("\\", "/")).name
    there = bool(finding.patch_picture) and path.is_file() and not path.is_symlink()
    picture = None
    if there:
        pictures = FolderPictures.single(path)
        height, width = pictures.shape(path.name)
        if height % size == 0 and 2 * height <= width < 3 * height:
            picture = pictures.open(path.name)
    if picture is None or picture.mode != "L":
        what = f"the picture of finding {finding.rank} is {'of another kind' if there else 'missing'}"
        raise InputError(f"The result in {folder} is damaged: {what}; {REMEDY}.")
    pixels = np.asarray(picture)
    # Pixels are square blocks; the two patches lie at the ends, a gap between them.
    own, normal = (side[:: height // size, :: height // size] for side in (pixels[:, :height], pixels[:, -height:]))
    apart = (own.astype(np.int16) - normal + 256) // 2
    return np.stack([own, normal, apart.clip(0, 255).astype(np.uint8)])
