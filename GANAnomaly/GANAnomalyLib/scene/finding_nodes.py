"""Findings in a scene: a segment each, a row each, and the scores of every slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..models.score_units import score_unit, short_unit
from ..pictures import manifest_facts as facts
from ..results.result import AnalysisResult
from ..results.segmentation_file import ABNORMAL_STRUCTURE, finding_segments, segment_id
from .finding_labels import LabelBox
from .roles import mark
from .steps import Steps
from .table_nodes import add_table

DECISION_COLUMNS = ("decision", "comment", "decided")
"""What the reader says of a finding, empty at first."""

OPINION_COLUMN = "second opinion"

LABELMAP = "Binary labelmap"
_MM = dict.fromkeys(("position_mm", "R", "A", "S"), "mm")


def add_segmentation(
    scene: Any, labels: dict[int, LabelBox], ijk_to_ras: np.ndarray, result: AnalysisResult, fingerprint: str
) -> Steps[Any]:
    """The findings' segmentation node, named and coloured as the findings say, a step a finding; not visible yet.

    ``ijk_to_ras`` is the (4, 4) of the volume that the labels were cut out of.
    """
    import slicer

    display = scene.AddNewNodeByClass("vtkMRMLSegmentationDisplayNode")
    display.SetVisibility(False)
    # With its display node from the first: what lists the segments as they come would write an error for each.
    node = slicer.vtkMRMLSegmentationNode()
    node.SetName("GANAnomaly findings")
    node.SetSourceRepresentationToBinaryLabelmap()
    node.SetAndObserveDisplayNodeID(display.GetID())
    mark(node, "findings", fingerprint)
    scene.AddNode(node)
    _show_outlines(node)
    for wanted in finding_segments(result.findings, facts.unit(result)):
        yield
        segment = slicer.vtkSegment()
        segment.SetName(wanted["name"])
        segment.SetColor(*wanted["color"])
        segment.SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), ABNORMAL_STRUCTURE)
        segment.SetLabelValue(wanted["label"])
        # An image each, which Slicer joins when it writes them: joined ones of 300 slices take it seconds to draw, and
        # half a minute to remove.
        segment.AddRepresentation(LABELMAP, label_image(labels[wanted["label"]], ijk_to_ras))
        node.GetSegmentation().AddSegment(segment, segment_id(wanted["label"]))
    return node


def label_image(labels: LabelBox, ijk_to_ras: np.ndarray) -> Any:
    """vtkOrientedImageData of a finding's voxels; ``ijk_to_ras`` is the (4, 4) of the volume they were cut out of."""
    import slicer
    from vtkmodules.util.numpy_support import get_vtk_array_type, vtk_to_numpy
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    image = slicer.vtkOrientedImageData()
    extent = [
        end
        for first, size in zip(labels.first, labels.values.shape[::-1], strict=True)
        for end in (first, first + size - 1)
    ]
    image.SetExtent(*(extent if labels.values.size else (0, -1) * 3))
    image.AllocateScalars(get_vtk_array_type(labels.values.dtype), 1)
    if labels.values.size:
        vtk_to_numpy(image.GetPointData().GetScalars())[:] = labels.values.ravel()
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(np.asarray(ijk_to_ras, dtype=float).ravel().tolist())
    image.SetImageToWorldMatrix(matrix)
    return image


def segment_ids(node: Any) -> dict[int, str]:
    """Segment IDs by label value."""
    segmentation = node.GetSegmentation()
    ids = [segmentation.GetNthSegmentID(n) for n in range(segmentation.GetNumberOfSegments())]
    return {segmentation.GetSegment(name).GetLabelValue(): name for name in ids}


def add_findings_table(
    scene: Any, result: AnalysisResult, segments: dict[int, str], fingerprint: str, opinions: Mapping[int, float]
) -> Any:
    """A row a finding: rank, score, slices, centre in RAS, size, its segment's ID, what the reader says of it, and
    second opinions by rank where there are any."""
    findings = result.findings
    given = {OPINION_COLUMN: [opinions.get(f.rank) for f in findings]} if opinions else {}
    columns: dict[str, Sequence[Any]] = {
        "rank": [f.rank for f in findings],
        "score": [f.score for f in findings],
        "slice": [f.slice for f in findings],
        "first slice": [f.slices[0] for f in findings],
        "last slice": [f.slices[1] for f in findings],
        "R": [float(f.centre_ras[0]) for f in findings],
        "A": [float(f.centre_ras[1]) for f in findings],
        "S": [float(f.centre_ras[2]) for f in findings],
        "size (mm)": [" x ".join(f"{size:.0f}" for size in f.size_mm) for f in findings],
        "why": ["" if f.why is None else f.why.cell() for f in findings],
        "segment": [segments.get(f.label, "") for f in findings],
        **{name: [""] * len(findings) for name in DECISION_COLUMNS},
        **given,
    }
    units = {**_MM, "score": short_unit(facts.unit(result))}
    return add_table(scene, "GANAnomaly findings table", "findings table", columns, units, fingerprint)


def add_score_table(scene: Any, result: AnalysisResult, fingerprint: str) -> Any:
    """A row a slice, with the columns of scores.csv.

    ``score`` is the metric over the whole slice, ``patch_score`` its highest patch, in the unit of the findings.
    """
    names = list(result.scores[0]) if result.scores else ["slice", "score"]
    columns: dict[str, Sequence[Any]] = {name: [row.get(name) for row in result.scores] for name in names}
    own = {name: short_unit(score_unit(name, calibrated=False)) for name in ("wd", "mse", "ssim")}
    units = {**_MM, **own, "patch_score": short_unit(facts.unit(result)), "score": own.get(facts.metric(result), "")}
    return add_table(scene, "GANAnomaly slice scores", "scores", columns, units, fingerprint)


def _show_outlines(node: Any) -> None:
    """Outlines only: a fill would hide the very tissue the reader is to judge."""
    display = node.GetDisplayNode()
    display.SetVisibility2DFill(False)
    display.SetVisibility2DOutline(True)
    display.SetOpacity2DOutline(1.0)
    display.SetSliceIntersectionThickness(3)
