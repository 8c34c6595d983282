"""Findings out of a scene, as the reader left them: segments with their names, colours and decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import whole
from .finding_review import rows
from .result_nodes import ReviewNodes


def write_segmentation(nodes: ReviewNodes, path: Path | str, only_accepted: bool = False) -> Path:
    """Write the findings' segmentation as .seg.nrrd, whole or not at all; returns the path.

    What the user changed with the Segment Editor is written as it is now. Decisions are in the segments' tags.

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
