"""The findings' voxels, read from their file and cut to what holds any. Touches no scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..pictures import manifest_facts as facts
from ..pictures.result_maps import read_map
from ..results.result import AnalysisResult
from ..results.segmentation_file import finding_segments, labels_named_in
from ..volume.volume import Volume


@dataclass
class FindingLabels:
    """``values`` (K, J, I) uint8 or uint16, 0 is no finding; they begin at the volume's voxel ``first`` (i, j, k)."""

    values: np.ndarray
    first: tuple[int, int, int]


def read_labels(result: AnalysisResult, image: Volume) -> FindingLabels:
    """The labels of a result's findings on the grid of ``image``, as small as they can be.

    Raises :class:`InputError` when the file is missing, damaged or of another volume, or lacks a finding.
    """
    path = result.path("findings_segmentation")
    labels = read_map(path, image, np.uint16)
    named = labels_named_in(path)
    for wanted in finding_segments(result.findings, facts.unit(result)):
        if wanted["label"] not in named:
            raise InputError(f"{path} lacks finding {wanted['name']!r}: run the analysis again.")
    spans = [_span(labels.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    box = labels[tuple(slice(*span) for span in spans)]
    small = np.uint8 if not box.size or box.max() < 256 else np.uint16
    k, j, i = (span[0] for span in spans)
    return FindingLabels(np.ascontiguousarray(box, dtype=small), (i, j, k))


def _span(held: np.ndarray) -> tuple[int, int]:
    """(first, stop) of what is True; (0, 0) where nothing is."""
    places = np.flatnonzero(held)
    return (int(places[0]), int(places[-1]) + 1) if places.size else (0, 0)
