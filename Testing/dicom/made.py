"""Made CT series, tidy or odd, and results on them, without an analysis: boxes and heat where the test wants them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian

from GANAnomalyLib import write_volume
from GANAnomalyLib.models.score_units import CALIBRATED
from GANAnomalyLib.results.result import AnalysisResult, Finding, finding_dict
from GANAnomalyLib.volume import Volume, hash_volume, read_volume

SERIES, STUDY, FRAME = "1.2.826.0.1.3680043.8.498.1.2", "1.2.826.0.1.3680043.8.498.1.1", "1.2.826.0.1.3680043.8.498.1.3"
ORIENTATION = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
Change = Callable[[Dataset, int], None]


def stored(count: int, rows: int, columns: int, seed: int = 0) -> np.ndarray:
    """(N, rows, columns) uint16: a bright body in air, with noise; 1024 is water."""
    z, y, x = np.mgrid[-1 : 1 : count * 1j, -1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    body = np.where(x**2 + y**2 < 0.7, 1024 + 40, 24)
    noise = np.random.default_rng(seed).normal(0, 15, body.shape)
    return np.clip(body + 20 * z + noise, 0, 4000).astype(np.uint16)


def corners(
    count: int, gap: float = 2.5, start: tuple[float, float, float] = (-20.0, -30.0, 5.0), orientation=ORIENTATION
):
    """(N, 3) positions a ``gap`` apart along the normal."""
    normal = np.cross(orientation[:3], orientation[3:])
    return np.asarray(start) + gap * np.arange(count)[:, None] * normal


def header(sop: str, kind: str = CTImageStorage) -> FileDataset:
    """A whole CT header with a patient whose name is nobody's."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = kind, sop
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SpecificCharacterSet = "ISO_IR 100"
    made.SOPClassUID, made.SOPInstanceUID = kind, sop
    made.StudyInstanceUID, made.SeriesInstanceUID, made.FrameOfReferenceUID = STUDY, SERIES, FRAME
    made.PatientName, made.PatientID, made.PatientSex, made.PatientBirthDate = "Nobody^Test", "T-77", "O", "19700101"
    made.StudyDate, made.StudyTime, made.StudyID, made.AccessionNumber = "20260102", "101112", "9", "A9"
    made.ReferringPhysicianName, made.Modality, made.SeriesNumber = "", "CT", 4
    made.Manufacturer, made.PositionReferenceIndicator = "Made", ""
    made.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    made.RescaleSlope, made.RescaleIntercept, made.RescaleType = 1, -1024, "HU"
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 0
    return made


def write_series(
    folder: Path,
    pixels: np.ndarray,
    positions: np.ndarray,
    orientation: Sequence[float] = ORIENTATION,
    spacing: tuple[float, float] = (1.5, 0.75),
    thickness: float | None = 2.5,
    change: Change | None = None,
    order: Sequence[int] | None = None,
) -> Path:
    """One file a slice; ``spacing`` between rows and between columns, ``change`` may spoil each header.

    ``order`` are the numbers that files and instances get.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for n, (plane, position) in enumerate(zip(pixels, positions, strict=True)):
        number = n if order is None else order[n]
        made = header(f"{SERIES}.{number + 1}")
        made.InstanceNumber = number + 1
        made.ImagePositionPatient = [f"{value:.6f}" for value in position]
        made.ImageOrientationPatient = [f"{value:.9f}" for value in orientation]
        made.PixelSpacing = list(spacing)
        if thickness is not None:
            made.SliceThickness = thickness
        made.Rows, made.Columns = plane.shape
        made.PixelData = np.ascontiguousarray(plane).astype("<u2").tobytes()
        if change is not None:
            change(made, n)
        made.save_as(folder / f"{number:04d}.dcm", enforce_file_format=True)
    return folder


def write_enhanced(
    path: Path, pixels: np.ndarray, positions: np.ndarray, spacing=(1.5, 0.75), first: int = 1, shared: bool = True
) -> Path:
    """One file with a frame a slice (Enhanced CT), as far as its geometry; the orientation ``shared`` or in each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = header(f"{SERIES}.{first}", EnhancedCTImageStorage)
    made.NumberOfFrames, (made.Rows, made.Columns) = len(pixels), pixels.shape[1:]
    made.InstanceNumber = first
    orientation = _item(PlaneOrientationSequence=[_item(ImageOrientationPatient=list(ORIENTATION))])
    measures = [_item(PixelSpacing=list(spacing), SliceThickness=2.5)]
    values = [_item(RescaleSlope=1, RescaleIntercept=-1024, RescaleType="HU")]
    group = _item(PixelMeasuresSequence=measures, PixelValueTransformationSequence=values)
    if shared:
        group.update(orientation)
    made.SharedFunctionalGroupsSequence = [group]
    frames = []
    for position in positions:
        place = [_item(ImagePositionPatient=[f"{value:.6f}" for value in position])]
        frame = _item(PlanePositionSequence=place)
        if not shared:
            frame.update(orientation)
        frames.append(frame)
    made.PerFrameFunctionalGroupsSequence = frames
    for name in ("RescaleSlope", "RescaleIntercept", "RescaleType"):
        delattr(made, name)
    made.PixelData = np.ascontiguousarray(pixels).astype("<u2").tobytes()
    made.save_as(path, enforce_file_format=True)
    return path


def _item(**values: Any) -> Dataset:
    made = Dataset()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def finding(rank: int, box: tuple[tuple[int, int], ...], volume: Volume, score: float = 9.5) -> Finding:
    """A finding with this box in voxels."""
    (i0, i1), (j0, j1), (k0, k1) = box
    centre = volume.ras(np.array([(i0 + i1 - 1) / 2, (j0 + j1 - 1) / 2, (k0 + k1 - 1) / 2]))
    size = tuple(float((stop - start) * mm) for (start, stop), mm in zip(box, volume.spacing, strict=True))
    return Finding(rank, rank, score / rank, "wd", k0, (k0, k1 - 1), box, tuple(map(float, centre)), size)


def write_result(
    folder: Path,
    source: Path,
    boxes: Sequence[tuple[tuple[int, int], ...]],
    heat: np.ndarray | None = None,
    volume: Volume | None = None,
    **manifest: Any,
) -> AnalysisResult:
    """A result of ``source`` (read as an analysis reads it) with findings in these boxes."""
    volume = read_volume(source, allow_any=True) if volume is None else volume
    findings = [finding(rank, box, volume) for rank, box in enumerate(boxes, start=1)]
    folder.mkdir(parents=True)
    data = {
        "schema_version": 1,
        "created": "2026-02-03T04:05:06+00:00",
        "fingerprint": "f" * 64,
        "request": {"input": str(source), "series": None},
        "settings": {"window": 350.0, "level": 50.0, "metric": "wd", "score_unit": CALIBRATED, "patch_size": 16},
        "heatmap_threshold": 3.0,
        "model": {"name": "demo", "title": "Made for tests", "kind": "baseline", "hash": "ab" * 32},
        "input": {"hash": hash_volume(volume), "modality": volume.modality, "slices": len(volume.voxels)},
        "geometry": {"shape_kji": list(volume.voxels.shape), "ijk_to_ras": volume.ijk_to_ras.tolist()},
        "warnings": [],
    }
    if "source" in volume.meta:
        data["input"]["source"] = volume.meta["source"]
    (folder / "result.json").write_text(json.dumps({**data, **manifest}), encoding="utf-8")
    (folder / "findings.json").write_text(json.dumps({"findings": [finding_dict(f) for f in findings]}))
    with open(folder / "scores.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["slice", "score"], [0, 1.0]])
    if heat is None:
        heat = np.zeros(volume.voxels.shape, np.float32)
        for number, one in enumerate(findings):
            i, j, k = (slice(*ends) for ends in one.box_ijk)
            heat[k, j, i] = 5.0 + number
    write_volume(volume.like(heat), folder / "heatmap.nrrd")
    return AnalysisResult.read(folder)


def read(path: Path) -> Dataset:
    """A written object."""
    return pydicom.dcmread(path)
