"""Where the markups of a reader's findings lie in the image, and back."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from ..errors import InputError
from ..review.added_findings import ReaderFinding
from .mark_nodes import POINT_CLASS
from .places import Places
from .volume_nodes import vtk_matrix


def ends_of(places: Places, node: Any) -> tuple[np.ndarray, np.ndarray]:
    """(3,) each, continuous voxel indices of the ends of the box around a node along the image's axes."""
    if node.IsA(POINT_CLASS):
        world = [0.0] * 3
        node.GetNthControlPointPositionWorld(0, world)
        at = places.ijk_at((world[0], world[1], world[2]))
        return at, at
    matrix, half = node.GetObjectToNodeMatrix(), np.array(node.GetSize()) / 2
    turn = np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(3)])
    corners = []
    for signs in itertools.product((-1, 1), repeat=3):
        world = (turn @ [*(half * signs), 1.0]).tolist()
        node.TransformPointToWorld(list(world), world)
        corners.append(places.ijk_at((world[0], world[1], world[2])))
    return np.min(corners, axis=0), np.max(corners, axis=0)


def set_place(places: Places, node: Any, ijk: np.ndarray, size: tuple[float, float, float]) -> None:
    """Put a node, which is under the CT's own transform, at voxel indices; ``size`` in mm along the image's axes."""
    local = places.volume.ras(ijk)
    if node.IsA(POINT_CLASS):
        if node.GetNumberOfControlPoints():
            node.SetNthControlPointPosition(0, *local)
        else:
            node.AddControlPoint(*local)
        return
    axes = places.volume.ijk_to_ras[:3, :3]
    turn = np.eye(4)
    turn[:3, :3] = axes / np.linalg.norm(axes, axis=0)
    if np.linalg.det(turn) < 0:  # boxes know no mirror images, and are their own
        turn[:3, 2] *= -1
    turn[:3, 3] = local
    if not node.GetNumberOfControlPoints():
        node.AddControlPoint(*local)
        node.AddControlPoint(*(local + 1.0))
    node.SetAndObserveObjectToNodeMatrix(vtk_matrix(turn))
    node.SetSize(*size)


def check_inside(places: Places, low: np.ndarray, high: np.ndarray) -> None:
    """Raise :class:`InputError` where nothing between two corners, in voxel indices, is of the scan."""
    limit = np.array(places.volume.voxels.shape[::-1]) - 0.5
    if np.any(high < -0.5) or np.any(low > limit):
        raise InputError("This place lies outside the scan: mark it within.")


def voxels_of(places: Places, finding: ReaderFinding) -> tuple[np.ndarray, np.ndarray]:
    """First voxel (i, j, k) and the one after the last of a finding's box, within the scan; alike where it has none."""
    middle = (np.linalg.inv(places.analysed) @ [*finding.centre_ras, 1.0])[:3]
    half = np.array(finding.size_mm) / np.linalg.norm(places.analysed[:3, :3], axis=0) / 2
    limit = np.array(places.volume.voxels.shape[::-1])
    first = np.clip(np.rint(middle - half + 0.5), 0, limit).astype(int)
    stop = np.clip(np.rint(middle + half + 0.5), 0, limit).astype(int)
    return first, np.maximum(stop, first)
