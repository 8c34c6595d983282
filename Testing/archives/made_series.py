"""Small CT series as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from analysis import small
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

ROOT = "1.2.826.0.1.3680043.8.498.77"


def write_series(
    folder: Path,
    study: int = 1,
    series: int = 1,
    count: int = 4,
    modality: str = "CT",
    description: str = "Thorax",
    body_part: str = "CHEST",
    date: str = "20260102",
    first: int = 50,
    patient: str = "Nobody^Täst",
) -> Path:
    """Slices of the bundled torso as a series; UIDs follow from the numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    volume = small.torso_crop(first, count)
    rows, columns = volume.voxels.shape[1:]
    # Rows run to the back and columns to the left, as scanners store them.
    matrix = volume.ijk_to_ras
    voxels = volume.voxels[:, :: -1 if matrix[1, 1] > 0 else 1, :: -1 if matrix[0, 0] > 0 else 1]
    voxels = voxels.copy()
    voxels[:, 0, 0] += study - 1  # as no two studies are of the same voxels
    step = [abs(matrix[0, 0]), abs(matrix[1, 1]), abs(matrix[2, 2])]
    for n, plane in enumerate(voxels):
        sop = f"{ROOT}.{study}.{series}.{n + 1}"
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, sop
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        made.SpecificCharacterSet = "ISO_IR 192"
        made.SOPClassUID, made.SOPInstanceUID = CTImageStorage, sop
        made.StudyInstanceUID, made.SeriesInstanceUID = f"{ROOT}.{study}", f"{ROOT}.{study}.{series}"
        made.FrameOfReferenceUID = f"{ROOT}.{study}.0"
        made.PatientName, made.PatientID, made.PatientSex, made.PatientBirthDate = patient, f"T{study}", "O", "19700101"
        made.StudyDate, made.StudyTime, made.StudyID, made.AccessionNumber = date, "101112", "9", f"A{study}"
        made.ReferringPhysicianName, made.Manufacturer, made.PositionReferenceIndicator = "", "Made", ""
        made.StudyDescription, made.SeriesDescription = "CT made for tests", description
        made.Modality, made.SeriesNumber, made.BodyPartExamined = modality, series, body_part
        made.InstanceNumber, made.ImageType = n + 1, ["ORIGINAL", "PRIMARY", "AXIAL"]
        made.ImagePositionPatient = [-step[0] * columns / 2, -step[1] * rows / 2, float(100 + step[2] * n)]
        made.ImageOrientationPatient, made.PixelSpacing = [1, 0, 0, 0, 1, 0], [step[1], step[0]]
        made.SliceThickness = step[2]
        made.RescaleSlope, made.RescaleIntercept, made.RescaleType = 1, -1024, "HU"
        made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
        made.Rows, made.Columns = rows, columns
        made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 0
        made.PixelData = np.ascontiguousarray(plane.astype(np.int32) + 1024).astype("<u2").tobytes()
        made.save_as(folder / f"{study}-{series}-{n:03d}.dcm", enforce_file_format=True)
    return folder
