"""A mask file beside a volume: one label of it, on the volume's own grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError
from .read import load
from .regular import straighten
from .volume import Volume
from .volume_checks import check_geometry, check_values


def read_mask(path: Path | str, label: int | None, volume: Volume) -> np.ndarray:
    """One label of a mask file (``None``: all that is not zero) as (K, J, I) bool on the volume's own grid.

    A mask of the same grid stored with flipped or exchanged axes is turned. Raises :class:`InputError` when the mask
    lies on another grid, holds values that are not labels, or is empty.
    """
    name = Path(path).name
    mask = load(path)
    check_geometry(mask)
    check_values(mask)
    values = _turned(straighten(mask, order=0), volume)
    if values is None:
        raise InputError(
            f"The mask {name} is not on the grid of the image ({_grid(mask)} against {_grid(volume)}): "
            "resample it to the image first."
        )
    if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        raise InputError(f"The mask {name} holds fractions, not labels: give a label volume.")
    present = [int(value) for value in np.unique(values) if value != 0]
    if not present:
        raise InputError(f"The mask {name} is empty: nothing in it is marked.")
    marked: np.ndarray
    if label is None:
        marked = values != 0
        return marked
    if label not in present or label == 0:
        listed = ", ".join(map(str, present[:30])) + (", ..." if len(present) > 30 else "")
        raise InputError(f"The mask {name} holds no label {label}: it holds {listed}.")
    marked = values == label
    return marked


def _grid(volume: Volume) -> str:
    spacing = " x ".join(f"{size:.3g}" for size in volume.spacing)
    origin = ", ".join(f"{value:.4g}" for value in volume.ijk_to_ras[:3, 3])
    return f"{' x '.join(map(str, volume.voxels.shape[::-1]))} voxels of {spacing} mm from {origin}"


def _turned(mask: Volume, volume: Volume) -> np.ndarray | None:
    """The mask's voxels in the volume's order, or None when the two do not lie on one grid."""
    to_volume = np.linalg.inv(volume.ijk_to_ras) @ mask.ijk_to_ras
    turn = np.rint(to_volume[:3, :3])
    if np.any(np.abs(turn).sum(axis=0) != 1) or np.any(np.abs(turn).sum(axis=1) != 1):
        return None
    axes = [int(np.argmax(np.abs(turn[axis]))) for axis in range(3)]  # of the mask, along the volume's i, j, k
    array = mask.voxels.transpose([2 - axes[axis] for axis in (2, 1, 0)])
    if array.shape != volume.voxels.shape:
        return None
    # The corners must agree, to a tenth of a voxel: that also catches a spacing that is a little off.
    ends = np.stack(np.meshgrid(*((0, n - 1) for n in mask.voxels.shape[::-1]), indexing="ij"), -1).reshape(-1, 3)
    found = ends @ to_volume[:3, :3].T + to_volume[:3, 3]
    size = np.array(volume.voxels.shape[::-1])
    flips = turn[range(3), axes] < 0
    expected = np.where(flips, size - 1 - ends[:, axes], ends[:, axes])
    if np.abs(found - expected).max() > 0.1:
        return None
    turned: np.ndarray = array[tuple(slice(None, None, -1) if flips[axis] else slice(None) for axis in (2, 1, 0))]
    return turned
