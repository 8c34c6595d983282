"""What a reader marked that the model did not list, on the source's planes, and as Segmentation of the reader's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from highdicom.color import CIELabColor
from highdicom.seg import SegmentDescription
from pydicom.dataset import Dataset

from ..files import hash_array, hash_json
from ..review.added_findings import ReaderFinding
from .codes import ABNORMAL_STRUCTURE, term_of
from .making import Making
from .on_planes import Marked, box_on_planes
from .segmentation import made_segmentation, stacked

_COLOUR = 51, 217, 255
"""As in the scene; no finding of the model's has it."""


@dataclass
class OwnPlaced:
    """A reader's finding, its pixels on the source's planes ([] for a point, or a box that holds no pixel's centre),
    their ``volume_mm3``, and the number of its segment (0: none). ``number`` counts the reader's findings from 1."""

    finding: ReaderFinding
    number: int
    marked: Marked
    tracking_id: str
    tracking_uid: str
    volume_mm3: float
    segment: int = 0

    def point_lps(self) -> np.ndarray:
        """(1, 3) its centre in mm, as DICOM counts them."""
        return np.array([self.finding.centre_ras]) * [-1.0, -1.0, 1.0]

    def told(self) -> list[object]:
        """All that a report says of it, as plain data."""
        one = self.finding
        label = (one.label.scheme, one.label.code, one.label.meaning)
        return [one.mark, *one.centre_ras, *one.size_mm, *label, one.comment, one.confidence, one.decided]


def place_own(making: Making, added: Iterable[ReaderFinding]) -> list[OwnPlaced]:
    """A reader's findings on the planes of a source, in their order."""
    found = []
    spacing = np.linalg.norm(np.linalg.inv(making.ras_to_ijk)[:3, :3], axis=0)
    for number, one in enumerate(added, start=1):
        marked: Marked = []
        if not one.is_point:
            # A voxel reaches half of its size around its centre.
            middle = (making.ras_to_ijk @ [*one.centre_ras, 1.0])[:3] + 0.5
            half = np.array(one.size_mm) / spacing / 2
            i, j, k = ((float(c - h), float(c + h)) for c, h in zip(middle, half, strict=True))
            marked = box_on_planes(making.source.planes, making.ras_to_ijk, (i, j, k))
        name, uid = f"Reader's finding {number}", making.uid("mark", one.mark)
        found.append(OwnPlaced(one, number, marked, name, uid, making.volume_of(marked)))
    return found


def own_segmentation(making: Making, placed: Sequence[OwnPlaced]) -> Dataset | None:
    """A segment for each that has pixels (``segment`` is set), drawn by hand; None where none has."""
    held = [one for one in placed if one.marked]
    if not held:
        return None
    for number, one in enumerate(held, start=1):
        one.segment = number
    numbers = sorted({n for one in held for n, _ in one.marked})
    shape = (len(numbers), *making.source.planes[0].shape)
    descriptions = [
        SegmentDescription(
            segment_number=one.segment,
            segment_label=(one.finding.label.meaning or one.tracking_id)[:64],
            segmented_property_category=ABNORMAL_STRUCTURE,
            segmented_property_type=term_of(one.finding.label),
            algorithm_type="MANUAL",
            tracking_uid=one.tracking_uid,
            tracking_id=one.tracking_id,
            display_color=CIELabColor.from_rgb(*_COLOUR),
        )
        for one in held
    ]
    content = hash_json([[*one.told()[:10], n, hash_array(mask)] for one in held for n, mask in one.marked])
    pixels = stacked([one.marked for one in held], shape, numbers)
    return made_segmentation(making, numbers, pixels, descriptions, "BINARY", "reader_seg", "READER", content)
