"""MIDRC-style preprocessing: every frame of every DICOM image below a folder as an 8-bit picture of one size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import locked
from GANAnomalyLib.running.background import cancellable

from ..images.dicom_films import film_files, film_frames, name_below, open_film
from ..images.people import PatientCodes
from ..images.raster import FILTERS, TRANSFORMS, Fit, check_size, png_bytes, to_bits
from ..images.scans import grey
from .convert_set import ItemOutput, SetJob, SetOutcome, make_set
from .set_writer import OutputFile, SetFacts, open_set_writer, published_name

SIDE = 512


@locked("job.out", "gananomaly dataset")
def midrc_dataset(
    source: Path | str,
    job: SetJob,
    size: tuple[int, int] = (SIDE, SIDE),
    transform: str = "stretch",
    resample: str = "bilinear",
) -> SetOutcome:
    """Every DICOM image as ``00000/img00000000.png`` and so on: its own range 0 to 255, ``size`` (height, width).

    Films stored inverted (MONOCHROME1) are turned to bright means much; padding counts as black and not for the range;
    frames of multi-frame files become pictures of their own; images of one value ("black") are skipped and counted.
    Which pictures are of one patient stands in dataset.json as numbers. Raises as :func:`~.convert_set.make_set`.
    """
    check_size(size)
    for name, value, choices in (("transform", transform, TRANSFORMS), ("filter", resample, FILTERS)):
        if value not in choices:
            raise InputError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    job.check()
    source = Path(source)
    files = cancellable(lambda tell: list(film_files(source)), job.cancel)
    if not files:
        raise InputError(f"{source} holds no DICOM files: choose another folder.")
    people = PatientCodes("\n".join(name_below(file, source) for file in files))
    sink = open_set_writer(job.out, job.force, source)

    def work(file: Path, number: int) -> ItemOutput:
        done = ItemOutput()
        dataset = open_film(file)
        code = people.code(dataset)
        for frame, pixels in enumerate(film_frames(dataset, file.name)):
            job.cancel.check()
            levels = grey_levels(dataset, pixels)
            if levels is None:
                done.skipped += 1
                continue
            fitted = to_bits(Fit.plan(levels.shape, size, transform).apply(levels, resample), 8)
            name = published_name(len(sink.names) + len(done.products))
            done.products.append(OutputFile(name, png_bytes(fitted, sink.compression), patient=code, slice=frame))
        return done

    settings = {"width": size[1], "height": size[0], "transform": transform, "filter": resample}
    outcome = make_set(
        files,
        work,
        sink,
        job,
        lambda: SetFacts("midrc", settings, "8 bit"),
        "Writing pictures",
        lambda number: f"DICOM file {number}",
        lambda file: name_below(file, source),
    )
    outcome.notes += people.notes()
    outcome.extra = {"width": size[1], "height": size[0], "patients": people.count}
    return outcome


def grey_levels(dataset: Any, pixels: np.ndarray) -> np.ndarray | None:
    """(H, W) float32 from 0 to 1 of one frame's stored values, bright means much; None when all are one value."""
    padding = dataset.get("PixelPaddingValue")
    outside = pixels == int(padding) if isinstance(padding, int) else np.zeros(pixels.shape, bool)
    inside = pixels[~outside]
    if inside.size == 0 or inside.min() == inside.max():
        return None
    levels = grey(pixels, (float(inside.min()), float(inside.max())))
    assert levels is not None
    slope = dataset.get("RescaleSlope")
    if (dataset.get("PhotometricInterpretation") == "MONOCHROME1") != (slope is not None and float(slope) < 0):
        levels = 1 - levels
    levels[outside] = 0
    return levels
