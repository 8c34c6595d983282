"""Several detectors on the same held-out virtual patients, in one table.

All see the same framed slices; each gives its own heat and its own highest patch, so that what is compared is what a
reader would be shown.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.explain import explain
from GANAnomalyLib.detectors.loaded_model import LoadedModel
from GANAnomalyLib.running.progress import ProgressCallback, no_progress
from GANAnomalyLib.score import heat_from_patches, patch_distance_map, to_gray8
from GANAnomalyLib.score.calibration import Calibration
from GANAnomalyLib.score.own_scores import OwnScores

from ..statistics.score_areas import ScoreCounts, auroc, average_precision
from .demo_cohort import Slices


@dataclass
class DetectorScores:
    """What one detector shows of N slices: heat (N, R, R), the highest patch's score and box (row, col, size)."""

    heat: np.ndarray
    scores: np.ndarray
    boxes: np.ndarray


def show(
    model: LoadedModel,
    images: np.ndarray,
    progress: ProgressCallback = no_progress,
    device: str = "cpu",
    **settings: Any,
) -> DetectorScores:
    """Run a model's own detector, as an analysis would, on framed slices (N, R, R) in [-1, 1]."""
    recommended = model.card.recommended
    metric, patch = str(recommended.get("metric", "wd")), int(recommended.get("patch_size", 8))
    arrays = {name: tensor.numpy() for name, tensor in model.calibration.items()}
    calibration = Calibration.stored(arrays, metric, patch)
    heat = np.zeros(images.shape, np.float32)
    scores, boxes = np.zeros(len(images)), np.zeros((len(images), 3), int)
    for item in explain(model, images, DetectorOptions(device, settings=settings), progress=progress):
        own = OwnScores.of(item.anomaly, item.windows)
        if own is None:
            original, restored = to_gray8(images[item.index]), to_gray8(item.reconstruction)
            if calibration is None:
                windows = patch_distance_map(original, restored, patch, metric)
            else:
                windows = calibration.windows(original, restored, patch, metric)
            own = OwnScores(np.nan_to_num(heat_from_patches(windows, patch, original.shape)), windows)
        heat[item.index] = own.heat
        row, col = np.unravel_index(np.nanargmax(own.windows), own.windows.shape)
        scores[item.index] = own.windows[row, col]
        boxes[item.index] = row, col, own.patch_size
    return DetectorScores(heat, scores, boxes)


def results(normal: DetectorScores, abnormal: DetectorScores, truth: Slices) -> dict[str, Any]:
    """Numbers of one detector: by kind and on average, over slices and over pixels.

    ``pixel_auroc`` and ``pixel_ap`` pool the pixels of the abnormal slices of a kind; ``slice_auroc`` sets them against
    the normal slices by their highest patch; ``located`` is the share of slices whose highest patch meets the anomaly.
    """
    table: dict[str, dict[str, float]] = {}
    for kind in dict.fromkeys(truth.kinds.tolist()):
        which = truth.kinds == kind
        heat, mask = abnormal.heat[which], truth.masks[which]
        pixels = ScoreCounts.of(heat[~mask], heat[mask])
        slices = ScoreCounts.of(normal.scores, abnormal.scores[which])
        hits = [
            mask[row : row + size, col : col + size].any()
            for mask, (row, col, size) in zip(truth.masks[which], abnormal.boxes[which], strict=True)
        ]
        table[kind] = {
            "slice_auroc": auroc(slices),
            "located": float(np.mean(hits)),
            "pixel_auroc": auroc(pixels),
            "pixel_ap": average_precision(pixels),
        }
    names = next(iter(table.values()))
    table["mean"] = {name: float(np.mean([row[name] for row in table.values()])) for name in names}
    return {kind: {name: round(value, 3) for name, value in row.items()} for kind, row in table.items()}


def compare(
    models: list[LoadedModel], normal: np.ndarray, abnormal: Slices, say: Any = print, **settings: Any
) -> dict[str, Any]:
    """:func:`results` by model name, with ``seconds_per_slice``; ``settings`` go to PICARD's detector."""
    found = {}
    for model in models:
        own = settings if model.card.kind == "picard" else {}
        started, processor = time.monotonic(), time.process_time()
        quiet, shown = show(model, normal, **own), show(model, abnormal.images, **own)
        count = len(normal) + len(abnormal.images)
        found[model.card.name] = {
            **results(quiet, shown, abnormal),
            "seconds_per_slice": round((time.monotonic() - started) / count, 3),
            "cpu_seconds_per_slice": round((time.process_time() - processor) / count, 3),
        }
        say(f"{model.card.name}: {found[model.card.name]}")
    return found
