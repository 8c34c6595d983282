"""Where slices and points of a result lie in the world, its transform included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..volume.orient import AxialStack
from ..volume.volume import Volume
from .result_nodes import ReviewNodes, facts_of
from .volume_nodes import matrix_of

Point = tuple[float, float, float]


@dataclass
class Places:
    """The grid of a result: slices counted as when it was made, placed where the scene's nodes are now.

    Attributes
    ----------
    stack, volume: slices and grid, both without voxels (their arrays hold no memory); ``volume`` has today's matrix.
    analysed: (4, 4) voxel indices to RAS when the result was made.
    node: a volume node on this grid, whose parent transform counts; None where all were deleted.
    """

    stack: AxialStack
    volume: Volume
    analysed: np.ndarray
    node: Any

    @classmethod
    def of(cls, nodes: ReviewNodes) -> Places:
        """The places of a result; raises :class:`InputError` when it is gone or damaged."""
        facts = facts_of(nodes).stack
        try:
            shape = tuple(int(size) for size in facts["shape"])
            axes = tuple(int(axis) for axis in facts["axes"])
            flips = tuple(bool(flip) for flip in facts["flips"])
            analysed = np.array(facts["ijk_to_ras"], dtype=np.float64)
            fits = sorted(axes) == [0, 1, 2] and len(flips) == len(shape) == 3 and analysed.shape == (4, 4)
            if not fits or min(shape) < 1 or abs(np.linalg.det(analysed)) < 1e-12:
                raise ValueError("stack")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError("The result in this scene is damaged: run the analysis again.", str(error)) from error
        node = _node_on_grid(nodes, shape)
        # The user may have hardened a transform, which changes the matrix of the nodes it was hardened on.
        volume = Volume(np.broadcast_to(np.int8(0), shape), analysed if node is None else matrix_of(node))
        sizes = volume.spacing
        spacing = sizes[axes[0]], sizes[axes[1]], sizes[axes[2]]
        slices = volume.voxels.transpose([2 - axis for axis in axes])
        return cls(AxialStack(slices, spacing, (axes[0], axes[1], axes[2]), flips), volume, analysed, node)  # type: ignore[arg-type]

    def slice_at(self, ras: Point) -> int | None:
        """The slice a world point lies in; None above the first and below the last one."""
        local = [float(value) for value in ras]
        if self._moved():
            self.node.TransformPointFromWorld([float(value) for value in ras], local)
        along = float(self.stack.ijk_to_stack(self.volume.ijk(np.array(local)))[0])
        index = int(np.clip(np.floor(along + 0.5), 0, len(self.stack.slices) - 1))
        # A hair beyond the border still belongs to the slice: what a view hands over was rounded.
        return index if abs(along - index) <= 0.501 else None

    def middle(self, slice: int) -> Point:
        """The world point in the middle of a slice; raises :class:`InputError` for one that is not there."""
        count, height, width = self.stack.slices.shape
        if not 0 <= slice < count:
            raise InputError(f"There is no slice {slice}: this scan has slices 0 to {count - 1}.")
        ijk = self.stack.stack_to_ijk(np.array([slice, (height - 1) / 2, (width - 1) / 2]))
        return self.world(ijk)

    def today(self, ras: Point) -> Point:
        """The world point where a point of the analysed CT, in its coordinates then, lies now."""
        ijk = np.linalg.inv(self.analysed) @ [*ras, 1.0]
        return self.world(ijk[:3])

    def world(self, ijk: np.ndarray) -> Point:
        """The world point of continuous voxel indices (i, j, k)."""
        local = self.volume.ras(ijk)
        moved = [float(value) for value in local]
        if self._moved():
            self.node.TransformPointToWorld([float(value) for value in local], moved)
        return moved[0], moved[1], moved[2]

    def _moved(self) -> bool:
        return self.node is not None and self.node.GetParentTransformNode() is not None


def slice_at(nodes: ReviewNodes, ras: Point) -> int | None:
    """The slice (patient order) that a world point lies in; None above the first and below the last slice.

    Raises :class:`InputError` when the result was deleted from the scene.
    """
    return Places.of(nodes).slice_at(ras)


def ras_of_slice(nodes: ReviewNodes, slice: int) -> Point:
    """The world point in the middle of a slice (patient order); raises :class:`InputError` for none such."""
    return Places.of(nodes).middle(slice)


def _node_on_grid(nodes: ReviewNodes, shape: tuple[int, ...]) -> Any:
    """The CT, or a map on its grid where the CT was deleted or cropped."""
    for node in (nodes.ct, nodes.heatmap, nodes.reconstruction, nodes.difference):
        image = None if node is None else node.GetImageData()
        if image is not None and tuple(image.GetDimensions())[::-1] == shape:
            return node
    return None
