"""Simulated anomalies with exact masks, put into a CT at its own spacing; for demos, training and benchmarks.

Everything is laid out in millimetres and antialiased, so that the same seed gives the same object in thin and thick
slices: a 1.5 mm needle in 3 mm voxels has some 600 HU, not 3000.

Masks: objects mark the voxels that they fill by a quarter or more, or change by 100 HU or more; streaks that metal
throws are marked apart (30 HU or more). Scanner faults (ring, motion) mark body voxels changed by 20 HU or more.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.spelling import meant
from GANAnomalyLib.volume.orient import AxialStack
from GANAnomalyLib.volume.volume import Volume

from .kinds import KINDS, Change, Generator, Patient

ANOMALIES_VERSION = 1
"""Raised whenever the same seed would give other voxels, so that benchmarks can name what made theirs."""

DEMO = (("fluid", 3, (-110.0, 150.0, 280.0)), ("needle", 3, (90.0, 180.0, 380.0)))
"""The demo's anomalies: kind, seed and place (RAS mm) in the bundled torso CT; the needle last, to stay whole."""

LEVELS = {1: "subtle", 2: "moderate", 3: "obvious"}


@dataclass
class InsertedAnomaly:
    """A volume with one anomaly in it.

    Attributes
    ----------
    volume:
        The input with the anomaly, of the same type and on the same grid.
    mask:
        (K, J, I) bool on the volume's grid: the anomaly itself.
    kind, level, seed:
        What was asked for.
    description:
        What was put in, in words.
    centre_ras:
        (3,) millimetres: the tip of a needle or probe, otherwise the middle.
    streaks:
        (K, J, I) bool where streaks of metal change 30 HU or more; None for kinds without streaks.
    version:
        :data:`ANOMALIES_VERSION`.
    """

    volume: Volume
    mask: np.ndarray
    kind: str
    description: str
    level: int
    seed: int
    centre_ras: tuple[float, float, float] = (0.0, 0.0, 0.0)
    streaks: np.ndarray | None = None
    version: int = ANOMALIES_VERSION


@dataclass
class DemoCase:
    """The demo's abnormal CT: one volume, the anomalies in it, and one (K, J, I) bool mask for each by its kind."""

    volume: Volume
    inserted: list[InsertedAnomaly]
    masks: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def mask(self) -> np.ndarray:
        """(K, J, I) bool: all anomalies together."""
        return np.logical_or.reduce(list(self.masks.values()))


def insert(
    volume: Volume,
    kind: str,
    seed: int,
    level: int = 2,
    position_ras: tuple[float, float, float] | np.ndarray | None = None,
    slices: tuple[int, int] | None = None,
) -> InsertedAnomaly:
    """Put one anomaly into a copy of a CT volume in Hounsfield units.

    ``kind`` is one of :data:`KINDS`; ``level`` 1 subtle, 2 moderate, 3 obvious. ``position_ras`` (mm) is where its
    centre goes (a needle's tip; the nearest part of the wall for fluid and air; only the slice counts for ring and
    motion). ``slices`` is (first, stop) in patient order, inferior to superior, stop excluded, for the centre. Without
    them the seed decides. The same volume, kind, seed, level and place give the same voxels, however the volume is
    stored (flipped or permuted axes). Raises :class:`InputError`, the volume untouched.
    """
    if volume.voxels.ndim != 3:
        raise InputError("Simulated anomalies need a 3-D CT of one value a voxel: convert this image first.")
    if volume.modality not in ("", "CT"):
        raise InputError(f"Simulated anomalies need a CT in Hounsfield units, and this image is {volume.modality}.")
    _check_geometry(volume)
    stack = AxialStack.from_volume(volume)
    centre = None
    if position_ras is not None:
        centre = _place(volume, stack, np.asarray(position_ras, dtype=np.float64))
    rng = _generator(kind, seed)
    change = _apply(stack.slices, stack.spacing_mm, kind, rng, level, None, centre, slices)
    made = volume.like(stack.to_voxels(_as_type(change.hu, stack.slices)))
    made.warnings, made.meta = list(volume.warnings), dict(volume.meta)
    centre_ijk = stack.stack_to_ijk(change.centre / np.asarray(stack.spacing_mm))
    x, y, z = (float(value) for value in volume.ras(centre_ijk))
    return InsertedAnomaly(
        volume=made,
        mask=stack.to_voxels(change.mask),
        kind=kind,
        description=f"{LEVELS[level]} {change.description}",
        level=level,
        seed=seed,
        centre_ras=(x, y, z),
        streaks=None if change.streaks is None else stack.to_voxels(change.streaks),
    )


def insert_array(
    array: np.ndarray,
    spacing_mm: tuple[float, float, float],
    kind: str,
    rng: np.random.Generator | int,
    level: int = 2,
    body: np.ndarray | None = None,
    centre: tuple[float, float, float] | None = None,
    slices: tuple[int, int] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Put one anomaly into a copy of an axial stack.

    ``array`` is (S, H, W) Hounsfield units, slices inferior to superior, rows anterior to posterior, columns right to
    left; ``spacing_mm`` (slice, row, column); ``rng`` a NumPy generator or a seed; ``body`` (S, H, W) bool or None to
    find it; ``centre`` (slice, row, column) indices, continuous, or None; ``slices`` as for :func:`insert`. Returns the
    new array of the same type and the mask (S, H, W) bool. Raises :class:`InputError`.
    """
    generator = _generator(kind, rng) if isinstance(rng, (int, np.integer)) else rng
    array = np.asarray(array)
    if array.ndim != 3:
        raise InputError("Simulated anomalies need a stack of slices (slices, rows, columns): give a 3-D array.")
    place = None if centre is None else np.asarray(centre, dtype=np.float64)
    change = _apply(array, spacing_mm, kind, generator, level, body, place, slices)
    return _as_type(change.hu, array), change.mask


def demo_case(volume: Volume) -> DemoCase:
    """The demo's abnormal CT: an obvious needle into the liver and an obvious fluid collection in the left flank.

    Made for the bundled torso CT, where both are put at fixed places; in any other volume the seed chooses the places.
    """
    inserted: list[InsertedAnomaly] = []
    masks: dict[str, np.ndarray] = {}
    for kind, seed, position in DEMO:
        inside = _body_at(volume, position)
        one = insert(volume, kind, seed, level=3, position_ras=position if inside else None)
        volume = one.volume
        inserted.append(one)
        masks[kind] = one.mask
    return DemoCase(volume, inserted, masks)


def _body_at(volume: Volume, position: tuple[float, float, float]) -> bool:
    index = np.round(volume.ijk(np.asarray(position))).astype(int)
    if (index < 0).any() or (index >= volume.voxels.shape[::-1]).any():
        return False
    return bool(volume.voxels[index[2], index[1], index[0]] > -200)


def _apply(
    array: np.ndarray,
    spacing_mm: tuple[float, float, float],
    kind: str,
    rng: np.random.Generator,
    level: int,
    body: np.ndarray | None,
    centre: np.ndarray | None,
    slices: tuple[int, int] | None,
) -> Change:
    """``centre`` in continuous stack indices; everything checked before anything is made."""
    generator = _kind(kind)
    if level not in LEVELS:
        raise InputError(f"The level must be 1 (subtle), 2 (moderate) or 3 (obvious), not {level!r}.")
    spacing = np.asarray(spacing_mm, dtype=np.float64)
    if spacing.shape != (3,) or not (np.isfinite(spacing).all() and (spacing > 0).all()):
        raise InputError(f"The voxel size must be three millimetres greater than zero, not {spacing_mm}.")
    if array.size == 0 or not np.isfinite(array).all():
        raise InputError("The image is empty or holds values that are not numbers: repair or export the CT again.")
    if body is not None and body.shape != array.shape:
        raise InputError(f"The body mask's shape {body.shape} is not the image's {array.shape}: give one on its grid.")
    if slices is not None and not 0 <= slices[0] < slices[1] <= array.shape[0]:
        raise InputError(f"Slices {slices[0]}:{slices[1]} are not in this image, which has {array.shape[0]}.")
    if centre is not None and ((centre < -0.5).any() or (centre > np.array(array.shape) - 0.5).any()):
        raise InputError("The place asked for lies outside the image: choose a point inside the patient.")
    seeds = rng.integers(2**63, size=3)
    patient = Patient(
        hu=np.ascontiguousarray(array, dtype=np.float32),
        spacing=spacing,
        level=level,
        shape_rng=np.random.default_rng(seeds[0]),
        place_rng=np.random.default_rng(seeds[1]),
        noise_rng=np.random.default_rng(seeds[2]),
        given_body=None if body is None else np.asarray(body, dtype=bool),
        centre=None if centre is None else centre * spacing,
        slices=slices,
    )
    change = generator(patient)
    if not change.mask.any():
        raise InputError(f"There is no room for a simulated {kind} here: choose another place, slice range or seed.")
    return change


def _kind(kind: str) -> Generator:
    if kind not in KINDS:
        raise InputError(f"There is no simulated anomaly {kind!r}{meant(kind, KINDS)}; there are: {', '.join(KINDS)}.")
    return KINDS[kind]


def _generator(kind: str, seed: int) -> np.random.Generator:
    """The level is left out: a seed's draws (side, angles, irregularity) are the same at every level."""
    if seed < 0:
        raise InputError(f"The seed must not be negative, and {seed} is.")
    return np.random.default_rng([ANOMALIES_VERSION, zlib.crc32(kind.encode()), int(seed)])


def _check_geometry(volume: Volume) -> None:
    matrix = volume.ijk_to_ras[:3, :3]
    if not np.isfinite(matrix).all() or min(volume.spacing) <= 0 or abs(np.linalg.det(volume.directions)) < 1e-3:
        raise InputError("The volume's geometry is broken (zero spacing or directions): export the CT again.")


def _place(volume: Volume, stack: AxialStack, ras: np.ndarray) -> np.ndarray:
    if ras.shape != (3,) or not np.isfinite(ras).all():
        raise InputError("The place must be three numbers, right, anterior and superior in millimetres.")
    return stack.ijk_to_stack(volume.ijk(ras))


def _as_type(hu: np.ndarray, original: np.ndarray) -> np.ndarray:
    """The result in the original's type; voxels that were not touched keep their exact value."""
    if np.issubdtype(original.dtype, np.integer):
        limits = np.iinfo(original.dtype)
        made = np.clip(np.rint(hu), limits.min, limits.max).astype(original.dtype)
    else:
        made = hu.astype(original.dtype)
    touched = hu != np.asarray(original, dtype=np.float32)
    return np.where(touched, made, original)
