"""PNG and JPEG pictures: one, or a folder of them as slices."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...running.messages import Message
from ...running.progress import ProgressCallback
from ..colour_channels import luma
from ..volume import Volume
from .picture_pixels import read_pixels


def load_pictures(paths: list[Path], progress: ProgressCallback, colours: bool = False) -> Volume:
    """Pictures of one size as slices of a volume, in the order of their names (2 before 10).

    Voxels are uint8 or uint16 (K, J, I) with K pictures; rows run down and columns to the right, placed as an axial
    slice with pixels of 1 mm, for pictures do not say. ``meta``: ``kind`` "picture", ``bits`` 8 or 16. Where one has
    colours and ``colours`` are wanted, ``Volume.colours`` holds them and the voxels are their grey levels. Raises
    :class:`InputError` for colours that are not wanted, sizes or depths that differ, and damaged files.
    """
    paths = sorted(
        paths, key=lambda path: [int(t) if t.isdigit() else t for t in re.split(r"(\d+)", path.name.lower())]
    )
    planes: list[np.ndarray] = []
    for n, path in enumerate(paths):
        progress(n / len(paths), Message("reading_pictures"))
        plane = read_pixels(path)
        if plane.ndim == 3 and not colours:
            raise InputError(f"{path.name} is a colour picture: save it in grey.")
        if planes and plane.shape[:2] != planes[0].shape[:2]:
            first, other = (" x ".join(str(size) for size in p.shape[1::-1]) for p in (planes[0], plane))
            raise InputError(f"{path.name} is {other} pixels but {paths[0].name} is {first}: all must be of one size.")
        if planes and plane.dtype != planes[0].dtype:
            raise InputError(
                f"{path.name} and {paths[0].name} differ in bit depth: save all with 8 or all with 16 bits."
            )
        planes.append(plane)
    progress(1.0, Message("reading_pictures"))
    shown = None
    if any(plane.ndim == 3 for plane in planes):
        shown = np.stack([plane if plane.ndim == 3 else np.repeat(plane[..., None], 3, -1) for plane in planes])
    voxels = np.stack(planes) if shown is None else luma(shown)
    meta: dict[str, object] = {"kind": "picture", "bits": 8 * voxels.dtype.itemsize, "photometric": "MONOCHROME2"}
    return Volume(voxels, np.diag([-1.0, -1.0, 1.0, 1.0]), "", [], meta, shown)
