"""DICOM files and what stands in for a full disk, for the tests of this room."""

from __future__ import annotations

import errno
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def write_dicom(tmp_path: Path) -> Callable[..., Path]:
    """Write one DICOM radiograph: ``pixels`` (J, I) or frames (N, J, I) uint16; returns its path."""

    def write(name: str, pixels: np.ndarray, **tags: object) -> Path:
        from pydicom.dataset import FileDataset, FileMetaDataset
        from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
        meta.MediaStorageSOPInstanceUID = f"2.25.9.{abs(hash(name)) % 10**9}"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
        dataset.SeriesInstanceUID, dataset.StudyInstanceUID, dataset.Modality = "2.25.8", "2.25.5", "DX"
        dataset.PatientName, dataset.PatientID = "Nobody^Test", "SECRET-77"
        dataset.Rows, dataset.Columns = pixels.shape[-2:]
        if pixels.ndim == 3:
            dataset.NumberOfFrames = len(pixels)
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
        dataset.PixelData = np.ascontiguousarray(pixels, dtype="<u2").tobytes()
        for tag, value in tags.items():
            setattr(dataset, tag, value)
        dataset.save_as(path, enforce_file_format=True)
        return path

    return write


@pytest.fixture
def full_disk(monkeypatch) -> Callable[[int], None]:
    """``full_disk(files)``: after so many files into folders or zips, the disk is full."""

    def fill(files: int) -> None:
        left = [files]

        def refuse(original):
            def call(*arguments, **options):
                if left[0] == 0:
                    raise OSError(errno.ENOSPC, "No space left on device")
                left[0] -= 1
                return original(*arguments, **options)

            return call

        monkeypatch.setattr(Path, "write_bytes", refuse(Path.write_bytes))
        monkeypatch.setattr(zipfile.ZipFile, "writestr", refuse(zipfile.ZipFile.writestr))

    return fill
