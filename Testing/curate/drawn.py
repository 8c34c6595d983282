"""Drawn chests: alike, and none the same; and what may be wrong with one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image, ImageDraw, ImageFilter


def chest(seed: int, side: int = 256) -> np.ndarray:
    """(side, side) uint8: a bright body with two dark lungs and a spine on black."""
    draws = np.random.default_rng(seed)
    rows, columns = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    shift, wide = draws.normal(0, 0.03, 2), draws.normal(1, 0.04)
    x, y = (columns - shift[0]) / wide, rows - shift[1]

    def within(cx: float, cy: float, a: float, b: float) -> np.ndarray:
        return 1 / (1 + np.exp(np.minimum(18 * (((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 - 1), 60)))

    image = (
        0.75 * within(0, 0.2, 0.85, 1.15) - 0.5 * within(-0.4, -0.05, 0.27, 0.55) - 0.5 * within(0.4, -0.05, 0.27, 0.55)
    )
    image += 0.12 * within(0, 0.1, 0.08, 1.0) + 0.2 * within(0.12, 0.25, 0.25, 0.22)
    image += 0.02 * np.sin(14 * y + 3 * x**2)
    image += draws.normal(0, 0.008, image.shape)
    return np.clip(image * 255, 0, 250).astype(np.uint8)


def _lettered(pixels: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(pixels)
    ImageDraw.Draw(picture).text((8, 8), "PATIENT 4711 SUPINE\nAP 14:22 PORTABLE", fill=255)
    return np.asarray(picture)


def _framed(pixels: np.ndarray) -> np.ndarray:
    out = np.zeros_like(pixels)
    tall, wide = pixels.shape
    out[tall // 4 : -tall // 4, wide // 4 : -wide // 4] = pixels[::2, ::2]
    return out


DEFECTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "blank": lambda pixels: np.full_like(pixels, 40),
    "flat": lambda pixels: (pixels // 10 + 110).astype(np.uint8),
    "dark": lambda pixels: (pixels // 16).astype(np.uint8),
    "overexposed": lambda pixels: np.clip(pixels.astype(int) * 3, 0, 255).astype(np.uint8),
    "blurred": lambda pixels: np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(6))),
    "noisy": lambda pixels: np.clip(pixels + np.random.default_rng(1).normal(0, 40, pixels.shape), 0, 250).astype(
        np.uint8
    ),
    "inverted": lambda pixels: (250 - pixels).astype(np.uint8),
    "cropped": _framed,
    "turned": lambda pixels: np.ascontiguousarray(np.rot90(pixels)),
    "text": _lettered,
    "odd_shape": lambda pixels: np.ascontiguousarray(pixels[:, 90:-90]),
}
"""By the check that is to flag each."""


def write_chests(folder: Path, count: int, side: int = 128, first: int = 0) -> list[Path]:
    """So many pictures, ``chest_0000.png`` and on."""
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for number in range(first, first + count):
        out.append(folder / f"chest_{number:04d}.png")
        Image.fromarray(chest(number, side)).save(out[-1])
    return out


def dicom(path: Path, modality: str, rows: int = 8, columns: int = 8) -> None:
    """An image of 8 x 8 pixels, whatever its header says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = pydicom.Dataset()
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = pydicom.uid.generate_uid()
    data.Modality, data.Rows, data.Columns, data.SamplesPerPixel = modality, rows, columns, 1
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation, data.PhotometricInterpretation = 15, 0, "MONOCHROME2"
    data.PixelData = np.arange(64, dtype=np.uint16).tobytes()
    data.save_as(path, enforce_file_format=True)
