"""Result folders with known restorations, without a model: what an analysis writes, of pictures that a test chose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from GANAnomalyLab.evaluate.normative import Scan
from GANAnomalyLib.analysis.prepare import Resolved, prepare
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.analysis.score_slices import score_slices
from GANAnomalyLib.analysis.write_result import write_outputs
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken, no_progress
from GANAnomalyLib.volume import Volume, hash_volume, read_volume, write_volume

SIZE, PATCH = 32, 4
MODEL_HASH = "0" * 64
Restore = Callable[[np.ndarray], np.ndarray]
"""(N, R, R) uint8 pictures to their restorations."""


def body(seed: int, slices: int = 4, side: int = 40) -> np.ndarray:
    """(S, H, W) int16: a round body of soft tissue with two organs and noise, in HU."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    flat = np.where(np.hypot(x, y * 1.2) < side * 0.42, 40.0, -1000.0)
    flat[np.hypot(x + 6 + rng.normal(), y) < 5] = 110
    flat[np.hypot(x - 7, y - 3 + rng.normal()) < 4] = -60
    return np.rint(flat + rng.normal(0, 8, (slices, side, side))).astype(np.int16)


def with_lesion(hu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A copy with a bright cube in its middle slices, and its mask."""
    mask = np.zeros(hu.shape, bool)
    mask[1:3, 24:30, 16:22] = True
    return np.where(mask, 210, hu).astype(np.int16), mask


def volume_of(voxels: np.ndarray, spacing: tuple[float, float, float] = (2.0, 2.0, 3.0)) -> Volume:
    return Volume(voxels, np.diag([*spacing, 1.0]), "CT")


def write_scan(
    folder: Path, name: str, hu: np.ndarray, restore: Restore, mask: np.ndarray | None = None, metric: str = "mse"
) -> Scan:
    """The CT, its mask, and a result folder whose restorations ``restore`` made."""
    from GANAnomalyLib.results.result import MANIFEST

    folder.mkdir(parents=True, exist_ok=True)
    path = write_volume(volume_of(hu), folder / f"{name}.nii.gz")
    volume = read_volume(path)
    card = ModelCard("made", resolution=SIZE, recommended={"metric": metric, "patch_size": PATCH})
    request = AnalysisRequest(str(path), output=str(folder / "results" / name))
    resolved = Resolved.of(request, card, volume)
    prepared = prepare(request, resolved, card, volume)
    pictures = restore(prepared.originals)
    scored = score_slices(prepared, pictures, resolved, 4, no_progress, CancelToken())
    out = folder / "results" / name
    out.mkdir(parents=True)
    write_outputs(out, prepared, pictures, scored, resolved, CancelToken())
    manifest = {
        "schema_version": 1,
        "request": request.to_dict(),
        "settings": {
            "window": resolved.window,
            "level": resolved.level,
            "metric": scored.metric,
            "patch_size": scored.patch_size,
            "score_unit": scored.unit,
        },
        "model": {"name": "made", "hash": MODEL_HASH},
        "input": {"hash": hash_volume(volume)},
        "geometry": {"frame": prepared.frames.to_dict()},
    }
    import json

    (out / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    marked = None
    if mask is not None:
        (folder / "masks").mkdir(exist_ok=True)
        marked = write_volume(volume_of(mask.astype(np.uint8)), folder / "masks" / f"{name}.nii.gz")
    return Scan(name, out, marked)


def identity(pictures: np.ndarray) -> np.ndarray:
    return pictures.copy()


def blank(pictures: np.ndarray) -> np.ndarray:
    return np.zeros_like(pictures)


def blurred(pictures: np.ndarray, sigma: float = 1.0) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(pictures, (0, sigma, sigma))
