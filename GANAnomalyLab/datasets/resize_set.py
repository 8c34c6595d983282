"""Pictures, or volumes in the plane of their slices, at another size."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import AxialStack, Volume

from ..images.raster import FILTERS, TRANSFORMS, Fit, check_size, png_bytes
from ..images.sources import PICTURES, Source
from .convert_items import ItemStep, convert
from .convert_set import ItemOutput, SetJob, SetOutcome
from .set_writer import TYPES, SetFacts


def resize_dataset(
    source: Path | str,
    job: SetJob,
    width: int,
    height: int,
    transform: str = "stretch",
    resample: str | None = None,
    numbered: bool = False,
) -> SetOutcome:
    """The same set with ``width`` x ``height`` pixels: pictures as PNGs, volumes as NIfTI.

    ``resample`` None takes "lanczos" for pictures and "bilinear" for volumes, which does not ring beside metal (all of
    them average when shrinking). Volumes keep their place: pixel spacing follows, padding is their darkest value.
    Raises as :func:`~.convert_set.make_set`.
    """
    check_size((height, width))
    for name, value, choices in (("transform", transform, TRANSFORMS), ("filter", resample, (None, *FILTERS))):
        if value not in choices:
            raise InputError(f"{name} must be one of {', '.join(c for c in choices if c)}, not {value!r}.")

    def how(found: Source) -> str:
        return resample or ("lanczos" if found.kind == PICTURES else "bilinear")

    def work(step: ItemStep) -> ItemOutput:
        if step.source.kind == PICTURES:
            pixels = step.pixels()
            fitted = Fit.plan(pixels.shape, (height, width), transform).apply(pixels, how(step.source))
            return ItemOutput([step.product(".png", png_bytes(fitted, step.sink.compression))])
        scan = step.scan()
        volume = resize_volume(scan.volume, (height, width), transform, how(step.source), scan.stack)
        # Values that were windowed stay of the type that says so.
        return ItemOutput([step.product(".nii.gz", volume, TYPES.get(scan.known or ""))], warnings=scan.warnings)

    def facts(found: Source) -> SetFacts:
        settings = {"width": width, "height": height, "transform": transform, "filter": how(found)}
        return SetFacts("resize", settings, found.intensity)

    return convert(source, job, work, facts, "Resizing", numbered)


def resize_volume(
    volume: Volume, size: tuple[int, int], transform: str, how: str, stack: AxialStack | None = None
) -> Volume:
    """A volume whose axial slices have ``size`` (height, width), at the same place in the patient.

    Slices run inferior to superior and rows anterior to posterior in it. "pad" and "center-crop" keep millimetres.
    """
    stack = stack or AxialStack.from_volume(volume)
    fit = Fit.plan(stack.slices.shape[1:], size, transform, stack.spacing_mm[1:])
    fill = float(volume.voxels.min())
    voxels = np.stack([fit.apply(plane, how, fill) for plane in stack.slices])
    (row_scale, row_offset), (column_scale, column_offset) = fit.old_place()
    # New (column, row, slice) indices to the stack's (slice, row, column), and on to the patient.
    corners = np.array(
        [
            (0, row_offset, column_offset),
            (0, row_offset, column_offset + column_scale),
            (0, row_offset + row_scale, column_offset),
            (1, row_offset, column_offset),
        ]
    )
    points = volume.ras(stack.stack_to_ijk(corners))
    matrix = np.eye(4)
    matrix[:3, 3] = points[0]
    matrix[:3, :3] = (points[1:] - points[0]).T
    return Volume(voxels, matrix, volume.modality, list(volume.warnings), dict(volume.meta))
