"""Small result folders whose findings are where a test puts them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from PIL import Image

from GANAnomalyLib.results.result import FILES, MANIFEST, Finding, finding_dict
from GANAnomalyLib.review.decisions import save_decisions
from GANAnomalyLib.review.finding_rows import FindingRow
from GANAnomalyLib.volume.framing import Frame
from GANAnomalyLib.volume.orient import AxialStack
from GANAnomalyLib.volume.volume import Volume

SHAPE = (6, 32, 40)
PATCH = 8
LPS = np.array([[-2.0, 0, 0, 30], [0, -2.0, 0, 40], [0, 0, 3.0, -10], [0, 0, 0, 1]])
FEET_UP = np.array([[0, 0, -2.0, 30], [2.0, 0, 0, -40], [0, -3.0, 0, 10], [0, 0, 0, 1]])
"""Voxels stored along other axes and the other way round."""


def volume_of(matrix: np.ndarray = LPS) -> Volume:
    """Zeros whose slices, as a reader sees them, are :data:`SHAPE`."""
    if matrix is FEET_UP:
        return Volume(np.zeros((SHAPE[2], SHAPE[0], SHAPE[1]), np.uint8), matrix)
    return Volume(np.zeros(SHAPE, np.uint8), matrix)


def write_result(
    folder: Path,
    findings: Sequence[tuple[float, Sequence[tuple[int, int, int]]]],
    matrix: np.ndarray = LPS,
    decisions: Sequence[str] | None = None,
    model: str = "m1",
) -> Path:
    """A result with ``findings`` (score, patches (slice, row, column) in slice pixels), the first patch the highest.

    The network's image is as fine as the slice, so that its pixels are the slice's, 4 rows lower (padding).
    """
    volume = volume_of(matrix)
    stack = AxialStack.from_volume(volume)
    _, height, width = stack.slices.shape
    frame = Frame.fit(height, width, *stack.spacing_mm[1:], max(height, width))
    down = (max(height, width) - height) // 2
    folder.mkdir(parents=True)
    items = []
    for rank, (score, patches) in enumerate(findings, start=1):
        low, high = np.min(patches, axis=0), np.max(patches, axis=0)
        box = ((low[0], high[0] + 1), (low[1], high[1] + PATCH), (low[2], high[2] + PATCH))
        per_slice = [
            {"slice": s, "row": r + down, "col": c, "score": score - 0.01 * n} for n, (s, r, c) in enumerate(patches)
        ]
        items.append(
            Finding(
                rank, rank, score, "wd", patches[0][0], (int(low[0]), int(high[0])), stack.box_to_ijk(box),
                (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), f"patches/finding_{rank:02d}.png", per_slice,
            )
        )  # fmt: skip
    manifest = {
        "schema_version": 1,
        "fingerprint": f"print-{folder.name}",
        "settings": {"metric": "wd", "patch_size": PATCH, "detector": "stylegan2", "score_unit": "grey levels"},
        "model": {"name": model, "hash": "sha256:" + "ab" * 32},
        "geometry": {
            "shape_kji": list(volume.voxels.shape),
            "ijk_to_ras": volume.ijk_to_ras.tolist(),
            "frame": frame.to_dict(),
        },
    }
    (folder / FILES["findings"]).write_text(json.dumps({"findings": [finding_dict(item) for item in items]}))
    (folder / FILES["scores"]).write_text("slice,score\n0,1.0\n")
    (folder / FILES["patches"]).mkdir()
    for item in items:
        Image.new("L", (20, 10), 40 * item.rank).save(folder / item.patch_picture)
    (folder / MANIFEST).write_text(json.dumps(manifest))
    if decisions is not None:
        rows = [
            FindingRow(n, 1.0, 0, (0, 0), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), f"F{n}", decision, "", "")
            for n, decision in enumerate(decisions, start=1)
        ]
        save_decisions(folder, rows)
    return folder


def write_mask(path: Path, *boxes: tuple[int, int, int, int, int, int], matrix: np.ndarray = LPS) -> Path:
    """A mask with boxes (s0, s1, r0, r1, c0, c1) in the slices that a reader sees, on the input's grid."""
    volume = volume_of(matrix)
    stack = AxialStack.from_volume(volume)
    marked = np.zeros(stack.slices.shape, np.uint8)
    for s0, s1, r0, r1, c0, c1 in boxes:
        marked[s0:s1, r0:r1, c0:c1] = 1
    image = sitk.GetImageFromArray(stack.to_voxels(marked))
    lps = np.diag([-1.0, -1, 1, 1]) @ volume.ijk_to_ras
    image.SetSpacing(volume.spacing)
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection((lps[:3, :3] / volume.spacing).ravel().tolist())
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image, str(path))
    return path
