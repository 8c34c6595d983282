"""A volume as grey slices: which of them, of which part, and what is black and white."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback
from GANAnomalyLib.volume import AxialStack, Volume, read_mask, read_volume
from GANAnomalyLib.volume.volume_checks import check_ct

from .items import Item

WINDOW, LEVEL = 350.0, 50.0
"""Hounsfield units; the published preprocessing's window for the liver."""
INTENSITIES = ("auto", "window", "range")
FRAMINGS = ("full", "body")
_STORED = {"8 bit": (255.0, 127.5), "16 bit": (65535.0, 32767.5)}


@dataclass(frozen=True)
class View:
    """What of a volume's values becomes black and white.

    ``window`` and ``level`` in Hounsfield units (or the volume's own); None for 350 and 50 where they are needed.
    ``intensity``: "window", "range" for every image from its darkest to its brightest pixel, or "auto": range for
    radiographs, window for CT, as it is what was windowed before.
    """

    window: float | None = None
    level: float | None = None
    intensity: str = "auto"

    def __post_init__(self) -> None:
        if self.intensity not in INTENSITIES:
            raise InputError(f"intensity must be one of {', '.join(INTENSITIES)}, not {self.intensity!r}.")
        if self.window is not None and not 0 < self.window < 1e6:
            raise InputError(f"The window must be wider than zero, not {self.window:g}.")
        if self.level is not None and not abs(self.level) < 1e6:
            raise InputError(f"The level {self.level:g} is not one in Hounsfield units.")
        if self.intensity == "range" and (self.window is not None or self.level is not None):
            raise InputError("A window and level leave nothing to intensity range: give one of the two.")

    def limits(self, scan: Scan) -> tuple[float, float] | None:
        """(black, white) in the volume's values; None for each image's own range.

        Raises :class:`InputError` when neither the file nor the user says what the values mean.
        """
        named = self.window is not None or self.level is not None
        if self.intensity == "range" or (self.intensity == "auto" and scan.item.radiograph and not named):
            return None
        window = WINDOW if self.window is None else self.window
        level = LEVEL if self.level is None else self.level
        if not named and self.intensity == "auto":
            known = _meaning(scan)
            if known is not None:
                window, level = _STORED[known]
        return level - window / 2, level + window / 2


@dataclass(frozen=True)
class Choice:
    """Which slices of a volume count.

    ``slices`` (first, stop) from 0 at the lowest; ``z_range`` millimetres superior (RAS) that a slice's middle may
    have; ``every`` one of so many; ``mask`` a file or a folder of masks named as their volumes: only slices where at
    least ``pixels`` are marked (``label``; None for all that is not zero).
    """

    slices: tuple[int, int] | None = None
    z_range: tuple[float, float] | None = None
    every: int = 1
    mask: str | None = None
    label: int | None = None
    pixels: int = 1

    def __post_init__(self) -> None:
        if self.every < 1 or self.pixels < 1:
            raise InputError("One of every so many slices, and the pixels a mask must mark, start at 1.")
        if self.slices is not None and not 0 <= self.slices[0] < self.slices[1]:
            raise InputError("The range of slices must be a first and a larger stop, counted from 0.")
        if self.z_range is not None and not self.z_range[0] < self.z_range[1]:
            raise InputError("The range of heights must be a lower and a higher millimetre.")
        if self.mask is None and self.label is not None:
            raise InputError("A label was named without a mask: give the mask too, or leave the label out.")

    def masks(self, count: int) -> dict[str, Path] | None:
        """Mask files by case, for ``count`` volumes; None without masks."""
        from .case_names import find_files

        if self.mask is None:
            return None
        if Path(self.mask).is_file():
            if count > 1:
                raise InputError(
                    f"{Path(self.mask).name} is one mask but there are {count} volumes: give a folder of masks."
                )
            return {"": Path(self.mask)}
        return find_files(self.mask, "mask")

    def numbers(self, scan: Scan, masks: dict[str, Path] | None) -> list[int]:
        """The slices of a scan that count; raises :class:`InputError` when there are none."""
        from .training_volumes import slice_heights

        first, stop = self.slices or (0, len(scan.stack.slices))
        chosen = list(range(first, min(stop, len(scan.stack.slices))))
        if self.z_range is not None:
            heights = slice_heights(scan.volume, scan.stack)
            chosen = [number for number in chosen if self.z_range[0] <= heights[number] <= self.z_range[1]]
        if not chosen:
            raise InputError("No slice lies in the range that was asked for.")
        if masks is not None:
            marked = read_mask(_mask_of(scan.item, masks), self.label, scan.volume)
            area = AxialStack.from_volume(scan.volume.like(marked)).slices.sum(axis=(1, 2))
            chosen = [number for number in chosen if area[number] >= self.pixels]
            if not chosen:
                raise InputError("The mask marks too little in the slices that were asked for.")
        return chosen[:: self.every]


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

    def body(self, floor: float, cancel: CancelToken) -> tuple[int, int, int, int]:
        """(r0, r1, c0, c1) around the patient in all slices, within them; raises :class:`InputError` without one."""
        from GANAnomalyLib.analysis.prepare import BODY_MARGIN_MM
        from GANAnomalyLib.volume import body_box, body_mask

        body = cancellable(lambda tell: body_mask(self.stack.slices, floor), cancel)
        if not body.any():
            raise InputError("The volume shows no body in this window and level: check them.")
        r0, r1, c0, c1 = body_box(body, BODY_MARGIN_MM, self.stack.spacing_mm)
        height, width = body.shape[1:]
        return max(r0, 0), min(r1, height), max(c0, 0), min(c1, width)


def read_scan(item: Item, known: str | None, progress: ProgressCallback, cancel: CancelToken) -> Scan:
    """Read one item whole; raises :class:`InputError`."""
    volume = cancellable(lambda tell: read_volume(item.path, item.series, True, tell), cancel, progress)
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
