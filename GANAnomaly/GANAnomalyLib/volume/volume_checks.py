"""What a volume must be before it is analysed, and what a mask must be beside it: one sentence for each fault."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError
from .volume import Volume

_ANYWAY = "allow any image (--allow-any) to go on"


def check_input(volume: Volume, allow_any: bool = False) -> None:
    """Raise :class:`InputError` unless the volume is a sound CT or, with ``allow_any``, a sound scalar image."""
    check_geometry(volume)
    check_values(volume)
    if not allow_any:
        check_ct(volume)


def check_geometry(volume: Volume) -> None:
    """Refuse what is not 3-D and scalar, empty images, zero spacing and singular directions."""
    shape = volume.voxels.shape
    if len(shape) == 4 and shape[-1] in (3, 4):
        raise InputError("The volume is in colour (RGB): give one with a single grey channel.")
    if len(shape) != 3:
        raise InputError(f"The volume is {len(shape)}-D: give a single 3-D volume.")
    if volume.voxels.size == 0:
        raise InputError("The volume holds no voxels: export it again.")
    matrix = volume.ijk_to_ras
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
        raise InputError(
            "The position of the volume in the patient holds values that are not numbers: export it again."
        )
    if min(volume.spacing) < 1e-6:
        raise InputError("The volume has a voxel spacing of zero: correct its header or export it again.")
    if abs(np.linalg.det(volume.directions)) < 1e-3:
        raise InputError(
            "The volume's axes do not span space (singular direction matrix): correct its header or export it again."
        )


def check_values(volume: Volume) -> None:
    """Refuse values that are not finite numbers."""
    voxels = volume.voxels
    if voxels.dtype.kind not in "iufb":
        raise InputError("The volume is in colour (RGB) or complex: give one with a single grey channel.")
    if voxels.dtype.kind == "f":
        count = sum(int(np.size(plane) - np.isfinite(plane).sum()) for plane in voxels)
        if count:
            raise InputError(
                f"{count} voxels are not finite numbers (NaN or infinity): replace them, for example by -1024, first."
            )


def check_ct(volume: Volume) -> None:
    """Refuse what its modality or its values show not to be a CT in Hounsfield units."""
    if volume.meta.get("kind") == "picture":
        raise InputError(f"A picture is not a CT in Hounsfield units: {_ANYWAY}.")
    if volume.modality not in ("", "CT"):
        raise InputError(f"The image is not a CT: its modality is {volume.modality}. Give a CT, or {_ANYWAY}.")
    low, high = float(volume.voxels.min()), float(volume.voxels.max())
    # Every CT holds air or fat; images that were windowed, normalised or never calibrated have nothing below zero
    # or fit into a few units. (A lone slice of nothing but air is a CT all the same.)
    dark = np.count_nonzero(volume.voxels < -20) / volume.voxels.size
    if low >= 0 or (high - low < 50 and low > -200) or (dark < 0.001 and volume.modality != "CT"):
        raise InputError(
            f"The values ({low:g} to {high:g}) do not look like Hounsfield units, where air is about -1000: "
            f"give the CT itself, or {_ANYWAY}."
        )
    middle = float(np.median(volume.voxels[:: max(1, len(volume.voxels) // 64)]))
    if not -3100 <= middle <= 3100:
        raise InputError(
            f"The values (median {middle:g}) do not look like Hounsfield units: give the CT itself, or {_ANYWAY}."
        )


def read_mask(path: Path | str, label: int | None, volume: Volume) -> np.ndarray:
    """One label of a mask file (``None``: all that is not zero) as (K, J, I) bool on the volume's own grid.

    A mask of the same grid stored with flipped or exchanged axes is turned. Raises :class:`InputError` when the mask
    lies on another grid, holds values that are not labels, or is empty.
    """
    from .read import load
    from .regular import straighten

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
    if label is None:
        return values != 0
    if label not in present or label == 0:
        listed = ", ".join(map(str, present[:30])) + (", ..." if len(present) > 30 else "")
        raise InputError(f"The mask {name} holds no label {label}: it holds {listed}.")
    return values == label


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
    return array[tuple(slice(None, None, -1) if flips[axis] else slice(None) for axis in (2, 1, 0))]
