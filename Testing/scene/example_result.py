"""A result folder made from the torso CT by plain image processing, for tests that read results but make none.

The "reconstruction" is the CT smoothed over a centimetre, the heatmap the difference of the two in grey levels of the
window, the findings boxes around its maxima: every number comes from the image, by the contract of ``result.py``.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scipy.ndimage import gaussian_filter, uniform_filter

from GANAnomalyLib.pictures.result_maps import ijk_to_ras_of
from GANAnomalyLib.results.result import FILES, MANIFEST, AnalysisResult, Finding, finding_dict
from GANAnomalyLib.results.segmentation_file import box_labels, finding_segments, write_seg_nrrd
from GANAnomalyLib.results.why import Why
from GANAnomalyLib.volume.orient import AxialStack
from GANAnomalyLib.volume.volume import Volume

TORSO = Path(__file__).resolve().parents[2] / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"
WINDOW, LEVEL = 350.0, 50.0
UNIT = "grey levels (0-255)"
_BOX = 10


def torso() -> Volume:
    """The project's torso CT, (112, 101, 122) voxels of 3 mm."""
    image = sitk.ReadImage(str(TORSO))
    return Volume(sitk.GetArrayFromImage(image).astype(np.int16), ijk_to_ras_of(image), "CT")


def pelvis() -> Volume:
    """Its lower half, (56, 101, 122) voxels with a hip implant: enough for most tests, in half the time."""
    whole = torso()
    return Volume(whole.voxels[:56], whole.ijk_to_ras, whole.modality)


def hip() -> Volume:
    """A piece around the hip implant, (24, 60, 80) voxels, for tests that open many scenes."""
    whole = torso()
    matrix = whole.ijk_to_ras.copy()
    matrix[:3, 3] = whole.ras(np.array([30, 25, 4]))
    return Volume(np.ascontiguousarray(whole.voxels[4:28, 25:85, 30:110]), matrix, whole.modality)


def sagittal(volume: Volume) -> Volume:
    """The same image in the same place, stored from left to right in sagittal planes, feet first."""
    # New (i, j, k) are the old (j, -k, -i).
    count_i, _, count_k = volume.voxels.shape[::-1]
    voxels = np.ascontiguousarray(volume.voxels.transpose(2, 0, 1)[::-1, ::-1, :])
    old = volume.ijk_to_ras
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = old[:3, 1], -old[:3, 2], -old[:3, 0]
    matrix[:3, 3] = volume.ras(np.array([count_i - 1, 0, count_k - 1]))
    return Volume(voxels, matrix, volume.modality)


def tilted(volume: Volume, degrees: float = 20.0) -> Volume:
    """The same voxels, the patient lying turned about the left-right axis, the origin elsewhere."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[1, 0, 0, 12.5], [0, cosine, -sine, -40.0], [0, sine, cosine, 230.0], [0, 0, 0, 1.0]])
    return Volume(volume.voxels, turn @ volume.ijk_to_ras, volume.modality)


def make_result(
    folder: Path, volume: Volume, top: int = 4, threshold: float | None = 60.0, smooth: np.ndarray | None = None
) -> AnalysisResult:
    """Write a whole result folder for ``volume`` and open it; ``smooth`` is the reconstruction, where it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    if smooth is None:
        smooth = gaussian_filter(volume.voxels.astype(np.float32), sigma=[10.0 / s for s in volume.spacing[::-1]])
    heat = np.abs(_grey_levels(volume.voxels) - _grey_levels(smooth))
    findings = _findings(volume, heat, top)
    _write_map(folder / FILES["heatmap"], volume, heat)
    _write_map(folder / FILES["reconstruction"], volume, smooth)
    labels = box_labels(findings, volume.voxels.shape)
    write_seg_nrrd(folder / FILES["findings_segmentation"], labels, volume.ijk_to_ras, finding_segments(findings, UNIT))
    (folder / FILES["findings"]).write_text(json.dumps({"findings": [finding_dict(f) for f in findings]}))
    _write_scores(folder / FILES["scores"], volume, heat)
    manifest = {
        "schema_version": 1,
        "fingerprint": "0123abcd",
        "request": {"input": "torso.nii.gz", "model": "smooth-1cm", "metric": None, "window": None, "level": None},
        "settings": {"metric": "mse", "window": WINDOW, "level": LEVEL, "score_unit": UNIT},
        "model": {"name": "smooth-1cm", "title": "Smoothed CT, 1 cm"},
    }
    if threshold is not None:
        manifest["heatmap_threshold"] = threshold
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return AnalysisResult.read(folder)


def _grey_levels(hu: np.ndarray) -> np.ndarray:
    return np.clip((hu - (LEVEL - WINDOW / 2)) / WINDOW, 0, 1).astype(np.float32) * 255


def _findings(volume: Volume, heat: np.ndarray, top: int) -> list[Finding]:
    stack = AxialStack.from_volume(volume)
    # Reflecting the border would pile up the edge of the body there; zeros do not.
    left = uniform_filter(heat, _BOX, mode="constant")
    found = []
    for rank in range(1, top + 1):
        peak = np.array(np.unravel_index(int(np.argmax(left)), left.shape))
        start = np.maximum(peak - _BOX // 2, 0)
        stop = np.minimum(start + _BOX, left.shape)
        score = float(left[tuple(peak)])
        box = tuple((int(a), int(b)) for a, b in zip(start[::-1], stop[::-1], strict=True))
        ends = np.array(box).T
        in_stack = stack.ijk_to_stack(np.array([ends[0], ends[1] - 1]))[:, 0]
        found.append(
            Finding(
                rank=rank,
                label=rank,
                score=score,
                metric="mse",
                slice=round(float(stack.ijk_to_stack(peak[::-1])[0])),
                slices=(int(in_stack.min()), int(in_stack.max())),
                box_ijk=box,
                centre_ras=tuple(volume.ras((ends[0] + ends[1] - 1) / 2).tolist()),
                size_mm=tuple(((ends[1] - ends[0]) * volume.spacing).tolist()),
                why=Why("brighter", 175, True) if rank == 1 else None,
            )
        )
        around = tuple(slice(max(p - 2 * _BOX, 0), p + 2 * _BOX) for p in peak)
        left[around] = -1
    return found


def _write_map(path: Path, volume: Volume, voxels: np.ndarray) -> None:
    image = sitk.GetImageFromArray(voxels.astype(np.float32))
    lps = np.diag([-1.0, -1, 1, 1]) @ volume.ijk_to_ras
    image.SetSpacing(volume.spacing)
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection((lps[:3, :3] / volume.spacing).ravel().tolist())
    sitk.WriteImage(image, str(path), useCompression=True)


def _write_scores(path: Path, volume: Volume, heat: np.ndarray) -> None:
    slices = AxialStack.from_volume(volume.like(heat)).slices
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["slice", "position_mm", "score", "patch_score", "patch_row", "patch_col", "mse"])
        for n, picture in enumerate(slices):
            patch = uniform_filter(picture, _BOX, mode="constant")
            row, col = np.unravel_index(int(np.argmax(patch)), patch.shape)
            position = n * volume.spacing[2]
            mean = float(picture.mean())
            writer.writerow([n, position, mean, float(patch.max()), int(row), int(col), float((picture**2).mean())])
