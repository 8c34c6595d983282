"""Whether the objects of one export say the same: checked on the finished files before they are put in place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from highdicom import sr
from pydicom.dataset import Dataset

from ..errors import GANAnomalyError
from . import codes
from .making import Making, Placed
from .own_findings import OwnPlaced

_RELATIVE = 1e-3
_UNIQUE = ("StudyInstanceUID", "PatientID", "FrameOfReferenceUID")


def check_agreement(
    making: Making, placed: Sequence[Placed], files: dict[str, Path], own: Sequence[OwnPlaced] = ()
) -> None:
    """Read files back (by kind) and compare: the same study, patient and frame of reference; every frame refers to an
    instance of the source and holds something; findings by the same tracking UIDs, with the volume that the
    segmentation has. Raises :class:`GANAnomalyError`, which means a fault of ours."""
    read = {kind: pydicom.dcmread(path) for kind, path in files.items()}
    header = making.source.headers[0]
    for kind, dataset in read.items():
        for name in _UNIQUE:
            _same(str(dataset.get(name, header.get(name))), str(header.get(name)), kind, name)
        if "PerFrameFunctionalGroupsSequence" in dataset:
            _check_frames(making, dataset, kind)
    volumes = {one.tracking_uid: one.volume_mm3 for one in placed if one.segment}
    if "seg" in read:
        _compare(volumes, segmented_mm3(making, read["seg"]), "the segmentation")
    drawn = {one.tracking_uid: one.volume_mm3 for one in own if one.segment}
    if "reader_seg" in read:
        _compare(drawn, segmented_mm3(making, read["reader_seg"]), "the reader's segmentation")
    everything = {one.tracking_uid: one.volume_mm3 for one in placed}
    if "sr" in read:
        _compare(everything, reported_mm3(read["sr"]), "the report")
    if "reader" in read:
        _compare(everything | drawn, reported_mm3(read["reader"]), "the reader's report")


def segmented_mm3(making: Making, dataset: Dataset) -> dict[str, float]:
    """The volume of each segment by its tracking UID, counted from the frames."""
    pixels = np.atleast_3d(dataset.pixel_array) if int(dataset.NumberOfFrames) > 1 else dataset.pixel_array[None]
    uids = {int(item.SegmentNumber): str(item.TrackingUID) for item in dataset.SegmentSequence if "TrackingUID" in item}
    mm3 = {_at(plane.corner): plane.voxel_mm3 for plane in making.source.planes}
    found = dict.fromkeys(uids.values(), 0.0)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    for group, frame in zip(dataset.PerFrameFunctionalGroupsSequence, pixels, strict=True):
        share = mm3[_at(group.PlanePositionSequence[0].ImagePositionPatient)]
        if dataset.SegmentationType == "LABELMAP":
            for number, uid in uids.items():
                found[uid] += float((frame == number).sum()) * share
        else:
            named = group if "SegmentIdentificationSequence" in group else shared
            number = int(named.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
            found[uids[number]] += float(frame.sum()) * share
    return found


def reported_mm3(dataset: Dataset) -> dict[str, float]:
    """The volume of each measurement group by its tracking UID."""
    found = {}
    report = sr.Comprehensive3DSR.from_dataset(dataset)
    content: Any = report.content
    groups = [*content.get_volumetric_roi_measurement_groups(), *content.get_image_measurement_groups()]
    for group in groups:
        for measurement in group.get_measurements(name=codes.VOLUME):
            found[str(group.tracking_uid)] = float(measurement.value)
    return found


def _check_frames(making: Making, dataset: Dataset, kind: str) -> None:
    known = {str(header.SOPInstanceUID) for header in making.source.headers}
    listed = {
        str(item.ReferencedSOPInstanceUID)
        for series in dataset.ReferencedSeriesSequence
        for item in series.ReferencedInstanceSequence
    }
    _same(sorted(listed), sorted(known), kind, "ReferencedSeriesSequence")
    for group in dataset.PerFrameFunctionalGroupsSequence:
        source = group.DerivationImageSequence[0].SourceImageSequence[0]
        if str(source.ReferencedSOPInstanceUID) not in known:
            raise _wrong(kind, "a frame that refers to no image of the source")


def _at(corner: Any) -> tuple[float, ...]:
    return tuple(round(float(value), 3) + 0.0 for value in corner)


def _compare(wanted: dict[str, float], found: dict[str, float], where: str) -> None:
    _same(sorted(found), sorted(wanted), where, "tracking UIDs")
    for uid, volume in wanted.items():
        if abs(found[uid] - volume) > _RELATIVE * max(volume, 1.0):
            raise _wrong(where, f"a volume of {found[uid]:g} mm3 that should be {volume:g}")


def _same(found: object, wanted: object, where: str, what: str) -> None:
    if found != wanted:
        raise _wrong(where, f"another {what} than the source or the findings")


def _wrong(where: str, what: str) -> GANAnomalyError:
    return GANAnomalyError(
        f"The DICOM objects do not agree ({where}: {what}): nothing was written; please report this."
    )
