"""Small virtual heads and DICOM files of them, for the tests of every room that reads MR."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from GANAnomalyLab.simulate.virtual_heads import Lesion, virtual_head
from GANAnomalyLib.volume import Volume

SHAPE, SPACING = (10, 48, 48), (14.0, 4.4, 4.4)
LESION = Lesion((-30.0, -20.0, 7.0), 14.0, 0.3)
SAGITTAL = {"shape": (30, 48, 48), "spacing_mm": (6.0, 4.4, 4.4), "plane": "sagittal"}


def head(seed: int, lesion: Lesion | None = None) -> Volume:
    """Ten axial slices."""
    return virtual_head(seed, SHAPE, SPACING, lesion=lesion)


def write_mr(volume: Volume, folder: Path, enhanced: bool = False, **tags: object) -> Path:
    """A series of MR images, one file a slice or, ``enhanced``, all in one; returns its folder."""
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
    from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage

    folder.mkdir(parents=True, exist_ok=True)
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.ijk_to_ras
    across, down = (lps[:3, axis] / np.linalg.norm(lps[:3, axis]) for axis in (0, 1))
    pixels = np.rint(volume.voxels).astype(np.uint16)

    def placed(number: int) -> Dataset:
        place = Dataset()
        place.ImagePositionPatient = [f"{value:.5f}" for value in (lps @ [0, 0, number, 1])[:3]]
        return place

    def shared() -> tuple[Dataset, Dataset]:
        turn, sizes = Dataset(), Dataset()
        turn.ImageOrientationPatient = [f"{value:.6f}" for value in (*across, *down)]
        sizes.PixelSpacing, sizes.SliceThickness = [volume.spacing[1], volume.spacing[0]], volume.spacing[2]
        return turn, sizes

    def write(number: int, stored: np.ndarray, parts: list[Dataset]) -> None:
        kind, meta = EnhancedMRImageStorage if enhanced else MRImageStorage, FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = kind, f"2.25.8.{number}"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.SeriesInstanceUID = kind, f"2.25.8.{number}", "2.25.8"
        dataset.Modality, dataset.PatientID = "MR", "SECRET-78"
        dataset.Rows, dataset.Columns = stored.shape[-2:]
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
        dataset.PixelData = stored.astype("<u2").tobytes()
        for part in parts:
            dataset.update(part)
        for name, value in tags.items():
            setattr(dataset, name, value)
        dataset.save_as(folder / f"{number:03d}.dcm", enforce_file_format=True)

    turn, sizes = shared()
    if not enhanced:
        for number, plane in enumerate(pixels):
            write(number, plane, [placed(number), turn, sizes])
        return folder
    groups, frames = Dataset(), []
    groups.PlaneOrientationSequence, groups.PixelMeasuresSequence = [turn], [sizes]
    for number in range(len(pixels)):
        frame = Dataset()
        frame.PlanePositionSequence = [placed(number)]
        frames.append(frame)
    whole = Dataset()
    whole.NumberOfFrames = len(pixels)
    whole.SharedFunctionalGroupsSequence, whole.PerFrameFunctionalGroupsSequence = [groups], frames
    write(0, pixels, [whole])
    return folder
