"""Reading a result folder's maps, sure that they lie on the volume's own grid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..volume.volume import Volume

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_GRID_TOLERANCE_MM = 0.01
_OTHER = "{name} in {folder} was made for another volume: open the one that was analysed."


def read_map(path: Path, volume: Volume, dtype: type[np.generic] = np.float32) -> np.ndarray:
    """(K, J, I), of colours (K, J, I, 3), values of a map that lies on ``volume``'s grid, in a type that holds them.

    Raises :class:`InputError` when the file is missing, broken, or belongs to another volume.
    """
    import SimpleITK as sitk

    path = Path(path)
    if not path.is_file():
        raise InputError(f"The result in {path.parent} has no {path.name}: run the analysis again.")
    try:
        image = sitk.ReadImage(str(path))
        voxels = sitk.GetArrayFromImage(image)
    except RuntimeError as error:
        raise InputError(f"{path} cannot be read: run the analysis again.", str(error)) from error
    if voxels.shape[:3] != volume.voxels.shape or not _same_place(ijk_to_ras_of(image), volume):
        raise InputError(_OTHER.format(name=path.name, folder=path.parent))
    return voxels.astype(dtype, copy=False)


def check_grid(path: Path, volume: Volume) -> None:
    """Raise :class:`InputError` as :func:`read_map`, by the map's header alone."""
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        raise InputError(f"{path} cannot be read: run the analysis again.", str(error)) from error
    if reader.GetSize()[::-1] != volume.voxels.shape or not _same_place(ijk_to_ras_of(reader), volume):
        raise InputError(_OTHER.format(name=path.name, folder=path.parent))


def ijk_to_ras_of(image: Any) -> np.ndarray:
    """(4, 4) matrix from voxel indices to RAS millimetres of a three-dimensional SimpleITK image, or of its reader."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.asarray(image.GetSpacing())
    matrix[:3, 3] = image.GetOrigin()
    return _LPS_TO_RAS @ matrix


def _same_place(ijk_to_ras: np.ndarray, volume: Volume) -> bool:
    """Whether all corners agree: a matrix may differ in the last digits, a corner must not move."""
    last = np.array(volume.voxels.shape[::-1]) - 1
    corners = np.array(np.meshgrid(*[(0, n) for n in last])).reshape(3, -1).T
    there = corners @ ijk_to_ras[:3, :3].T + ijk_to_ras[:3, 3]
    return bool(np.all(np.abs(there - volume.ras(corners)) <= _GRID_TOLERANCE_MM))
