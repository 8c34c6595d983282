"""What normals score: the maps that make scores comparable, and the scores that few normal slices reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from GANAnomalyLib.analysis.explain_slices import along_z, own_scores
from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.explain import make_detector
from GANAnomalyLib.detectors.kinds import find_kind
from GANAnomalyLib.detectors.loaded_model import LoadedModel
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part
from GANAnomalyLib.score import heat_from_patches, patch_distance_maps, to_gray8
from GANAnomalyLib.score.calibration import Calibration
from GANAnomalyLib.score.channels import calibrated_windows, planes_of
from GANAnomalyLib.score.differences import METRICS, VERSION_NAME, Differences
from GANAnomalyLib.score.map_scores import MapScores
from GANAnomalyLib.score.own_scores import OwnScores
from GANAnomalyLib.score.regions import window_valid_map
from GANAnomalyLib.volume.colour_channels import grey_levels

from ..evaluate.normative.pixel_thresholds import HeatCounts, rounded_up
from ..images import ImageSet, split_by_patient

RATES = (0.01, 0.02, 0.05)
REFERENCES, JUDGED = 512, 4000
"""The most slices that maps and thresholds are taken from: maps are stored with the model."""
JUDGED_SHARE = 1 / 3
HEAT_QUANTILE = 0.995
LEAST_BODY_SHARE = 0.8
FEW = 1 / RATES[0]
AT_ONCE = 64
APART_MM = 1e6
Say = Callable[[str], None]


@dataclass
class Calibrated:
    """``tensors`` to store with the model behind "calibration."; for the card, slice scores by false positive rate.

    ``heatmap_threshold`` is what 1 in 200 places of normal slices exceeds, ``heatmap_thresholds`` what no more than a
    share of their pixels do; ``facts`` are plain values.
    """

    tensors: dict[str, np.ndarray]
    thresholds: dict[str, float]
    heatmap_threshold: float
    heatmap_thresholds: dict[str, float]
    facts: dict[str, Any] = field(default_factory=dict)


def calibrate(
    model: LoadedModel,
    normals: ImageSet,
    metric: str,
    patch_size: int,
    steps: int | None,
    device: str,
    seed: int,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Say,
) -> Calibrated:
    """Explain normal images as the fast analysis does, and see how they score.

    Two thirds of the patients give the maps that scores are divided by; thresholds are the quantiles of the highest
    patch score of the slices of the others, for on the same patients they would be too low. A detector that scores
    windows by itself needs no maps: all patients give the thresholds.

    Raises :class:`InputError` for images of fewer than two patients or another size than the model's.
    """
    if normals.resolution != model.card.resolution:
        raise InputError(
            f"The normals have {normals.resolution} pixels a side and the model {model.card.resolution}: they "
            "must be the same."
        )
    if len(np.unique(normals.patients)) < 2:
        raise InputError("Thresholds need normals of two patients or more, better of twenty: give more with --normals.")
    options = DetectorOptions(device=device, steps=steps, seed=seed)
    kind, recommended = find_kind(model.card.kind), model.card.recommended
    mapped, maps = kind.maps(recommended), MapScores.of_model(model.card.resolution, {})
    stored, calibration, references, judged, begin = {}, None, None, normals, 0.0
    if mapped or not kind.scores_itself(recommended):
        references, judged = split_by_patient(normals, JUDGED_SHARE, seed)
        references, begin = _thinned(references, REFERENCES), 0.6
        way = part(progress, 0, begin)
        if mapped:
            stored = _map_references(model, references, maps, options, way, cancel)
            maps = MapScores.of_model(model.card.resolution, stored)
        else:
            stored = _references(model, references, metric, patch_size, options, way, cancel)
            calibration = Calibration.stored(stored, metric, patch_size)
            if calibration is None:
                raise InputError(f"The metric {metric} cannot be calibrated: choose wd, mse or ssim.")
    judged = _thinned(judged, JUDGED)
    scores, heat, pixels = [], [], HeatCounts()
    for originals, pictures, own in _explained(model, judged, options, part(progress, begin, 1.0), cancel, maps):
        shown = _shown(originals)
        if calibration is None:
            patch_size = own[0].patch_size
            windows: Iterable[np.ndarray] = [item.windows for item in own]
        else:
            pair = planes_of(originals), planes_of(pictures)
            each = calibrated_windows(calibration, *pair, patch_size, metric, cancel.check)
            windows = (channels.mean(0) for channels in each)
        valid = _windows(shown, patch_size)
        for place, whole in enumerate(windows):
            # As a result's heatmap is made: windows that hold too little of the slice count for nothing.
            counted = np.where(valid, whole, np.nan)
            spread = own[place].heat if own else heat_from_patches(counted, patch_size, originals.shape[-2:])
            pixels.add(spread[shown], cancel)
            times = counted[np.isfinite(counted)]
            scores.append(float(times.max(initial=0.0)))
            heat.append(times[:: max(patch_size // 2, 1)])
    if len(scores) < FEW:
        say(
            f"The thresholds rest on {len(scores)} slices of {len(np.unique(judged.patients))} patients: those at 1 in "
            f"{FEW:.0f} are rough. Give more normals for better ones."
        )
    return Calibrated(
        stored,
        {str(rate): round(float(np.quantile(scores, 1 - rate)), 3) for rate in RATES},
        round(float(np.quantile(np.concatenate(heat), HEAT_QUANTILE)), 2),
        {rate: rounded_up(value) for rate, value in pixels.thresholds(RATES).items()},
        {
            **_counted("reference", references),
            "threshold_slices": len(scores),
            "threshold_patients": len(np.unique(judged.patients)),
        },
    )


def _counted(role: str, images: ImageSet | None) -> dict[str, int]:
    if images is None:
        return {}
    return {f"{role}_slices": len(images), f"{role}_patients": len(np.unique(images.patients))}


def least_body(areas_cm2: np.ndarray) -> float:
    """The area of body (cm2) below which a slice is none that a model knows: a little less than any normal one has.

    ``areas_cm2`` are those of the normals' slices, 0 where they are not known; 0 where none is.
    """
    known = areas_cm2[areas_cm2 > 0]
    return round(LEAST_BODY_SHARE * float(known.min()), 1) if len(known) else 0.0


def reference_tensors(
    originals: np.ndarray, pictures: np.ndarray, metric: str, patch_size: int
) -> dict[str, np.ndarray]:
    """What a model file keeps of normals (M, R, R) uint8 and their explanations, behind "calibration.".

    The differences serve WD and MSE and every patch size; 1 - SSIM has maps of its own, of one patch size.
    """
    stored = Differences.from_normals(originals, pictures).tensors()
    if metric not in METRICS:
        maps = patch_distance_maps(originals, pictures, patch_size, metric)
        stored |= Calibration.from_normals(pictures, maps, patch_size).tensors(metric, patch_size)
    return stored


def _references(
    model: LoadedModel,
    images: ImageSet,
    metric: str,
    patch_size: int,
    options: DetectorOptions,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> dict[str, np.ndarray]:
    """The tensors of a calibration, gathered a few slices at a time: all of them whole are large."""
    parts: dict[str, list[np.ndarray]] = {}
    for originals, pictures, _ in _explained(model, images, options, progress, cancel, None):
        # Channels of colours are slices of their own.
        shown, restored = (planes.reshape(-1, *planes.shape[-2:]) for planes in (originals, pictures))
        for name, array in reference_tensors(shown, restored, metric, patch_size).items():
            parts.setdefault(name, []).append(array)
    return {name: arrays[0] if name == VERSION_NAME else np.concatenate(arrays) for name, arrays in parts.items()}


def _map_references(
    model: LoadedModel,
    images: ImageSet,
    maps: MapScores,
    options: DetectorOptions,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> dict[str, np.ndarray]:
    """The tensors of a calibration of a detector's own anomaly maps."""
    restored, windows = [], []
    for _, pictures, own in _explained(model, images, options, progress, cancel, maps):
        restored += [grey_levels(picture) for picture in pictures]
        windows += [item.windows for item in own]
    return maps.learnt(np.stack(windows), np.stack(restored))


def _explained(
    model: LoadedModel,
    images: ImageSet,
    options: DetectorOptions,
    progress: ProgressCallback,
    cancel: CancelToken,
    maps: MapScores | None,
) -> Iterator[tuple[np.ndarray, np.ndarray, list[OwnScores]]]:
    """(n, R, R) uint8 slices, or (n, 3, R, R) for a detector that explains pictures in colours, their explanations and
    a detector's own scores of them, if it has any.

    Patient by patient: neighbours help each other in the search, and in scores that are averaged along z.
    """
    detector = make_detector(model, options)
    done, at_once = 0, len(images) if detector.depth_mm else AT_ONCE
    for patient in np.unique(images.patients):
        rows = np.flatnonzero(images.patients == patient)
        for first in range(0, len(rows), at_once):
            chosen = rows[first : first + at_once]
            slices = images.batch(chosen)
            slices = slices if detector.colours else slices.mean(1)
            pictures, own = np.empty(slices.shape, np.uint8), {}
            for item in detector.explain(slices, list(range(len(slices))), no_progress, cancel):
                cancel.check()
                pictures[item.index] = to_gray8(item.reconstruction)
                if maps is not None:
                    own[item.index] = own_scores(item.anomaly, item.windows, pictures[item.index], maps)
                done += 1
                progress(done / len(images), Message("explaining_normals", number=done, count=len(images)))
            scores = [own.get(index) for index in range(len(slices))]
            whole = [item for item in scores if item is not None]
            heights = images.heights_mm[chosen] + APART_MM * images.items[chosen]  # no file goes on in the next one
            yield to_gray8(slices), pictures, list(along_z(whole, heights, detector.depth_mm))


def _thinned(images: ImageSet, most: int) -> ImageSet:
    """Every k-th image of every patient, so that there are at most ``most`` (or one of each patient)."""
    step = -(-len(images) // most)
    rows = [np.flatnonzero(images.patients == patient)[::step] for patient in np.unique(images.patients)]
    return images.take(np.sort(np.concatenate(rows)))


def _shown(slices: np.ndarray) -> np.ndarray:
    """(R, R) bool: pixels that show a slice and not the black beside it, as analysis counts them."""
    slices = planes_of(slices).max(1)
    inside = np.ones(slices.shape[1:], bool)
    for axis in (1, 2):
        filled = np.flatnonzero(slices.any((0, 3 - axis)))
        if len(filled):
            index = np.arange(slices.shape[axis])
            kept = (index >= filled[0]) & (index <= filled[-1])
            inside &= kept[:, None] if axis == 1 else kept[None, :]
    return inside


def _windows(shown: np.ndarray, patch_size: int) -> np.ndarray:
    """(h, w) bool: windows at least half of which are shown; all of them where none is."""
    valid = window_valid_map(shown, patch_size, 0.5)
    return valid if valid.any() else np.ones_like(valid)
