"""Scalar volume nodes: the CT, the heatmap, the reconstruction and the difference, each shown as a reader expects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..results.colours import difference_table, heat_table
from ..volume.volume import Volume
from .roles import mark
from .vtk_images import image_of


def add_volume(scene: Any, name: str, voxels: np.ndarray, ijk_to_ras: np.ndarray) -> Any:
    """A scalar volume node with its display node; ``voxels`` is (K, J, I), ``ijk_to_ras`` (4, 4)."""
    return add_ready_volume(scene, name, image_of(small(voxels)), ijk_to_ras)


def add_ready_volume(scene: Any, name: str, image: Any, ijk_to_ras: np.ndarray) -> Any:
    """:func:`add_volume` of an image of :func:`vtk_images.image_of`, whose memory becomes the node's."""
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.SetAndObserveImageData(image)
    set_matrix(node, ijk_to_ras)
    # Not CreateDefaultDisplayNodes: it would look through all voxels for a window that every caller sets itself.
    display = scene.AddNewNodeByClass("vtkMRMLScalarVolumeDisplayNode")
    display.AutoWindowLevelOff()
    display.SetAndObserveColorNodeID("vtkMRMLColorTableNodeGrey")
    node.SetAndObserveDisplayNodeID(display.GetID())
    return node


def volume_of(node: Any) -> Volume:
    """The voxels and the place of a scalar volume node, sharing its memory."""
    return Volume(array_of(node), matrix_of(node))


def array_of(node: Any) -> np.ndarray:
    """(K, J, I) voxels of a scalar volume node, sharing its memory."""
    import slicer.util

    voxels: np.ndarray = slicer.util.arrayFromVolume(node)
    return voxels


def matrix_of(node: Any) -> np.ndarray:
    """(4, 4) from a volume node's voxel indices to RAS, without its parent transform."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def set_matrix(node: Any, ijk_to_ras: np.ndarray) -> None:
    """Put a volume node where a (4, 4) from voxel indices to RAS says."""
    node.SetIJKToRASMatrix(vtk_matrix(ijk_to_ras))


def show_grey(node: Any, window: float, level: float) -> None:
    """Grey, through a window in the volume's units."""
    display = node.GetDisplayNode()
    display.SetAndObserveColorNodeID("vtkMRMLColorTableNodeGrey")
    display.AutoWindowLevelOff()
    display.SetWindowLevel(window, level)


def show_coloured(node: Any, colours: Any, low: float, high: float, threshold: float | None = None) -> None:
    """Colours of a table between two values, clear below ``threshold`` where there is one."""
    display = node.GetDisplayNode()
    display.SetAndObserveColorNodeID(colours.GetID())
    display.AutoWindowLevelOff()
    display.SetWindowLevelMinMax(low, high)
    if threshold is not None:
        display.AutoThresholdOff()
        # The upper end must lie above every voxel, or the very hottest would turn clear.
        display.SetThreshold(threshold, max(high, float(node.GetImageData().GetScalarRange()[1])) + 1.0)
        display.ApplyThresholdOn()


def add_colours(scene: Any, name: str, role: str, table: Callable[[int], np.ndarray], fingerprint: str) -> Any:
    """A colour table node of 256 colours."""
    node = scene.AddNewNodeByClass("vtkMRMLColorTableNode", name)
    node.SetTypeToUser()
    node.SetAttribute("Category", "GANAnomaly")
    colours = table(256)
    node.SetNumberOfColors(len(colours))
    node.SetNamesFromColors()
    for n, (red, green, blue) in enumerate(colours.tolist()):
        node.SetColor(n, red, green, blue, 1.0)
    node.SetNamesFromColors()
    mark(node, role, fingerprint)
    return node


def add_heat_colours(scene: Any, fingerprint: str) -> Any:
    """The heatmap's colour table node."""
    return add_colours(scene, "GANAnomaly heat", "heat colours", heat_table, fingerprint)


def add_difference_colours(scene: Any, fingerprint: str) -> Any:
    """The difference's colour table node."""
    return add_colours(scene, "GANAnomaly difference", "difference colours", difference_table, fingerprint)


def add_legend(node: Any, title: str, fingerprint: str, label_format: str = "%.3g") -> Any:
    """A colour legend beside the slice views for a volume's colours; None where this Slicer has no legends."""
    import slicer

    if not hasattr(slicer, "vtkSlicerColorLogic"):
        return None
    scene = node.GetScene()
    display = node.GetDisplayNode()
    if not scene.GetClassNameByTag("ColorLegendDisplay"):
        # Out of the application no colours module has told the scene about legends yet.
        scene.RegisterNodeClass(slicer.vtkMRMLColorLegendDisplayNode())
    legend = slicer.vtkSlicerColorLogic.AddDefaultColorLegendDisplayNode(display)
    if legend is None:
        return None
    legend.SetTitleText(title)
    legend.SetLabelFormat(label_format)
    legend.SetNumberOfLabels(5)
    legend.SetMaxNumberOfColors(256)
    legend.SetSize(0.08, 0.26)
    legend.SetPosition(0.98, 0.02)
    mark(legend, "legend", fingerprint)
    return legend


def small(voxels: np.ndarray) -> np.ndarray:
    """Whole numbers in 16 bits where they fit: a scene is sent around, and CT needs no more."""
    if _whole(voxels) and voxels.size and voxels.min() >= -32768 and voxels.max() <= 32767:
        return voxels.astype(np.int16, copy=False)
    return voxels.astype(np.float32, copy=False)


def _whole(voxels: np.ndarray) -> bool:
    if voxels.dtype.kind in "iu":
        return True
    # A look at a few voxels spares a look at all of nearly every map.
    few = voxels.reshape(-1)[:: max(voxels.size // 10_000, 1)]
    return all(bool(np.isfinite(some).all()) and np.array_equal(some, np.rint(some)) for some in (few, voxels))


def vtk_matrix(values: np.ndarray) -> Any:
    """A (4, 4) as VTK's own."""
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    matrix.DeepCopy(np.asarray(values, dtype=float).ravel().tolist())
    return matrix
