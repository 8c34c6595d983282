"""Volumes windowed: Hounsfield units to grey levels of 8 or 16 bits, still volumes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError

from ..images.raster import to_bits
from ..images.scans import grey
from ..images.sources import VOLUMES, Source
from .convert_items import ItemStep, convert
from .convert_set import ItemOutput, SetJob, SetOutcome
from .dataset_options import GreyWindow
from .set_writer import SetFacts


def window_dataset(
    source: Path | str, job: SetJob, view: GreyWindow | None = None, bits: int = 8, numbered: bool = False
) -> SetOutcome:
    """Every volume as NIfTI of 0 to 2^``bits`` - 1 on its own grid; the window's floor is 0.

    Raises as :func:`~.convert_set.make_set`; pictures are refused.
    """
    view = view or GreyWindow()
    if bits not in (8, 16):
        raise InputError(f"bits must be 8 or 16, not {bits}.")
    if view.intensity == "range":
        raise InputError(
            "A volume is windowed by --window and --level; range is for pictures (gananomaly dataset to-png)."
        )

    def work(step: ItemStep) -> ItemOutput:
        scan = step.scan()
        limits = view.limits(scan)
        if limits is None:  # a radiograph, whose own range is its window
            limits = float(scan.volume.voxels.min()), float(scan.volume.voxels.max())
        levels = np.empty(scan.volume.voxels.shape, dtype=f"uint{bits}")
        for number, plane in enumerate(scan.volume.voxels):
            job.cancel.check()
            values = grey(plane, limits)
            if values is None:
                raise InputError("The image has one value only: there is nothing to see in it.")
            levels[number] = to_bits(values, bits)
        product = step.product(".nii.gz", scan.volume.like(levels), f"uint{bits}")
        return ItemOutput([product], warnings=scan.warnings)

    def check(found: Source) -> None:
        found.need(VOLUMES, "a window is for volumes")

    def facts(found: Source) -> SetFacts:
        return SetFacts("window", {**dataclasses.asdict(view), "bits": bits}, f"{bits} bit")

    return convert(source, job, work, facts, "Windowing volumes", numbered, check)
