"""Radiographs as DICOM files: found, opened with distrust, and their pixels as they are meant to be seen."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.quiet import quiet
from GANAnomalyLib.volume.formats.dicom_series import ENDINGS

from .scans import grey

_MOST_PIXELS = 1 << 28
_PREAMBLE = 128


def film_files(source: Path) -> Iterator[Path]:
    """Every DICOM file at or below a path, in the order of names; raises :class:`InputError` where nothing is there."""
    if not source.exists():
        raise InputError(f"{source} does not exist: check the path.")
    if source.is_file():
        yield source
        return
    for root, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(root) / name
            if not name.startswith(".") and name.upper() != "DICOMDIR" and is_dicom(file):
                yield file


def name_below(file: Path, source: Path) -> str:
    """A file's path below the source, with slashes."""
    return file.relative_to(source).as_posix() if source.is_dir() else file.name


def is_dicom(file: Path) -> bool:
    """Whether a file is DICOM, by its ending or its first bytes."""
    if file.suffix.lower() in ENDINGS:
        return file.is_file()
    try:
        if not file.is_file():
            return False
        with open(file, "rb") as stream:
            return stream.read(_PREAMBLE + 4)[_PREAMBLE:] == b"DICM"
    except OSError:
        return False


def open_film(file: Path, pixels: bool = True) -> Any:
    """A file's dataset, of one grey channel; without ``pixels`` its header alone.

    Raises :class:`InputError` when it is damaged, in colour, too large, or holds no image.
    """
    import pydicom

    try:
        with quiet():
            dataset = pydicom.dcmread(file, force=file.suffix.lower() in ENDINGS, stop_before_pixels=not pixels)
            rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
            samples = int(dataset.get("SamplesPerPixel") or 1)
            if "TransferSyntaxUID" not in dataset.file_meta:
                # Without a file header the standard's default holds (PS3.5 10.1).
                dataset.file_meta.TransferSyntaxUID = (
                    pydicom.uid.ImplicitVRLittleEndian
                    if dataset.original_encoding[0]
                    else pydicom.uid.ExplicitVRLittleEndian
                )
    except Exception as error:  # a damaged file may fail anywhere inside the parser
        raise InputError(f"{file.name} is damaged or cut short: export it again.", repr(error)) from error
    if not rows or not columns or (pixels and "PixelData" not in dataset):
        raise InputError(f"{file.name} is cut short or holds no image: export it again.")
    if samples != 1:
        raise InputError(f"{file.name} is a colour (RGB) image, such as a screenshot: give the original image.")
    if rows * columns > _MOST_PIXELS:
        raise InputError(f"{file.name} says it has {columns} x {rows} pixels, too many to read.")
    return dataset


def film_frames(dataset: Any, name: str) -> Iterator[np.ndarray]:
    """The stored values of each frame, (J, I); raises :class:`InputError` for what cannot be unpacked."""
    from pydicom.pixels import iter_pixels

    try:
        with quiet():
            yield from iter_pixels(dataset)
    except Exception as error:  # decoders fail in as many ways as there are decoders
        raise InputError(
            f"{name} is damaged, or compressed in a way that cannot be unpacked here: export it uncompressed.",
            repr(error),
        ) from error


def shown_levels(dataset: Any, pixels: np.ndarray, name: str) -> np.ndarray | None:
    """(J, I) float32 from 0 to 1 of one frame's stored values as a viewer shows it; None when all are one value.

    Rescaled, then through the file's first VOI table or window, or else over its own range, as an analysis takes it;
    MONOCHROME1 is turned to bright means much, padding is black and not of the range. PS3.3 C.11.1, C.11.2. Raises
    :class:`InputError` for a damaged table or window.
    """
    from pydicom.pixels.processing import apply_modality_lut, apply_voi

    padding = dataset.get("PixelPaddingValue")
    outside = pixels == int(padding) if isinstance(padding, int) else np.zeros(pixels.shape, bool)
    if outside.all() or np.ptp(pixels[~outside]) == 0:
        return None
    try:
        with quiet():
            values = np.asarray(apply_modality_lut(pixels, dataset), np.float64)
            table = dataset.get("VOILUTSequence")
            if table:
                whole = np.rint(values).astype(np.int64)
                levels = apply_voi(whole, dataset).astype(np.float64) / ((1 << int(table[0].LUTDescriptor[2])) - 1)
            else:
                levels = _windowed(dataset, values, outside)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # what a file says of its values may be anything
        raise InputError(
            f"{name} holds a damaged rescale value, window or table of grey levels.", repr(error)
        ) from error
    if not np.isfinite(levels).all():
        raise InputError(f"{name} holds a window or rescale value that is no number.")
    levels = np.clip(levels, 0, 1)
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1":
        levels = 1 - levels
    levels[outside] = 0
    return levels.astype(np.float32)


def _windowed(dataset: Any, values: np.ndarray, outside: np.ndarray) -> np.ndarray:
    centre, width = (_first(dataset.get(tag)) for tag in ("WindowCenter", "WindowWidth"))
    form = str(dataset.get("VOILUTFunction") or "LINEAR")
    if centre is None or width is None or width <= 0 or (form == "LINEAR" and width <= 1):
        inside = values[~outside]
        levels = grey(values, (float(inside.min()), float(inside.max())))
        return np.zeros_like(values) if levels is None else levels.astype(np.float64)
    if form == "SIGMOID":
        return 1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -500, 500)))
    if form == "LINEAR_EXACT":
        return (values - centre) / width + 0.5
    return (values - (centre - 0.5)) / (width - 1) + 0.5


def _first(value: Any) -> float | None:
    if value is None or value == "":
        return None
    number = float(value[0] if hasattr(value, "__len__") and not isinstance(value, str) else value)
    return number if math.isfinite(number) else None
