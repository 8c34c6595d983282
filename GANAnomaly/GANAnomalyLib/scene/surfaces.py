"""Surfaces for the 3-D view, of small pictures of large volumes. Touches no scene: it can be done in another thread."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..volume.modality import modality_of

_SIDE = 96
"""Voxels along each axis, at most: more than a surface on the screen shows."""
_BODY_HU = -300.0
_BLUR = 0.7


def body_surface(voxels: np.ndarray, ijk_to_ras: np.ndarray, modality: str = "CT") -> Any:
    """The body of a CT, (K, J, I) in HU, with the air inside, as vtkPolyData in RAS: the largest piece above -300 HU
    (of an MR, above the air's noise); without points where there is none."""
    from scipy.ndimage import gaussian_filter, label

    steps = _steps(voxels.shape)
    level = modality_of(modality).floor(voxels, _BODY_HU)
    dense = voxels[tuple(slice(None, None, step) for step in steps)] > level
    pieces, count = label(dense)
    if count > 1:
        dense = pieces == 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))
    # Round, but no thinner at the border of the scan, which is closed there.
    smooth = gaussian_filter(np.pad(dense.astype(np.float32), 1), _BLUR)
    return _contour(smooth, 0.5, steps, ijk_to_ras)


def heat_surface(heat: np.ndarray, threshold: float, ijk_to_ras: np.ndarray) -> Any:
    """Where a (K, J, I) heatmap exceeds a threshold, as vtkPolyData in RAS; without points where it does nowhere."""
    steps = _steps(heat.shape)
    # The highest of each block: a small focus must not fall between the voxels that are looked at.
    for axis, step in enumerate(steps):
        heat = np.maximum.reduceat(heat, np.arange(0, heat.shape[axis], step), axis=axis)
    low = float(min(heat.min(initial=0.0), threshold - 1.0))
    return _contour(np.pad(heat, 1, constant_values=low), threshold, steps, ijk_to_ras)


def box_surface(corners: np.ndarray) -> Any:
    """A box as vtkPolyData, of its (8, 3) corners, the first axis running fastest."""
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    points, faces = vtkPoints(), vtkCellArray()
    for corner in corners.tolist():
        points.InsertNextPoint(*corner)
    for face in ((0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)):
        faces.InsertNextCell(4, face)
    surface = vtkPolyData()
    surface.SetPoints(points)
    surface.SetPolys(faces)
    return surface


def _steps(shape: tuple[int, ...]) -> list[int]:
    return [-(-size // _SIDE) for size in shape]


def _contour(values: np.ndarray, level: float, steps: list[int], ijk_to_ras: np.ndarray) -> Any:
    """The surface at a level of padded (K, J, I) values, of which every ``steps``-th voxel of a volume is one."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4
    from vtkmodules.vtkCommonTransforms import vtkTransform
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D
    from vtkmodules.vtkFiltersGeneral import vtkTransformPolyDataFilter

    from .vtk_images import image_of

    contour = vtkFlyingEdges3D()
    contour.SetInputData(image_of(np.ascontiguousarray(values, dtype=np.float32)))
    contour.SetValue(0, level)
    contour.ComputeScalarsOff()
    contour.ComputeGradientsOff()
    to_ijk = np.diag([*(float(step) for step in steps[::-1]), 1.0])
    to_ijk[:3, 3] = [-step for step in steps[::-1]]
    matrix = vtkMatrix4x4()
    matrix.DeepCopy((np.asarray(ijk_to_ras, dtype=float) @ to_ijk).ravel().tolist())
    place = vtkTransform()
    place.SetMatrix(matrix)
    moved = vtkTransformPolyDataFilter()
    moved.SetInputConnection(contour.GetOutputPort())
    moved.SetTransform(place)
    moved.Update()
    return moved.GetOutput()
