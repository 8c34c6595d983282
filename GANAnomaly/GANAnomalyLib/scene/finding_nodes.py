"""Findings in a scene: a segment each, a row each, and the scores of every slice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..models.score_units import score_unit, short_unit
from ..pictures import manifest_facts as facts
from ..results.result import AnalysisResult
from ..results.segmentation_file import ABNORMAL_STRUCTURE, finding_segments
from .roles import mark
from .table_nodes import add_table

DECISION_COLUMNS = ("decision", "comment", "decided")
"""What the reader says of a finding, empty at first."""

_MM = dict.fromkeys(("position_mm", "R", "A", "S"), "mm")


def add_segmentation(scene: Any, path: Path, result: AnalysisResult, fingerprint: str) -> Any:
    """The findings' segmentation node, read from its file (known to be whole), named and coloured as the findings say.

    Raises :class:`InputError` when Slicer cannot read the file or it lacks a finding.
    """
    import slicer

    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "GANAnomaly findings")
    # Read through a storage node of its own: the scene must not write back into the result folder.
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    if result.findings and not storage.ReadData(node):
        scene.RemoveNode(node)
        raise InputError(f"The findings in {path} cannot be read: run the analysis again.")
    node.SetName("GANAnomaly findings")
    node.CreateDefaultDisplayNodes()
    mark(node, "findings", fingerprint)
    by_label = _segments_by_label(node.GetSegmentation())
    for wanted in finding_segments(result.findings, facts.unit(result)):
        segment = by_label.get(wanted["label"])
        if segment is None:
            scene.RemoveNode(node)
            raise InputError(f"{path} lacks finding {wanted['name']!r}: run the analysis again.")
        segment.SetName(wanted["name"])
        segment.SetColor(*wanted["color"])
        segment.SetTag(slicer.vtkSegment.GetTerminologyEntryTagName(), ABNORMAL_STRUCTURE)
    _show_outlines(node)
    return node


def segment_ids(node: Any) -> dict[int, str]:
    """Segment IDs by label value."""
    segmentation = node.GetSegmentation()
    ids = [segmentation.GetNthSegmentID(n) for n in range(segmentation.GetNumberOfSegments())]
    return {segmentation.GetSegment(name).GetLabelValue(): name for name in ids}


def add_findings_table(scene: Any, result: AnalysisResult, segments: dict[int, str], fingerprint: str) -> Any:
    """A row a finding: rank, score, slices, centre in RAS, size, its segment's ID, and what the reader says of it."""
    findings = result.findings
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
        "segment": [segments.get(f.label, "") for f in findings],
        **{name: [""] * len(findings) for name in DECISION_COLUMNS},
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


def _segments_by_label(segmentation: Any) -> dict[int, Any]:
    segments = [segmentation.GetNthSegment(n) for n in range(segmentation.GetNumberOfSegments())]
    return {segment.GetLabelValue(): segment for segment in segments}


def _show_outlines(node: Any) -> None:
    """Outlines only: a fill would hide the very tissue the reader is to judge."""
    display = node.GetDisplayNode()
    display.SetVisibility2DFill(False)
    display.SetVisibility2DOutline(True)
    display.SetOpacity2DOutline(1.0)
    display.SetSliceIntersectionThickness(3)
