"""Whole results of small scans, made without an analysis: what a panel needs to show them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dicom.made import write_result

from GANAnomalyLib import write_volume
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.results.segmentation_file import box_labels, finding_segments, write_seg_nrrd
from GANAnomalyLib.volume import read_volume

BOXES = [((4, 12), (5, 14), (2, 5)), ((20, 26), (12, 20), (6, 7))]


def whole_result(folder: Path, image: Path, boxes: Sequence = BOXES, **manifest) -> AnalysisResult:
    """A result of ``image`` with findings in these boxes (voxels)."""
    result, volume = write_result(folder, image, boxes, **manifest), read_volume(image, allow_any=True)
    write_volume(volume, result.path("reconstruction"))
    labels = box_labels(result.findings, volume.voxels.shape)
    segments = finding_segments(result.findings)
    write_seg_nrrd(result.path("findings_segmentation"), labels, volume.ijk_to_ras, segments)
    return result
