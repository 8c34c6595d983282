"""The findings' voxels, one by one. Touches no scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..pictures import manifest_facts as facts
from ..pictures.result_maps import read_map
from ..results.result import AnalysisResult, Finding
from ..results.segmentation_file import finding_segments, labels_named_in
from ..volume.volume import Volume


@dataclass
class LabelBox:
    """A finding's voxels: ``values`` (K, J, I), its label inside and 0 outside, from the volume's voxel ``first``
    (i, j, k) on."""

    values: np.ndarray
    first: tuple[int, int, int]


def read_labels(result: AnalysisResult, image: Volume) -> dict[int, LabelBox]:
    """The voxels of a result's findings on the grid of ``image``, by label: the whole box of each.

    The file has them once only, where boxes meet: whoever lies within a better finding's box has none there.

    Raises :class:`InputError` when the file is missing, damaged or of another volume, or lacks a finding.
    """
    path = result.path("findings_segmentation")
    read_map(path, image, np.uint16)
    named = labels_named_in(path)
    for wanted in finding_segments(result.findings, facts.unit(result)):
        if wanted["label"] not in named:
            raise InputError(f"{path} lacks finding {wanted['name']!r}: run the analysis again.")
    return {finding.label: box_of(finding) for finding in result.findings}


def box_of(finding: Finding) -> LabelBox:
    """The voxels of one finding."""
    first, stop = np.array(finding.box_ijk).T
    kind = np.uint8 if finding.label < 256 else np.uint16
    i, j, k = first.tolist()
    return LabelBox(np.full((stop - first)[::-1], finding.label, kind), (i, j, k))
