"""The findings' voxels, read from their file and cut out one by one. Touches no scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..pictures import manifest_facts as facts
from ..pictures.result_maps import read_map
from ..results.result import AnalysisResult
from ..results.segmentation_file import finding_segments, labels_named_in
from ..volume.volume import Volume


@dataclass
class LabelBox:
    """A finding's voxels: ``values`` (K, J, I), its label inside and 0 outside, from the volume's voxel ``first``
    (i, j, k) on; without any where better findings cover it."""

    values: np.ndarray
    first: tuple[int, int, int]


def read_labels(result: AnalysisResult, image: Volume) -> dict[int, LabelBox]:
    """The voxels of a result's findings on the grid of ``image``, by label.

    Raises :class:`InputError` when the file is missing, damaged or of another volume, or lacks a finding.
    """
    path = result.path("findings_segmentation")
    labels = read_map(path, image, np.uint16)
    named = labels_named_in(path)
    for wanted in finding_segments(result.findings, facts.unit(result)):
        if wanted["label"] not in named:
            raise InputError(f"{path} lacks finding {wanted['name']!r}: run the analysis again.")
    return boxes_of(labels, [finding.label for finding in result.findings])


def boxes_of(volume: np.ndarray, labels: Sequence[int]) -> dict[int, LabelBox]:
    """The voxels of each of some labels in a (K, J, I) volume of them."""
    from scipy.ndimage import find_objects

    places = find_objects(volume, max_label=max(labels, default=0))
    found = {}
    for label in labels:
        box = places[label - 1] or (slice(0, 0),) * 3
        held = volume[box]
        values = np.where(held == label, held, 0).astype(np.uint8 if label < 256 else np.uint16)
        found[label] = LabelBox(values, (box[2].start, box[1].start, box[0].start))
    return found
