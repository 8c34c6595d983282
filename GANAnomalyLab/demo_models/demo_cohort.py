"""Virtual patients of the bundled torso CT, split by patient, framed as the analysis frames a volume."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from GANAnomalyLib.data import DEMO_CT, bundled_file
from GANAnomalyLib.volume import AxialStack, Frames, boxes_of, find_body, read_volume

from ..simulate.anomalies import insert_array
from ..simulate.virtual_cohort import CohortSettings, virtual_patient

TRAINING_DATA = (
    "Virtual patients (smooth deformation, contrast, noise) of one contrast-enhanced CT: the reference CT of "
    "the TotalSegmentator repository's tests. The dense material beside one hip is part of the training data."
)
NOT_FOR = [
    "real patients: it has seen one person's anatomy, so other people's will light up",
    "anything but abdomen and pelvis",
]
RESOLUTION, WINDOW, LEVEL, FRAMING = 128, 350.0, 50.0, "slice-body"
NEAR = CohortSettings(
    deformation_mm=1.5,
    scale=0.02,
    rotation_degrees=1.0,
    shift_mm=3.0,
    contrast_hu=5.0,
    shading_hu=2.0,
    noise_low_hu=3.0,
    noise_high_hu=10.0,
)
"""Patients close to the source, for the second stage of training: what they vary less, the warp takes up."""

CALIBRATION_SEED, THRESHOLD_SEED, NORMAL_SEED, ABNORMAL_SEED = 10_000, 15_000, 20_000, 30_000
KINDS = ("needle", "fluid", "mass", "metal")
LEAST_PIXELS = 4
"""A slice counts as abnormal when the anomaly's exact mask covers at least this many network pixels."""


@dataclass
class Slices:
    """Framed slices (N, R, R) float32 in [-1, 1], the anomaly's mask (bool), its kind and its level a slice."""

    images: np.ndarray
    masks: np.ndarray
    kinds: np.ndarray
    levels: np.ndarray


def bundled_ct() -> Path:
    """The torso CT that the project carries."""
    return bundled_file(DEMO_CT)


def source() -> AxialStack:
    """The torso CT as axial slices in HU."""
    return AxialStack.from_volume(read_volume(bundled_ct()))


def framed(
    hu: np.ndarray, spacing: tuple[float, float, float], mask: np.ndarray | None = None, resolution: int | None = None
):
    """(S, R, R) images of a stack (S, H, W) in HU, and its mask on the same grid when there is one."""
    body = find_body(hu, LEVEL - WINDOW / 2, spacing)
    frames = Frames.fit(hu.shape, spacing, resolution or RESOLUTION, boxes_of(body, FRAMING))
    images = frames.to_network(hu, WINDOW, LEVEL)
    return images, None if mask is None else frames.mask_to_network(mask)


def training_pool(stack: AxialStack, patients: int, settings: CohortSettings) -> np.ndarray:
    """(patients * S, R, R) uint8 slices of the training patients, seeds 0, 1, ..."""
    size = len(stack.slices)
    pool = np.empty((patients * size, RESOLUTION, RESOLUTION), np.uint8)
    for seed in range(patients):
        patient = virtual_patient(stack.slices, stack.spacing_mm, seed, settings)
        images, _ = framed(patient, stack.spacing_mm)
        pool[seed * size : (seed + 1) * size] = np.round((images + 1) * 127.5)
    return pool


def normal_slices(stack: AxialStack, first_seed: int, patients: int, stride: int = 1) -> np.ndarray:
    """(N, R, R) slices of patients without anomalies, every ``stride``-th."""
    parts = []
    for seed in range(first_seed, first_seed + patients):
        images, _ = framed(virtual_patient(stack.slices, stack.spacing_mm, seed), stack.spacing_mm)
        parts.append(images[::stride])
    return np.concatenate(parts)


def abnormal_slices(
    stack: AxialStack,
    cases_per_kind: int,
    kinds: tuple[str, ...] = KINDS,
    first_case: int = 0,
    resolution: int | None = None,
) -> Slices:
    """Slices that show an anomaly, one anomaly a patient, levels 2 (moderate) and 3 (obvious) in turn."""
    images, masks, names, levels = [], [], [], []
    for number, kind in enumerate(kinds):
        for case in range(first_case, first_case + cases_per_kind):
            seed, level = ABNORMAL_SEED + 1000 * number + case, 2 + case % 2
            patient = virtual_patient(stack.slices, stack.spacing_mm, seed)
            marked, mask = insert_array(patient, stack.spacing_mm, kind, seed, level)
            picture, where = framed(marked, stack.spacing_mm, mask, resolution)
            shown = where.sum((1, 2)) >= LEAST_PIXELS
            images.append(picture[shown])
            masks.append(where[shown])
            names += [kind] * int(shown.sum())
            levels += [level] * int(shown.sum())
    return Slices(np.concatenate(images), np.concatenate(masks), np.array(names), np.array(levels))
