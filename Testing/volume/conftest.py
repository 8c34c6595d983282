"""Small real CTs and a maker of DICOM series, shared by the tests of this room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataelem import DataElement
from volume.phantoms import hu, oblique_matrix

from GANAnomalyLib.volume import Volume

ROOT = Path(__file__).parents[2]
DATA = ROOT / "Testing" / "data"
TORSO = ROOT / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"


@pytest.fixture
def data() -> Path:
    return DATA


@pytest.fixture
def torso() -> Path:
    return TORSO


@pytest.fixture
def oblique() -> Volume:
    return Volume(hu((7, 9, 11)), oblique_matrix())


@pytest.fixture
def write_slices(tmp_path: Path) -> Callable[..., Path]:
    """Write a CT series: ``pixels`` (N, J, I) stored values at ``positions`` (N, 3); returns its folder."""

    def write(
        pixels: np.ndarray,
        positions: np.ndarray,
        orientation: tuple[float, ...] = (1, 0, 0, 0, 1, 0),
        spacing: tuple[float, float] = (1.5, 0.75),  # between rows, between columns
        folder: str = "series",
        series: str = "2.25.7",
        start: int = 1,
        **tags: object,
    ) -> Path:
        from pydicom.dataset import FileDataset, FileMetaDataset
        from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        for n, (plane, position) in enumerate(zip(pixels, positions, strict=True), start=start):
            meta = FileMetaDataset()
            meta.MediaStorageSOPClassUID = CTImageStorage
            meta.MediaStorageSOPInstanceUID = f"{series}.{n}"
            meta.TransferSyntaxUID = ExplicitVRLittleEndian
            dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
            dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, f"{series}.{n}"
            dataset.SeriesInstanceUID, dataset.Modality = series, "CT"
            dataset.PatientName, dataset.PatientID = "Nobody^Test", "SECRET-77"
            dataset.ImagePositionPatient = [f"{v:.6f}" for v in position]
            dataset.ImageOrientationPatient = [f"{v:.7f}" for v in orientation]
            dataset.PixelSpacing, dataset.SliceThickness = list(spacing), 2.0
            dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
            dataset.Rows, dataset.Columns = plane.shape
            dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
            dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
            dataset.PixelRepresentation = int(plane.dtype.kind == "i")
            dataset.PixelData = np.ascontiguousarray(plane).astype(plane.dtype.newbyteorder("<")).tobytes()
            for name, value in tags.items():
                if value is None:
                    delattr(dataset, name)
                elif isinstance(value, DataElement):  # with a type of its own
                    dataset.add(value)
                else:
                    setattr(dataset, name, value)
            dataset.save_as(place / f"{999 - n:03d}.dcm", enforce_file_format=True)
        return place

    return write
