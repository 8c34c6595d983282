"""A volume as the stack of pictures a radiologist expects, and the exact way back to its voxels."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations

import numpy as np

from ..running.messages import Message
from .volume import Volume

Box = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]

TILT_WORTH_A_WARNING = 10.0
"""Degrees between the slice plane and its patient plane above which the reader is told."""

_L, _P, _S = np.array([-1.0, 0.0, 0.0]), np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0])
# Where slices, rows and columns run to, by plane, in RAS.
_PLANES = {"axial": (_S, _P, _L), "coronal": (_P, -_S, _L), "sagittal": (_L, -_S, _P)}


@dataclass
class AxialStack:
    """Axial slices of a volume: slices inferior to superior, rows anterior to posterior, columns right to left.

    Axes are permuted and flipped to the nearest patient axes, never resampled, so an oblique volume keeps its own
    planes. A volume of one slice keeps that slice whatever its plane is (rows of a coronal or sagittal one run
    superior to inferior).

    Attributes
    ----------
    slices:
        (S, H, W) view of the volume's voxels.
    spacing_mm:
        Millimetres from slice to slice, row to row and column to column.
    axes:
        Which of the volume's axes (0 = i, 1 = j, 2 = k) runs along slices, rows and columns.
    flips:
        Whether slices, rows and columns run against that axis.
    plane:
        "axial", or the plane of a single slice.
    warnings:
        Sentences for the user, for example that the planes are tilted.
    """

    slices: np.ndarray
    spacing_mm: tuple[float, float, float]
    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]
    plane: str = "axial"
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def from_volume(cls, volume: Volume) -> AxialStack:
        """The stack of a volume; ``slices`` shares its memory."""
        directions = volume.directions
        plane, slice_axis = _single_slice(volume) or ("axial", None)
        targets = np.stack(_PLANES[plane])
        axes = _nearest_axes(directions, targets, slice_axis)
        along = [float(targets[n] @ directions[:, axis]) for n, axis in enumerate(axes)]
        flips = tuple(value < 0 for value in along)
        spacing = volume.spacing

        normal = np.cross(directions[:, axes[1]], directions[:, axes[2]])
        cosine = abs(float(targets[0] @ normal)) / float(np.linalg.norm(normal))
        tilt = float(np.degrees(np.arccos(min(cosine, 1.0))))
        warnings: list[str] = []
        if plane != "axial":
            warnings.append(Message("own_plane", plane=plane))
        if tilt > TILT_WORTH_A_WARNING:
            warnings.append(Message("tilted_plane", degrees=tilt, plane=plane))
        return cls(
            slices=_turn(volume.voxels.transpose([2 - axis for axis in axes]), flips),
            spacing_mm=(spacing[axes[0]], spacing[axes[1]], spacing[axes[2]]),
            axes=axes,
            flips=(flips[0], flips[1], flips[2]),
            plane=plane,
            warnings=warnings,
        )

    def to_voxels(self, array: np.ndarray) -> np.ndarray:
        """An array of the stack's shape (S, H, W), in the volume's (K, J, I) order; raises ValueError otherwise."""
        if array.shape != self.slices.shape:
            raise ValueError(f"shape {array.shape} is not the stack's {self.slices.shape}")
        return np.ascontiguousarray(_turn(array, self.flips).transpose([self.axes.index(axis) for axis in (2, 1, 0)]))

    def colours(self, colours: np.ndarray) -> np.ndarray:
        """The stack's (S, H, W, 3) of colours (K, J, I, 3) on the volume's grid, which share their memory."""
        return _turn(colours.transpose([*(2 - axis for axis in self.axes), 3]), self.flips)

    def stack_to_ijk(self, points: np.ndarray) -> np.ndarray:
        """Voxel indices (i, j, k) of stack positions (slice, row, column), both (..., 3) and continuous."""
        points = np.asarray(points, dtype=np.float64)
        ijk = np.empty_like(points)
        for n, axis in enumerate(self.axes):
            ijk[..., axis] = self.slices.shape[n] - 1 - points[..., n] if self.flips[n] else points[..., n]
        return ijk

    def ijk_to_stack(self, ijk: np.ndarray) -> np.ndarray:
        """Stack positions (slice, row, column) of voxel indices (i, j, k), both (..., 3) and continuous."""
        ijk = np.asarray(ijk, dtype=np.float64)
        points = np.empty_like(ijk)
        for n, axis in enumerate(self.axes):
            points[..., n] = self.slices.shape[n] - 1 - ijk[..., axis] if self.flips[n] else ijk[..., axis]
        return points

    def box_to_ijk(self, box: Box) -> Box:
        """The voxels ((i0, i1), (j0, j1), (k0, k1)) of a box ((s0, s1), (r0, r1), (c0, c1)), ends excluded."""
        out: list[tuple[int, int]] = [(0, 0)] * 3
        for n, axis in enumerate(self.axes):
            start, stop = int(box[n][0]), int(box[n][1])
            size = self.slices.shape[n]
            out[axis] = (size - stop, size - start) if self.flips[n] else (start, stop)
        return out[0], out[1], out[2]


def _turn(array: np.ndarray, flips: tuple[bool, ...]) -> np.ndarray:
    return array[tuple(slice(None, None, -1) if flip else slice(None) for flip in flips)]


def _nearest_axes(directions: np.ndarray, targets: np.ndarray, slice_axis: int | None) -> tuple[int, int, int]:
    """The assignment of volume axes to slices, rows and columns that turns the volume least."""
    fit = np.abs(targets @ directions)
    candidates = [p for p in permutations(range(3)) if slice_axis is None or p[0] == slice_axis]
    best = max(candidates, key=lambda p: sum(fit[n, axis] for n, axis in enumerate(p)))
    return best[0], best[1], best[2]


def _single_slice(volume: Volume) -> tuple[str, int] | None:
    """(plane, volume axis across it) when the volume is one picture, whichever its plane; else None."""
    thin = [axis for axis in range(3) if volume.voxels.shape[2 - axis] == 1]
    if len(thin) != 1:
        return None
    across = np.abs(volume.directions[:, thin[0]])
    return ("sagittal", "coronal", "axial")[int(np.argmax(across))], thin[0]
