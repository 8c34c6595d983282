"""A volume as grey slices: what its values mean, and where the patient is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback
from GANAnomalyLib.volume import AxialStack, Volume, read_mask, read_volume
from GANAnomalyLib.volume.volume_checks import ShiftedValues, check_ct

from .image_items import Item
from .training_volumes import slice_heights


@dataclass(frozen=True)
class Scan:
    """A volume that was read, and its slices in the patient's order. ``known``: what its set says of its values."""

    item: Item
    volume: Volume
    stack: AxialStack
    known: str | None

    @property
    def warnings(self) -> list[str]:
        """Sentences about what had to be done to it."""
        return [*self.volume.warnings, *self.stack.warnings]

    def grey_levels(self) -> str | None:
        """Which stored grey levels the values are ("8 bit"), None for Hounsfield units; raises :class:`InputError`."""
        return _meaning(self)

    def heights(self) -> np.ndarray:
        """(slices,) millimetres superior of each slice's middle."""
        return slice_heights(self.volume, self.stack)

    def marked_pixels(self, masks: dict[str, Path], label: int | None) -> np.ndarray:
        """(slices,) how many pixels its mask marks; raises :class:`InputError` where it has none."""
        marked = read_mask(_mask_of(self.item, masks), label, self.volume)
        return AxialStack.from_volume(self.volume.like(marked)).slices.sum(axis=(1, 2))

    def body(self, floor: float, cancel: CancelToken) -> tuple[int, int, int, int]:
        """(r0, r1, c0, c1) around the patient in all slices, within them; raises :class:`InputError` without one."""
        from GANAnomalyLib.volume import find_body

        body = cancellable(lambda tell: find_body(self.stack.slices, floor, self.stack.spacing_mm), cancel)
        if not body.held().any():
            raise InputError("The volume shows no body in this window and level: check them.")
        r0, r1, c0, c1 = body.boxes(each=False)[0]
        height, width = body.mask.shape[1:]
        return max(r0, 0), min(r1, height), max(c0, 0), min(c1, width)


def read_scan(
    item: Item,
    known: str | None,
    progress: ProgressCallback,
    cancel: CancelToken,
    hu_offset: float | None = None,
) -> Scan:
    """Read one item whole, ``hu_offset`` added to what is no radiograph; raises :class:`InputError`."""
    offset = None if item.radiograph else hu_offset
    volume = cancellable(lambda tell: read_volume(item.path, item.series, True, tell, offset), cancel, progress)
    return Scan(item, volume, AxialStack.from_volume(volume), known)


def grey(plane: np.ndarray, limits: tuple[float, float] | None) -> np.ndarray | None:
    """(H, W) float32 in 0..1 of one slice; None for an image of one value when its own range counts."""
    low, high = (float(plane.min()), float(plane.max())) if limits is None else limits
    if low == high:
        return None
    return np.clip((plane.astype(np.float32) - np.float32(low)) / np.float32(high - low), 0.0, 1.0)


def _meaning(scan: Scan) -> str | None:
    """Which stored grey levels the values are, None for Hounsfield units; raises :class:`InputError`."""
    if scan.known is not None:
        return None if scan.known == "HU" else scan.known
    try:
        check_ct(scan.volume)
        return None
    except ShiftedValues:
        raise
    except InputError:
        pass
    if scan.volume.modality == "CT":
        return None  # says so itself, whatever part of the patient it shows
    low, high = float(scan.volume.voxels.min()), float(scan.volume.voxels.max())
    # Whole numbers from 0 to 255 might be grey levels, or the labels of a mask: nobody shall train on those unasked.
    raise InputError(
        f"The values ({low:g} to {high:g}) are no Hounsfield units: say what is black and white with --window and "
        "--level (255 and 127.5 for grey levels of 8 bits), or --intensity range."
    )


def _mask_of(item: Item, masks: dict[str, Path]) -> Path:
    from .case_names import case_name

    for name in ("", case_name(item.path.name), item.path.resolve().parent.name):
        if name in masks:
            return masks[name]
    raise InputError("There is no mask of its name: add it, or slice without masks.")
