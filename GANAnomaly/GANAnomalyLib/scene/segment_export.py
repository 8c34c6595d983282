"""Findings out of a scene, as the reader left them: segments with their names, colours and decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..files import whole
from ..results.segmentation_file import ABNORMAL_STRUCTURE
from ..review.added_findings import ReaderFinding
from .finding_labels import LabelBox
from .finding_nodes import LABELMAP, label_image
from .finding_review import rows
from .mark_places import voxels_of
from .places import Places
from .reader_marks import COLOUR, reader_findings
from .result_nodes import ReviewNodes


def write_segmentation(nodes: ReviewNodes, path: Path | str, only_accepted: bool = False) -> Path:
    """Write the findings' segmentation as .seg.nrrd, whole or not at all; returns the path.

    What the user changed with the Segment Editor is written as it is now. Decisions are in the segments' tags.
    Boxes that the reader drew are segments of their own, with the term that the reader gave them.

    Parameters
    ----------
    path: ends in ".seg.nrrd", which is how Slicer tells it from a plain volume.
    only_accepted: leave out findings that were not accepted, and segments that are no findings.

    Raises :class:`InputError` when the findings were deleted, there is none (accepted) to write, or the file cannot
    be written there; :class:`GANAnomalyError` when the disk is full.
    """
    import slicer

    path = Path(path)
    if not path.name.lower().endswith(".seg.nrrd"):
        raise InputError(f"{path.name} must end in .seg.nrrd, or Slicer would open it as a plain volume.")
    if nodes.findings is None:
        raise InputError("The findings were deleted from the scene: analyse the scan again, or open the saved result.")
    copy = slicer.vtkMRMLSegmentationNode()
    copy.GetSegmentation().DeepCopy(nodes.findings.GetSegmentation())
    if only_accepted:
        _keep_accepted(copy.GetSegmentation(), nodes)
    _add_own(copy.GetSegmentation(), nodes)
    if copy.GetSegmentation().GetNumberOfSegments() == 0:
        wanted = "No finding is accepted yet: accept one, or save all." if only_accepted else "There are no findings."
        raise InputError(f"{wanted} No segmentation was written.")
    with whole(path, "the findings", ending=".seg.nrrd", folders=False) as part:
        storage = slicer.vtkMRMLSegmentationStorageNode()
        storage.SetFileName(str(part))
        storage.SetUseCompression(True)
        if not storage.WriteData(copy) or not part.is_file():
            raise InputError(f"{path} cannot be written: check that the folder is writable and the disk is not full.")
    return path


def _keep_accepted(segmentation: Any, nodes: ReviewNodes) -> None:
    accepted = {row.segment_id for row in rows(nodes) if row.decision == "accepted"}
    for name in [segmentation.GetNthSegmentID(n) for n in range(segmentation.GetNumberOfSegments())]:
        if name not in accepted:
            segmentation.RemoveSegment(name)


def _add_own(segmentation: Any, nodes: ReviewNodes) -> None:
    import slicer

    found = reader_findings(nodes)
    if not found:
        return
    places = Places.of(nodes)
    for number, one in enumerate(found, 1):
        first, stop = voxels_of(places, one)
        if one.is_point or np.any(stop <= first):
            continue
        segment = slicer.vtkSegment()
        segment.SetName(f"+{number} {one.label.meaning or 'reader'}")
        segment.SetColor(*COLOUR)
        segment.SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), _terminology(one))
        segment.SetLabelValue(1)
        i, j, k = first.tolist()
        labels = LabelBox(np.ones((stop - first)[::-1], np.uint8), (i, j, k))
        segment.AddRepresentation(LABELMAP, label_image(labels, places.volume.ijk_to_ras))
        segmentation.AddSegment(segment, f"Reader_{number}")


def _terminology(one: ReaderFinding) -> str:
    label = one.label
    if not label.code:
        return ABNORMAL_STRUCTURE
    # Slicer's own text of a term: context, category, type, and what we leave open.
    words = [text.replace("~", " ").replace("^", " ") for text in (label.scheme, label.code, label.meaning)]
    parts = ABNORMAL_STRUCTURE.split("~")
    parts[2] = "^".join(words)
    return "~".join(parts)
