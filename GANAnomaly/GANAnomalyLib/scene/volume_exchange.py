"""Volumes and segments out of a scene, into files that the engine reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..volume.volume import Volume
from ..volume.write_volume import write_volume
from .belonging import is_bent
from .volume_nodes import volume_of


def export_volume(node: Any, path: Path) -> Path:
    """Write a scalar volume node as it lies in its own coordinates (its parent transform is left out).

    The result is put back under the same transform, so that nothing is resampled. Raises :class:`InputError` for a
    node without voxels, with colours instead of one value a voxel, or under a transform that bends it, which would
    show another picture than the one analysed; :class:`GANAnomalyLib.errors.GANAnomalyError` when the file cannot be
    written.
    """
    image = node.GetImageData() if node is not None else None
    if image is None or image.GetNumberOfPoints() == 0:
        raise InputError("The chosen volume holds no image: load the scan again, or choose another volume.")
    if image.GetNumberOfScalarComponents() != 1:
        raise InputError("The chosen volume is a colour image: choose a scan with one value a voxel.")
    _not_bent(node)
    write_volume(volume_of(node), path)
    return path


def export_mask(segmentation: Any, segment_id: str, volume_node: Any, path: Path) -> Path:
    """Write a segment as a label volume (0 and 1, uint8) on the grid of a volume node.

    Parent transforms of both are honoured when they are linear. Raises :class:`InputError` for a segment that is
    missing, empty, or outside the volume, and for a transform that bends the volume.
    """
    import slicer

    if segmentation.GetSegmentation().GetSegment(segment_id) is None:
        raise InputError("The chosen segment is no longer there: choose another one, or none.")
    if not segmentation.GetSegmentation().ContainsRepresentation("Binary labelmap") and (
        not segmentation.CreateBinaryLabelmapRepresentation()
    ):
        raise InputError("The chosen segment cannot be turned into voxels: draw it anew in the Segment Editor.")
    inside = slicer.vtkOrientedImageData()
    slicer.vtkSlicerSegmentationsModuleLogic.GetSegmentBinaryLabelmapRepresentation(
        segmentation, segment_id, inside, True
    )
    grid = _world_grid(volume_node)
    on_grid = slicer.vtkOrientedImageData()
    done = slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(
        inside, grid, on_grid, False
    )
    labels = _voxels(on_grid) if done else None
    if labels is None or not labels.any():
        raise InputError("The chosen segment is empty or lies outside the scan: choose another one, or none.")
    write_volume(Volume(labels.astype(np.uint8), volume_of(volume_node).ijk_to_ras), path)
    return path


def _world_grid(volume_node: Any) -> Any:
    """An oriented image without meaning on the volume's grid as it lies in the world."""
    import slicer
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    to_world = vtkMatrix4x4()
    parent = volume_node.GetParentTransformNode()
    if parent is not None:
        _not_bent(volume_node)
        parent.GetMatrixTransformToWorld(to_world)
    matrix = vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(matrix)
    vtkMatrix4x4.Multiply4x4(to_world, matrix, matrix)
    grid = slicer.vtkOrientedImageData()
    grid.SetDimensions(volume_node.GetImageData().GetDimensions())
    grid.AllocateScalars(3, 1)
    grid.SetImageToWorldMatrix(matrix)
    return grid


def _not_bent(volume_node: Any) -> None:
    if is_bent(volume_node):
        raise InputError("The scan lies under a transform that bends it: harden the transform first.")


def _voxels(image: Any) -> np.ndarray:
    """(K, J, I) of an oriented image."""
    from vtkmodules.util.numpy_support import vtk_to_numpy

    i, j, k = image.GetDimensions()
    voxels: np.ndarray = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(k, j, i)
    return voxels
