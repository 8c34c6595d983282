"""Where each plane of the source's instances lies in the patient, and how much of a volume it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from ..errors import InputError
from ..volume.formats.dicom_series import one_orientation

_SAME_PLACE = 1e-3  # mm


@dataclass
class SourcePlane:
    """One image or frame.

    ``header`` is the number of its instance in the source, ``frame`` that of the frame (from 1; None in an instance
    that holds one image). ``corner`` is the centre of the first pixel, ``row`` and ``column`` the unit vectors along
    which columns and rows are counted, all LPS; ``spacing`` mm between columns and between rows, ``shape`` (rows,
    columns), ``rescale`` slope and intercept of the stored values. ``share`` is how many mm along the normal are nearer
    to this plane than to its neighbours: a pixel stands for a volume of ``spacing`` times that.
    """

    header: int
    frame: int | None
    corner: np.ndarray
    row: np.ndarray
    column: np.ndarray
    spacing: tuple[float, float]
    shape: tuple[int, int]
    thickness: float
    rescale: tuple[float, float] = (1.0, 0.0)
    share: float = 0.0

    @property
    def normal(self) -> np.ndarray:
        """The unit vector along which planes are in order."""
        crossed: np.ndarray = np.cross(self.row, self.column)
        return crossed

    @property
    def voxel_mm3(self) -> float:
        """The volume that a pixel stands for."""
        return self.spacing[0] * self.spacing[1] * self.share

    def pixel_to_ras(self) -> np.ndarray:
        """(4, 3): maps (column, row, 1) to (R, A, S, 1) in mm."""
        lps = np.zeros((4, 3))
        lps[:3, 0], lps[:3, 1], lps[:3, 2] = self.row * self.spacing[0], self.column * self.spacing[1], self.corner
        lps[:2] *= -1
        lps[3, 2] = 1
        return lps


def planes_of(headers: Sequence[Dataset]) -> list[SourcePlane]:
    """The planes of some instances in order along their normal, one of those that lie at the same place.

    Raises :class:`InputError` for images without a place, and where some look in another direction.
    """
    try:
        planes = [plane for n, header in enumerate(headers) for plane in frames_of(n, header)]
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise InputError(
            "The images do not say where in the patient they lie: objects cannot be made on them.", repr(error)
        ) from error
    first = planes[0]
    for plane in planes:
        alike = plane.shape == first.shape and np.allclose(plane.spacing, first.spacing)
        if not alike or not one_orientation([*plane.row, *plane.column], [*first.row, *first.column]):
            raise InputError("The images differ in size, pixel spacing or orientation: objects cannot be made on them.")
    planes.sort(key=lambda plane: float(first.normal @ plane.corner))
    kept = planes[:1]
    for plane in planes[1:]:
        if float(first.normal @ (plane.corner - kept[-1].corner)) >= _SAME_PLACE:
            kept.append(plane)
    _share(kept)
    return kept


def _share(planes: list[SourcePlane]) -> None:
    heights = np.array([float(planes[0].normal @ plane.corner) for plane in planes])
    gaps = np.diff(heights)
    if not len(gaps):
        planes[0].share = planes[0].thickness or 1.0
        return
    halves = np.concatenate([[gaps[0]], gaps, [gaps[-1]]]) / 2
    for plane, below, above in zip(planes, halves, halves[1:], strict=False):
        plane.share = float(below + above)


def frames_of(number: int, header: Dataset) -> list[SourcePlane]:
    """The planes of one instance in its own order, without their ``share``; ``number`` is the instance's.

    Raises TypeError, ValueError, AttributeError or IndexError where it does not say where they lie.
    """
    count = int(header.get("NumberOfFrames") or 1)
    shared = _first(header, "SharedFunctionalGroupsSequence")
    each = header.get("PerFrameFunctionalGroupsSequence") or []
    if not each and count == 1:
        return [_plane(number, None, header, [])]
    if len(each) != count:
        raise ValueError(f"{count} frames, {len(each)} places")
    return [_plane(number, n + 1, header, [group for group in (each[n], shared) if group]) for n in range(count)]


def _plane(number: int, frame: int | None, header: Dataset, groups: list[Any]) -> SourcePlane:
    def value(name: str, sequence: str) -> Any:
        for group in groups:
            item = _first(group, sequence)
            if item is not None and item.get(name) is not None:
                return item.get(name)
        return header.get(name)

    spacing = value("PixelSpacing", "PixelMeasuresSequence")
    cosines = np.array([float(v) for v in value("ImageOrientationPatient", "PlaneOrientationSequence")]).reshape(2, 3)
    row = cosines[0] / np.linalg.norm(cosines[0])
    column = cosines[1] - (cosines[1] @ row) * row
    return SourcePlane(
        header=number,
        frame=frame,
        corner=np.array([float(v) for v in value("ImagePositionPatient", "PlanePositionSequence")]).reshape(3),
        row=row,
        column=column / np.linalg.norm(column),
        spacing=(float(spacing[1]), float(spacing[0])),
        shape=(int(header.Rows), int(header.Columns)),
        thickness=float(value("SliceThickness", "PixelMeasuresSequence") or 0),
        rescale=(
            float(value("RescaleSlope", "PixelValueTransformationSequence") or 1),
            float(value("RescaleIntercept", "PixelValueTransformationSequence") or 0),
        ),
    )


def _first(dataset: Any, sequence: str) -> Any:
    items = dataset.get(sequence)
    return items[0] if items else None
