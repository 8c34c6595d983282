"""Linear transforms of a CT carry its result along: applied, changed, taken away or hardened."""

from __future__ import annotations

from typing import Any

import numpy as np

from .mark_nodes import marks_of
from .result_nodes import ReviewNodes
from .three_d_nodes import models_of
from .volume_nodes import matrix_of, set_matrix, vtk_matrix

_CLOSE = 1e-6
"""Of a millimetre."""


def carry_along(nodes: ReviewNodes) -> None:
    """Put a result where its CT is now, which must have the result's grid and lie under no transform that bends.

    A node that is there already is not touched, whoever put it there: the user may have hardened the maps as well.
    """
    now, transform = matrix_of(nodes.ct), nodes.ct.GetTransformNodeID()
    maps = [node for node in (nodes.heatmap, nodes.reconstruction, nodes.difference) if node is not None]
    before = next((matrix_of(node) for node in maps), None)
    for node in maps:
        if not np.allclose(matrix_of(node), now, rtol=0, atol=_CLOSE):
            set_matrix(node, now)
    if nodes.findings is not None:
        _carry_segments(nodes.findings, nodes.ct.GetImageData().GetDimensions(), before, now)
    models = [*models_of(nodes), *marks_of(nodes)]
    if before is not None and not np.allclose(before, now, rtol=0, atol=_CLOSE):
        for model in models:
            model.ApplyTransformMatrix(vtk_matrix(now @ np.linalg.inv(before)))
    for node in [*maps, nodes.findings, *models]:
        if node is not None and node.GetTransformNodeID() != transform:
            node.SetAndObserveTransformNodeID(transform)


def _carry_segments(findings: Any, size: tuple[int, ...], before: np.ndarray | None, now: np.ndarray) -> None:
    # Segments have no matrix to set. The grid they were drawn on, which hardening moves along, tells where they are.
    grid = _grid(findings, size)
    grid = before if grid is None else grid
    if grid is None or np.allclose(grid, now, rtol=0, atol=_CLOSE):
        return
    findings.ApplyTransformMatrix(vtk_matrix(now @ np.linalg.inv(grid)))


def _grid(findings: Any, size: tuple[int, ...]) -> np.ndarray | None:
    """(4, 4) of a segmentation's own reference grid; None where the user gave it one of another size."""
    import slicer

    name = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    try:
        numbers = [float(text) for text in findings.GetSegmentation().GetConversionParameter(name).split(";") if text]
    except ValueError:
        return None
    if len(numbers) != 22 or numbers[16:] != [0, size[0] - 1, 0, size[1] - 1, 0, size[2] - 1]:
        return None
    return np.array(numbers[:16]).reshape(4, 4)
