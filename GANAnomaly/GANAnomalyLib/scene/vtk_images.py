"""Voxels in memory that VTK owns: filled in any thread, and then put into a scene without another copy."""

from __future__ import annotations

from typing import Any

import numpy as np


def image_of(voxels: np.ndarray) -> Any:
    """A vtkImageData of (K, J, I) voxels, with its lowest and highest value already looked for."""
    image = empty_image(voxels.shape, voxels.dtype)
    voxels_of(image)[...] = voxels
    # VTK remembers it: whoever asks in the window's thread does not wait.
    image.GetScalarRange()
    return image


def empty_image(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """A vtkImageData for (K, J, I) voxels whose values mean nothing yet."""
    from vtkmodules.util.numpy_support import get_vtk_array_type
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    image.SetDimensions(*shape[::-1])
    image.AllocateScalars(get_vtk_array_type(dtype), 1)
    return image


def voxels_of(image: Any) -> np.ndarray:
    """(K, J, I) of a vtkImageData, sharing its memory."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    voxels: np.ndarray = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])
    return voxels
