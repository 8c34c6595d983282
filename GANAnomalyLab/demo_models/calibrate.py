"""What a demo model's file and card carry beside its weights: what held-out normals show, and thresholds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.score import heat_from_patches, to_gray8

from ..evaluate.normative.pixel_thresholds import rounded_up, search_threshold
from ..train.normal_thresholds import RATES, reference_tensors
from . import demo_cohort as cohort
from .demo_detection import calibrate, explain_with, usual_maps

PATIENTS, STRIDE = 12, 4
"""Held-out normals whose slices the model file keeps, and of which of them: 336 slices, 6 megabytes."""


def calibrate_on_cohort(
    destination: Path, tensors: dict[str, Any], card: ModelCard, patients: int = PATIENTS, stride: int = STRIDE
) -> ModelCard:
    """Write a model twice: first as it is, to explain normals with it, then with what they showed.

    Parameters
    ----------
    tensors: the model's own, by name; arrays named "calibration.*" are replaced.
    card: its ``recommended`` metric and patch size decide thresholds; those, ``heatmap_threshold`` and
        ``heatmap_thresholds`` are set.
    patients, stride: held-out virtual patients to calibrate on, and of which of their slices; half as many others give
        the thresholds, which would be too low on the references themselves.
    """
    import torch

    from GANAnomalyLib.models.registry import load_model

    metric, patch = str(card.recommended["metric"]), int(card.recommended["patch_size"])
    tensors = {name: value for name, value in tensors.items() if not name.startswith("calibration.")}
    save_model(destination, tensors, card, force=True)
    explain = explain_with(load_model(destination))
    stack = cohort.source()
    slices = cohort.normal_slices(stack, cohort.CALIBRATION_SEED, patients, stride)
    restored = explain(slices)
    arrays = reference_tensors(to_gray8(slices), to_gray8(restored), metric, patch)
    tensors |= {f"calibration.{key}": torch.from_numpy(array) for key, array in arrays.items()}
    others = cohort.normal_slices(stack, cohort.THRESHOLD_SEED, max(patients // 2, 1), stride)
    maps = usual_maps(others, explain(others), metric, patch, calibrate(slices, restored, metric, patch))
    scores = maps.reshape(len(maps), -1).max(1)
    card.thresholds = {str(rate): round(float(np.quantile(scores, 1 - rate)), 3) for rate in RATES}
    card.recommended["heatmap_threshold"] = round(float(np.quantile(maps, 0.995)), 2)
    heats = (heat_from_patches(patch_map, patch, others.shape[1:]) for patch_map in maps)
    pixels = search_threshold(heats, RATES)
    card.recommended["heatmap_thresholds"] = {rate: rounded_up(value) for rate, value in pixels.items()}
    # Whatever it says is of others.
    card.recommended.pop("heatmap_thresholds_from", None)
    return save_model(destination, tensors, card, force=True)


def recalibrate(path: Path, patients: int = PATIENTS, stride: int = STRIDE, metric: str | None = None) -> ModelCard:
    """Calibrate a demo model's file anew, in place; its weights stay, and ``metric`` becomes what its card recommends.

    The file is replaced only when the new one is complete. Raises :class:`InputError` for a file that is not there.
    """
    import tempfile

    from GANAnomalyLib.models.checkpoint.safetensor_files import read_safetensors

    if not path.is_file() or not path.with_suffix(".json").is_file():
        raise InputError(f"There is no model {path} with a card beside it: check the name.")
    card = ModelCard.read(path.with_suffix(".json"))
    if metric is not None:
        card.recommended["metric"] = metric
    with tempfile.TemporaryDirectory() as folder:
        # Models are found by their own name, and the one in use must stay whole until there is another.
        made = calibrate_on_cohort(Path(folder) / path.name, read_safetensors(path), card, patients, stride)
        return save_model(path, read_safetensors(Path(folder) / path.name), made, force=True)
