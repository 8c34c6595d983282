"""Writing .seg.nrrd: a label volume that 3D Slicer opens as a segmentation with names, colours and terminology.

The fields are those 3D Slicer documents for its segmentation storage (Slicer developer guide, MRML, "Segmentations").
"""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from ..files import whole
from ..models.score_units import score_text
from .colours import finding_colour
from .result import Finding

# What a finding is, in codes: abnormal, and no more than that. Calling it a mass or a cyst is the reader's part.
ABNORMAL_STRUCTURE = (
    "Segmentation category and type - 3D Slicer General Anatomy list"
    "~SCT^49755003^Morphologically Altered Structure"
    "~SCT^49755003^Morphologically Abnormal Structure"
    "~^^~Anatomic codes - DICOM master list~^^~^^"
)
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


class Segment(TypedDict):
    """One segment: its value in the label volume, its name, sRGB colour in 0..1 and Slicer's terminology text."""

    label: int
    name: str
    color: tuple[float, float, float]
    terminology: str


def segment_name(finding: Finding, unit: str = "") -> str:
    """A finding's name in lists and scenes: "1 - 9.4x usual", or "1 - score 43.2" where no unit is given."""
    return f"{finding.rank} - {'' if unit else 'score '}{score_text(finding.score, unit)}"


def finding_segments(findings: Sequence[Finding], unit: str = "") -> list[Segment]:
    """A segment a finding, in the order given; ``unit`` is what scores count, as in the manifest."""
    return [
        Segment(label=f.label, name=segment_name(f, unit), color=finding_colour(n), terminology=ABNORMAL_STRUCTURE)
        for n, f in enumerate(findings)
    ]


def box_labels(findings: Sequence[Finding], shape: tuple[int, int, int]) -> np.ndarray:
    """(K, J, I) uint8 or uint16 labels with every finding's box filled; where boxes meet, the better rank shows."""
    top = max((f.label for f in findings), default=0)
    labels = np.zeros(shape, dtype=np.uint8 if top < 256 else np.uint16)
    for finding in sorted(findings, key=lambda f: f.rank, reverse=True):
        i, j, k = (slice(start, stop) for start, stop in finding.box_ijk)
        labels[k, j, i] = finding.label
    return labels


def write_seg_nrrd(path: Path | str, labels: np.ndarray, ijk_to_ras: np.ndarray, segments: Sequence[Segment]) -> None:
    """Write labels as a segmentation file, whole or not at all.

    Parameters
    ----------
    path: where to; the name ends in ".seg.nrrd", which is how Slicer tells it from a plain volume.
    labels: (K, J, I) uint8 or uint16, 0 is background.
    ijk_to_ras: (4, 4) of the grid, RAS millimetres.
    segments: what the labels mean; a label without voxels gives an empty segment, as Slicer would write it.

    Raises ValueError for arguments that do not fit together, :class:`GANAnomalyError` when the file cannot be written.
    """
    path = Path(path)
    if not path.name.endswith(".seg.nrrd"):
        raise ValueError(f"{path.name} must end in .seg.nrrd")
    if labels.ndim != 3 or labels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"labels must be (K, J, I) uint8 or uint16, not {labels.shape} {labels.dtype}")
    if len({s["label"] for s in segments}) != len(segments) or any(s["label"] < 1 for s in segments):
        raise ValueError("every segment needs its own label above zero")
    unnamed = set(np.unique(labels).tolist()) - {0} - {s["label"] for s in segments}
    if unnamed:
        raise ValueError(f"no segment says what these labels mean: {sorted(unnamed)}")
    _write_image(path, _image(labels, ijk_to_ras, segments))


def labels_named_in(path: Path | str) -> set[int]:
    """The labels that a segmentation file's header names, those without voxels included; the file must be whole."""
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    keys = [key for key in reader.GetMetaDataKeys() if key.startswith("Segment") and key.endswith("_LabelValue")]
    return {int(reader.GetMetaData(key)) for key in keys if reader.GetMetaData(key).isdecimal()}


def segment_id(label: int) -> str:
    """The ID of a finding's segment, in files as in scenes."""
    return f"Finding_{label}"


def _image(labels: np.ndarray, ijk_to_ras: np.ndarray, segments: Sequence[Segment]) -> Any:
    import SimpleITK as sitk

    lps = _RAS_TO_LPS @ np.asarray(ijk_to_ras, dtype=np.float64)
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image = sitk.GetImageFromArray(labels)
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    for key, value in _header(labels, segments).items():
        image.SetMetaData(key, value)
    return image


def _header(labels: np.ndarray, segments: Sequence[Segment]) -> dict[str, str]:
    header = {
        "Segmentation_MasterRepresentation": "Binary labelmap",
        "Segmentation_SourceRepresentation": "Binary labelmap",
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        "Segmentation_ReferenceImageExtentOffset": "0 0 0",
    }
    for n, segment in enumerate(segments):
        fields = {
            "ID": segment_id(segment["label"]),
            "Name": _one_line(segment["name"]),
            "NameAutoGenerated": "0",
            "Color": " ".join(f"{channel:.6f}" for channel in segment["color"]),
            "ColorAutoGenerated": "0",
            "LabelValue": str(segment["label"]),
            "Layer": "0",
            "Extent": _extent(labels, segment["label"]),
            "Tags": f"TerminologyEntry:{_one_line(segment['terminology'])}|",
        }
        header.update({f"Segment{n}_{name}": value for name, value in fields.items()})
    return header


def _extent(labels: np.ndarray, label: int) -> str:
    """First and last voxel along i, j and k; Slicer's own empty extent (0 -1) where there is none."""
    where = np.nonzero(labels == label)
    if where[0].size == 0:
        return "0 -1 0 -1 0 -1"
    return " ".join(f"{int(axis.min())} {int(axis.max())}" for axis in where[::-1])


def _one_line(text: str) -> str:
    # A line break would end the header's field, a bar would end the tag.
    return " ".join(text.replace("|", "/").split())


def _write_image(path: Path, image: Any) -> None:
    import SimpleITK as sitk

    with whole(path, "the findings", ending=".seg.nrrd") as part:
        try:
            sitk.WriteImage(image, str(part), useCompression=True)
        except RuntimeError as error:
            # The library does not pass on what the system said.
            raise OSError(errno.EIO, "the image library could not write it") from error
