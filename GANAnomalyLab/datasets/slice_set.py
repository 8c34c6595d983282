"""Volumes taken apart into slices, as PNG or NIfTI; and anything that can be looked at as PNG."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import Volume

from ..images.raster import png_bytes, to_bits, with_bits
from ..images.scans import Scan, grey
from ..images.sources import PICTURES, VOLUMES, Source
from .convert_items import ItemStep, convert
from .convert_set import ItemOutput, SetJob, SetOutcome
from .dataset_options import GreyWindow, SliceSelection
from .set_writer import TYPES, SetFacts

FORMATS = ("png", "nifti")


def slice_dataset(
    source: Path | str,
    job: SetJob,
    choice: SliceSelection | None = None,
    file_format: str = "png",
    view: GreyWindow | None = None,
    bits: int = 8,
    numbered: bool = False,
) -> SetOutcome:
    """The chosen axial slices of every volume, each a file ``VOLUME/0040.png`` or ``VOLUME/0040.nii.gz``.

    Slices count from 0, inferior to superior. PNGs are windowed as ``view`` says; NIfTI slices keep the volume's values
    and place in the patient. Raises as :func:`~.convert_set.make_set`; pictures are refused.
    """
    choice, view = choice or SliceSelection(), view or GreyWindow()
    if file_format not in FORMATS or bits not in (8, 16):
        raise InputError(f"The format must be one of {', '.join(FORMATS)}, with 8 or 16 bits.")
    masks: list[dict[str, Path] | None] = []

    def check(found: Source) -> None:
        found.need(VOLUMES, "they are slices already")
        masks.append(choice.masks(len(found.items)))

    def work(step: ItemStep) -> ItemOutput:
        scan = step.scan()
        limits = view.limits(scan) if file_format == "png" else None
        done = ItemOutput(warnings=scan.warnings)
        for index in choice.numbers(scan, masks[0]):
            job.cancel.check()
            if file_format == "nifti":
                dtype = TYPES.get(scan.known or "")
                done.products.append(step.product(f"/{index:04d}.nii.gz", slice_volume(scan, index), dtype, index))
                continue
            picture = _png(scan.stack.slices[index], limits, bits, step.sink.compression)
            if picture is None:
                done.skipped += 1
            else:
                done.products.append(step.product(f"/{index:04d}.png", picture, number=index))
        return done

    def facts(found: Source) -> SetFacts:
        settings = {"format": file_format, **dataclasses.asdict(choice)}
        settings.pop("mask")
        if file_format == "nifti":
            return SetFacts("slice", settings, found.intensity)
        return SetFacts("slice", {**settings, **dataclasses.asdict(view), "bits": bits}, f"{bits} bit")

    return convert(source, job, work, facts, "Slicing volumes", numbered, check)


def png_dataset(
    source: Path | str, job: SetJob, view: GreyWindow | None = None, bits: int | None = None, numbered: bool = False
) -> SetOutcome:
    """Every image as PNG: pictures of other kinds, slices and radiographs as ``NAME.png``, volumes ``NAME/0040.png``.

    ``bits`` None keeps a picture's depth and takes 8 for the rest. Raises as :func:`~.convert_set.make_set`.
    """
    view = view or GreyWindow()
    if bits not in (None, 8, 16):
        raise InputError(f"bits must be 8 or 16, not {bits}.")

    def work(step: ItemStep) -> ItemOutput:
        if step.source.kind == PICTURES:
            pixels = step.pixels()
            if bits is not None and pixels.ndim == 2:
                pixels = with_bits(pixels, bits)
            return ItemOutput([step.product(".png", png_bytes(pixels, step.sink.compression))])
        scan = step.scan()
        done = ItemOutput(warnings=scan.warnings)
        limits = view.limits(scan)
        single = len(scan.stack.slices) == 1
        for index, plane in enumerate(scan.stack.slices):
            job.cancel.check()
            picture = _png(plane, limits, bits or 8, step.sink.compression)
            if picture is None:
                done.skipped += 1
            else:
                done.products.append(step.product(".png" if single else f"/{index:04d}.png", picture, number=index))
        return done

    def facts(found: Source) -> SetFacts:
        intensity = None if bits is None and found.kind == PICTURES else f"{bits or 8} bit"
        return SetFacts("to-png", {**dataclasses.asdict(view), "bits": bits}, intensity)

    return convert(source, job, work, facts, "Writing PNGs", numbered)


def slice_volume(scan: Scan, index: int) -> Volume:
    """One slice of a scan as a volume of its own, at its place in the patient; its voxels are copied."""
    stack, volume = scan.stack, scan.volume
    axis = stack.axes[0]
    at = len(stack.slices) - 1 - index if stack.flips[0] else index
    voxels = np.take(volume.voxels, [at], axis=2 - axis)
    matrix = volume.ijk_to_ras.copy()
    matrix[:3, 3] += matrix[:3, axis] * at
    return Volume(voxels, matrix, volume.modality)


def _png(plane: np.ndarray, limits: tuple[float, float] | None, bits: int, compression: int) -> bytes | None:
    values = grey(plane, limits)
    return None if values is None else png_bytes(to_bits(values, bits), compression)
