"""How well a model detects inserted anomalies on held-out virtual patients.

Beside simple baselines, and for any model: ``gananomaly benchmark``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from GANAnomalyLib.score import patch_distance_map, to_gray8
from GANAnomalyLib.score.calibration import Calibration
from GANAnomalyLib.score.normal_reference import NormalReference

from ..statistics.score_areas import ScoreCounts
from ..statistics.score_areas import auroc as area
from .demo_cohort import Slices

Explain = Callable[[np.ndarray], np.ndarray]
"""(N, R, R) images in [-1, 1] to their pseudo-healthy reconstructions, the same shape."""


def explain_with(
    model: Any, mode: str = "fast", steps: int | None = None, device: str = "cpu", **settings: Any
) -> Explain:
    """The model's own detector as an :data:`Explain`."""
    from GANAnomalyLib.detectors.base import DetectorOptions
    from GANAnomalyLib.detectors.explain import explain

    options = DetectorOptions(device, mode, steps, settings=settings)
    return lambda images: np.stack([item.reconstruction for item in explain(model, images, options)])


@dataclass
class Detection:
    """Results of one explainer: AUROC and localisation by kind, and the reconstruction error on normals."""

    auroc: dict[str, float]
    located: dict[str, float]
    mse: float

    @property
    def mean_auroc(self) -> float:
        return float(np.mean(list(self.auroc.values())))

    @property
    def mean_located(self) -> float:
        return float(np.mean(list(self.located.values())))

    def to_dict(self) -> dict[str, Any]:
        """Rounded, for the card and tables."""
        return {
            "auroc": {kind: round(value, 3) for kind, value in self.auroc.items()},
            "auroc_mean": round(self.mean_auroc, 3),
            "top_patch_on_anomaly": {kind: round(value, 2) for kind, value in self.located.items()},
            "top_patch_on_anomaly_mean": round(self.mean_located, 2),
            "mse_gray8_on_normals": round(self.mse, 1),
        }


def auroc(normal: np.ndarray, abnormal: np.ndarray) -> float:
    """Area under the ROC curve: the probability that an abnormal score exceeds a normal one, ties counting half."""
    return area(ScoreCounts.of(normal, abnormal))


def patch_maps(images: np.ndarray, restored: np.ndarray, metric: str, patch_size: int) -> np.ndarray:
    """(N, h, w) patch distances of pairs (N, R, R) in [-1, 1]."""
    pairs = zip(to_gray8(images), to_gray8(restored), strict=True)
    return np.stack([patch_distance_map(a, b, patch_size, metric).astype(np.float32) for a, b in pairs])


def usual_maps(
    images: np.ndarray, restored: np.ndarray, metric: str, patch_size: int, usual: NormalReference
) -> np.ndarray:
    """(N, h, w) patch scores of pairs (N, R, R) in [-1, 1], in times what is usual."""
    return np.stack(list(usual.windows_of(to_gray8(images), to_gray8(restored), patch_size, metric)))


def calibrate(normal: np.ndarray, restored: np.ndarray, metric: str, patch_size: int) -> NormalReference:
    """What is usual, from normal slices (N, R, R) in [-1, 1] and their reconstructions, as a model file has it."""
    from ..train.normal_thresholds import reference_tensors

    stored = reference_tensors(to_gray8(normal), to_gray8(restored), metric, patch_size)
    usual = Calibration.stored(stored, metric, patch_size)
    assert usual is not None
    return usual


def detection(
    normal: np.ndarray,
    restored_normal: np.ndarray,
    abnormal: Slices,
    restored_abnormal: np.ndarray,
    metric: str,
    patch_size: int,
    calibration: NormalReference | None,
) -> Detection:
    """Slice AUROC by the highest patch, and the share of abnormal slices whose highest patch meets the anomaly."""
    if calibration is None:
        maps_normal = patch_maps(normal, restored_normal, metric, patch_size)
        maps_abnormal = patch_maps(abnormal.images, restored_abnormal, metric, patch_size)
    else:
        maps_normal = usual_maps(normal, restored_normal, metric, patch_size, calibration)
        maps_abnormal = usual_maps(abnormal.images, restored_abnormal, metric, patch_size, calibration)
    scores = maps_normal.reshape(len(maps_normal), -1).max(1)
    marked = maps_abnormal.reshape(len(maps_abnormal), -1).max(1)
    hits = np.zeros(len(maps_abnormal), bool)
    for number, (patch_map, mask) in enumerate(zip(maps_abnormal, abnormal.masks, strict=True)):
        row, col = np.unravel_index(patch_map.argmax(), patch_map.shape)
        hits[number] = mask[row : row + patch_size, col : col + patch_size].any()
    kinds = list(dict.fromkeys(abnormal.kinds.tolist()))
    return Detection(
        {kind: auroc(scores, marked[abnormal.kinds == kind]) for kind in kinds},
        {kind: float(hits[abnormal.kinds == kind].mean()) for kind in kinds},
        float(((to_gray8(normal).astype(np.float32) - to_gray8(restored_normal)) ** 2).mean()),
    )
