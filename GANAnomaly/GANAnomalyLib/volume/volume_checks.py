"""What a volume must be before it is analysed: one sentence for each fault."""

from __future__ import annotations

import numpy as np

from ..errors import InputError, option
from .volume import Volume

_ANYWAY = f"allow any image ({option('allow_any')}) to go on"
SHIFTED = (
    "The values look shifted by 1024 (air near 0, water near 1024), not yet Hounsfield units: the rescale intercept "
    f"was not applied. Add it with {option('hu_offset', -1024)}"
)


class NotCTError(InputError):
    """The image is sound, and its modality or its values are not a CT's in Hounsfield units."""


class ShiftedValues(NotCTError):
    """The values are those of a CT whose rescale intercept was not applied."""

    code = "shifted_values"


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
        raise InputError.of("The volume is {axes}-D: give a single 3-D volume.", axes=len(shape))
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
            raise InputError.of(
                "{count} voxels within the image are not finite numbers (NaN or infinity): replace them, for example "
                "by -1024, first.",
                count=count,
            )


def check_ct(volume: Volume) -> None:
    """Refuse what its modality or its values show not to be a CT in Hounsfield units, by :class:`NotCTError`."""
    if volume.meta.get("kind") == "picture":
        raise NotCTError(f"A picture is not a CT in Hounsfield units: {_ANYWAY}.")
    if volume.modality not in ("", "CT"):
        raise NotCTError.of(
            f"The image is not a CT: its modality is {{modality}}. Give a CT, or {_ANYWAY}.", modality=volume.modality
        )
    if looks_shifted(volume):
        raise ShiftedValues(f"{SHIFTED} (unless this is an MR), or {_ANYWAY}.")
    low, high = float(volume.voxels.min()), float(volume.voxels.max())
    # Every CT holds air or fat; images that were windowed, normalised or never calibrated have nothing below zero
    # or fit into a few units. (A lone slice of nothing but air is a CT all the same.)
    dark = np.count_nonzero(volume.voxels < -20) / volume.voxels.size
    if low >= 0 or (high - low < 50 and low > -200) or (dark < 0.001 and volume.modality != "CT"):
        raise NotCTError.of(
            "The values ({low:g} to {high:g}) do not look like Hounsfield units, where air is about -1000: "
            f"give the CT itself, or {_ANYWAY}.",
            low=low,
            high=high,
        )
    middle = float(np.median(volume.voxels[:: max(1, len(volume.voxels) // 64)]))
    if not -3100 <= middle <= 3100:
        raise NotCTError.of(
            f"The values (median {{middle:g}}) do not look like Hounsfield units: give the CT itself, or {_ANYWAY}.",
            middle=middle,
        )


def is_ct(volume: Volume) -> bool:
    """Whether a volume is a CT in Hounsfield units, by its modality and its values."""
    try:
        check_ct(volume)
    except InputError:
        return False
    return True


def looks_shifted(volume: Volume) -> bool:
    """Whether a volume looks like a CT stored without its rescale intercept: soft tissue about 1024, no fat.

    Values up to -1000 are not looked at: there they are padding, and in a true CT there is much else below zero. Of
    what is known to be a CT it is enough that most lies above 500: no crop is more than half compact bone.
    """
    voxels = volume.voxels
    sample = voxels[:: max(1, len(voxels) // 64)]
    rest = sample[sample > -1000]
    body = rest[rest > 500]
    if body.size < 0.02 * sample.size or np.count_nonzero(rest < -50) >= 0.001 * rest.size:
        return False
    # An inverted or rectified image is bright around the patient.
    edge = np.concatenate([sample[:, [0, -1]].ravel(), sample[:, :, [0, -1]].ravel()])
    if np.mean(edge > 500) > body.size / rest.size + 0.1:
        return False
    near = np.count_nonzero(np.abs(body - np.float32(1024)) < 150)
    return bool(near >= 0.5 * body.size) or (volume.modality == "CT" and body.size >= 0.5 * rest.size)
