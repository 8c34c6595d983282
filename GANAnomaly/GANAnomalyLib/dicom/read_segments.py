"""Segments of any system's DICOM Segmentation as places in the patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from highdicom.seg import Segmentation
from pydicom.dataset import Dataset

from ..errors import InputError
from ..review.imported_findings import ImportedFinding
from ..volume.voxel_types import check_size
from .source_planes import SourcePlane, frames_of

_HALF = 0.5
"""Of the largest value of a fractional segmentation: from there on a pixel counts as in the segment."""


@dataclass
class _Extent:
    low: np.ndarray
    high: np.ndarray
    mm3: float = 0.0


def segments_of(dataset: Dataset, name: str) -> list[ImportedFinding]:
    """A finding for each segment that marks anything, in the order of their numbers; raises :class:`InputError`.

    ``name`` is the file's, for the sentence.
    """
    try:
        check_size((int(dataset.get("NumberOfFrames") or 1), int(dataset.Rows), int(dataset.Columns)), name)
        found = _extents(dataset)
        segments = {int(item.SegmentNumber): item for item in dataset.SegmentSequence}
    except InputError:
        raise
    except Exception as error:  # a damaged object may fail anywhere inside the parser
        raise InputError(
            f"{name} is damaged, or does not say where in the patient its segments lie: export it again.", repr(error)
        ) from error
    return [
        _finding(dataset, segments[number], number, rank, found[number])
        for rank, number in enumerate(sorted(set(segments) & set(found)), start=1)
    ]


def _extents(dataset: Dataset) -> dict[int, _Extent]:
    planes = frames_of(0, dataset)
    shared = _first(dataset, "SharedFunctionalGroupsSequence")
    each = dataset.get("PerFrameFunctionalGroupsSequence") or []
    deep = _depth(dataset, planes)
    kind = str(dataset.get("SegmentationType"))
    least = _HALF * float(dataset.get("MaximumFractionalValue") or 1) if kind == "FRACTIONAL" else _HALF
    # Checks what it opens and decodes a frame at a time.
    images: Any = Segmentation.from_dataset(dataset, copy=False)
    found: dict[int, _Extent] = {}
    for n, plane in enumerate(planes):
        pixels = np.asarray(images.get_stored_frame(n + 1))
        if kind == "LABELMAP":
            masks = {int(number): pixels == number for number in np.unique(pixels) if number}
        else:
            group = _first(each[n], "SegmentIdentificationSequence") if each else None
            item = group or _first(shared, "SegmentIdentificationSequence")
            masks = {int(item.ReferencedSegmentNumber): pixels >= least}
        for number, mask in masks.items():
            if mask.any():
                _add(found, number, mask, plane, deep)
    return found


def _add(found: dict[int, _Extent], number: int, mask: np.ndarray, plane: SourcePlane, deep: float) -> None:
    rows, columns = mask.any(axis=1).nonzero()[0], mask.any(axis=0).nonzero()[0]
    corners = [
        plane.corner
        + plane.row * plane.spacing[0] * column
        + plane.column * plane.spacing[1] * row
        + plane.normal * height
        for column in (columns[0] - 0.5, columns[-1] + 0.5)
        for row in (rows[0] - 0.5, rows[-1] + 0.5)
        for height in (-deep / 2, deep / 2)
    ]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    there = found.setdefault(number, _Extent(low, high))
    there.low, there.high = np.minimum(there.low, low), np.maximum(there.high, high)
    there.mm3 += float(mask.sum()) * plane.spacing[0] * plane.spacing[1] * deep


def _depth(dataset: Dataset, planes: list[SourcePlane]) -> float:
    """Mm that a frame stands for along its normal: the distance of slices, else the least gap, else their thickness."""
    for group in (
        _first(dataset, "SharedFunctionalGroupsSequence"),
        _first(dataset, "PerFrameFunctionalGroupsSequence"),
    ):
        measures = _first(group, "PixelMeasuresSequence") if group is not None else None
        if measures is not None and measures.get("SpacingBetweenSlices"):
            return abs(float(measures.SpacingBetweenSlices))
    heights = np.unique(np.round([float(planes[0].normal @ plane.corner) for plane in planes], 3))
    return float(np.diff(heights).min()) if len(heights) > 1 else planes[0].thickness or 1.0


def _finding(dataset: Dataset, segment: Dataset, number: int, rank: int, extent: _Extent) -> ImportedFinding:
    low, high = _to_ras(extent)
    kind = _first(segment, "SegmentedPropertyTypeCodeSequence")
    algorithm = str(segment.get("SegmentAlgorithmName") or "")
    manual = str(segment.get("SegmentAlgorithmType")) == "MANUAL"
    person = str(dataset.get("ContentCreatorName") or "")
    return ImportedFinding(
        rank=rank,
        label=_line(segment.get("SegmentLabel")) or f"segment {number}",
        box_ras=((low[0], high[0]), (low[1], high[1]), (low[2], high[2])),
        source=str(dataset.SOPInstanceUID),
        observer=_line(person if manual else algorithm or dataset.get("ManufacturerModelName")),
        by="person" if manual else "device",
        kind="" if kind is None else _line(kind.get("CodeMeaning")),
        volume_mm3=round(extent.mm3, 3),
        segment=number,
        tracking_id=_line(segment.get("TrackingID")),
        tracking_uid=_line(segment.get("TrackingUID")),
    )


def _to_ras(extent: _Extent) -> tuple[list[float], list[float]]:
    """From LPS: the least becomes the most along the first two axes."""
    low = [-float(extent.high[0]), -float(extent.high[1]), float(extent.low[2])]
    high = [-float(extent.low[0]), -float(extent.low[1]), float(extent.high[2])]
    return [round(value, 4) for value in low], [round(value, 4) for value in high]


def _line(value: Any) -> str:
    """One line of at most 200 characters that a terminal shows as it is."""
    text = "" if value is None else str(value)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:200]


def _first(dataset: Any, sequence: str) -> Any:
    items = dataset.get(sequence) if dataset is not None else None
    return items[0] if items else None
