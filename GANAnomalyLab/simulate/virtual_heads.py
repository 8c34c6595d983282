"""Virtual heads as an MR scanner might show them: ellipsoids of tissue, no two alike, in units of the scanner.

Plain on purpose: enough to try and to test what is made for brain MR where no patient's images may be had. Contrasts
are those of a T1-weighted image: fat bright, white matter brighter than grey, water and bone dark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.volume import Volume

PLANES = {"axial": (0, 1, 2), "coronal": (0, 2, 1), "sagittal": (1, 2, 0)}
"""Which axes of the patient (0 left-right, 1 front-back, 2 height) columns, rows and slices run along."""
_RADII_MM = np.array([75.0, 95.0, 85.0])
_TISSUES = (
    # share of the head's radii, brightness where 1 is white matter
    (1.0, 1.15),  # scalp
    (0.93, 0.08),  # skull
    (0.88, 0.25),  # fluid
    (0.85, 0.7),  # grey matter
    (0.75, 1.0),  # white matter
)
_VENTRICLES = ((-0.11, 0.02, 0.08), (0.11, 0.02, 0.08))
_VENTRICLE_RADII, _VENTRICLE = np.array([0.07, 0.3, 0.14]), 0.25
_NUCLEI = ((-0.25, 0.05, -0.05), (0.25, 0.05, -0.05))
_NUCLEUS_RADII, _NUCLEUS = np.array([0.1, 0.16, 0.13]), 0.75


@dataclass(frozen=True)
class Lesion:
    """A ball: its middle in RAS mm of the head (0, 0, 0 is its middle), radius in mm, and its brightness where 1 is
    that of white matter."""

    middle: tuple[float, float, float]
    radius: float = 10.0
    brightness: float = 1.6


def virtual_head(
    seed: int,
    shape: tuple[int, int, int] = (24, 64, 64),
    spacing_mm: tuple[float, float, float] = (6.0, 3.2, 3.2),
    plane: str = "axial",
    lesion: Lesion | None = None,
) -> Volume:
    """A head (slices, rows, columns) of (slice, row, column) ``spacing_mm``, acquired in a ``plane``; float32, MR.

    The same ``seed`` is the same person in each plane, with or without a lesion, up to the noise. Raises
    :class:`InputError` for another plane than those of :data:`PLANES`.
    """
    if plane not in PLANES:
        raise InputError(f"A head is acquired in one of the planes {', '.join(PLANES)}, not {plane!r}.")
    axes, person = PLANES[plane], np.random.default_rng([seed, 0])
    matrix = np.eye(4)
    # Columns run to the left or the back, rows to the back or the feet, slices as the right hand has it.
    signs = (-1, -1, -1 if plane == "coronal" else 1)
    for column, (axis, step) in enumerate(zip(axes, spacing_mm[::-1], strict=True)):
        matrix[:3, column] = 0
        matrix[axis, column] = signs[column] * step
    size = np.array(shape[::-1])
    matrix[:3, 3] = -matrix[:3, :3] @ ((size - 1) / 2)
    k, j, i = np.indices(shape, dtype=np.float32)
    points = np.stack([i, j, k], -1) @ matrix[:3, :3].T.astype(np.float32) + matrix[:3, 3].astype(np.float32)
    values = _brightness(points, person, lesion)
    white = float(np.exp(person.uniform(np.log(300), np.log(2000))))
    noise = np.random.default_rng([seed, 1, *shape])
    sigma = person.uniform(0.015, 0.03)
    # The magnitude of a signal with noise in both of its parts (Gudbjartsson and Patz, 1995).
    values = np.hypot(values + noise.normal(0, sigma, shape), noise.normal(0, sigma, shape))
    return Volume((values * white).astype(np.float32), matrix, "MR")


def _brightness(points: np.ndarray, person: np.random.Generator, lesion: Lesion | None) -> np.ndarray:
    """(slices, rows, columns) brightness at points (..., 3) in RAS mm, through the coil's uneven sensitivity."""
    place = points / (_RADII_MM * person.normal(1, 0.04, 3)).astype(np.float32)
    for _ in range(4):  # nobody is an ellipsoid
        wave, phase = person.normal(0, 2.0, 3), person.uniform(0, 2 * np.pi)
        place = place + np.sin(place @ wave + phase)[..., None] * person.normal(0, 0.012, 3)
    folds = 0.02 * np.sin(9 * np.arctan2(place[..., 1], place[..., 0]) + 7 * place[..., 2] + person.uniform(0, 6))
    radius = np.linalg.norm(place, axis=-1)
    values = np.zeros(radius.shape)
    for number, (share, bright) in enumerate(_TISSUES):
        edge = radius + (folds if number >= 3 else 0)
        values = _blend(values, edge / share, bright * person.normal(1, 0.03), 0.02)
    for middles, radii, bright in (
        (_NUCLEI, _NUCLEUS_RADII, _NUCLEUS),
        (_VENTRICLES, _VENTRICLE_RADII * person.normal(1, 0.1), _VENTRICLE),
    ):
        for middle in middles:
            values = _blend(values, np.linalg.norm((place - middle) / radii, axis=-1), bright, 0.15)
    if lesion is not None:
        apart = np.linalg.norm(points - np.array(lesion.middle), axis=-1)
        values = _blend(values, apart / lesion.radius, lesion.brightness, 0.1)
    slope = person.normal(0, 0.12, 3)
    return np.asarray(values * np.exp(np.clip(place, -1.5, 1.5) @ slope))


def _blend(values: np.ndarray, distance: np.ndarray, bright: float, soft: float) -> np.ndarray:
    """``bright`` where ``distance`` is below 1, fading over ``soft`` to each side."""
    inside = np.clip((1 - distance) / (2 * soft) + 0.5, 0, 1)
    return values * (1 - inside) + bright * inside
