"""Small volumes, pictures and radiographs to prepare."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from analysis.small import torso_crop
from datasets.made import png

from GANAnomalyLab.images import ImageSet, ImageSource, open_images
from GANAnomalyLib import write_volume

SIDE = 16


def grey(seed: int = 0, size: tuple[int, int] = (SIDE, SIDE), dtype: str = "uint8") -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, size, dtype=dtype, endpoint=True)


def write_pictures(folder: Path, names: list[str] | int = 6, **options) -> Path:
    """A folder of grey noise, each picture its own."""
    if isinstance(names, int):
        names = [f"picture{number:02d}.png" for number in range(names)]
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(grey(number, **options)))
    return folder


def write_cts(folder: Path, counts: dict[str, int]) -> Path:
    """Crops of the bundled CT by file name, with so many slices; each from another height."""
    first = 40
    for name, count in counts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_volume(torso_crop(first, count), folder / name)
        first += count
    return folder


def opened(path: Path, store: Path, said: list[str] | None = None, **settings) -> ImageSet:
    """The images of a path at 16 pixels."""
    source = ImageSource(str(path), **{"resolution": SIDE, **settings})
    return open_images(source, store, say=(said if said is not None else []).append)


def numbered(count: int = 10, side: int = 4, **facts) -> ImageSet:
    """A set in memory whose images tell their number: pixel (0, 0) is ten times it, the others their own."""
    images = np.zeros((count, 1, side, side), np.uint8)
    images[:, 0, 0, 0] = 10 * np.arange(count)
    images[:, 0, 1, :] = np.arange(side) + 100
    return ImageSet.from_array(images, **facts)


def radiograph(path: Path, pixels: np.ndarray, patient: str = "P1", series: str = "2.25.1", **tags) -> Path:
    """A DICOM radiograph (J, I) of 12 bits."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

    path.parent.mkdir(parents=True, exist_ok=True)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = f"{series}.{abs(hash(path.name)) % 10**9}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    data.Modality, data.PatientID, data.SeriesInstanceUID = "DX", patient, series
    data.Rows, data.Columns = pixels.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.PixelData = np.ascontiguousarray(pixels, "<u2").tobytes()
    for name, value in tags.items():
        setattr(data, name, value)
    data.save_as(path, enforce_file_format=True)
    return path
