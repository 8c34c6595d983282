"""What a demo model's file and card carry beside its weights: what held-out normals show, and thresholds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...models.card import ModelCard
from ...models.store import save_model
from . import cohort
from .evaluate import calibrate, calibrated, explain_with, patch_maps

RATES = (0.01, 0.02, 0.05)
METRICS = ("wd", "mse")


def calibrate_on_cohort(
    destination: Path, tensors: dict[str, Any], card: ModelCard, patients: int, stride: int = 2
) -> ModelCard:
    """Write a model twice: first as it is, to explain normals with it, then with what they showed.

    Parameters
    ----------
    tensors: the model's own, by name; arrays named "calibration.*" are added.
    card: its ``recommended`` metric and patch size decide thresholds; those and ``heatmap_threshold`` are set.
    patients, stride: held-out virtual patients to calibrate on, and of which of their slices; half as many others give
        the thresholds, which would be too low on the references themselves.
    """
    import torch

    from ...models.registry import load_model

    metric, patch = str(card.recommended["metric"]), int(card.recommended["patch_size"])
    save_model(destination, tensors, card, force=True)
    explain = explain_with(load_model(destination))
    stack = cohort.source()
    slices = cohort.normal_slices(stack, cohort.CALIBRATION_SEED, patients, stride)
    restored = explain(slices)
    tensors = dict(tensors)
    for name in METRICS:
        arrays = calibrate(slices, restored, name, patch).tensors(name, patch)
        tensors |= {f"calibration.{key}": torch.from_numpy(array) for key, array in arrays.items()}
    others = cohort.normal_slices(stack, cohort.THRESHOLD_SEED, max(patients // 2, 1), stride)
    remade = explain(others)
    maps = patch_maps(others, remade, metric, patch)
    maps = calibrated(maps, remade, calibrate(slices, restored, metric, patch))
    scores = maps.reshape(len(maps), -1).max(1)
    card.thresholds = {str(rate): round(float(np.quantile(scores, 1 - rate)), 3) for rate in RATES}
    card.recommended["heatmap_threshold"] = round(float(np.quantile(maps, 0.995)), 2)
    return save_model(destination, tensors, card, force=True)
