"""The benchmark's virtual patients as volumes: whole Hounsfield units on the source's own grid, with exact masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from GANAnomalyLib.data import bundled_file
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import hash_array
from GANAnomalyLib.running.background import interruptible
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback
from GANAnomalyLib.volume import AxialStack, Frames, Volume, boxes_of, find_body, hash_volume, read_volume

from ..simulate.anomalies import insert_array
from ..simulate.virtual_cohort import virtual_patient
from .benchmark_plan import CaseSpec

TRIES = 8
"""Seeds of an anomaly that are tried before a patient is said to have no room for it."""
REACH = 3
"""An anomaly's own middle lies within so many slices of the place that its case was given."""


@dataclass
class Case:
    """A case in memory: the CT (int16 HU), the anomaly's mask (K, J, I) bool, and what is known of it.

    ``record`` is plain data: the specification, ``slices`` (first, stop) of its slab in patient order of
    ``count`` slices, and what :func:`signature` says of the voxels.
    """

    volume: Volume
    mask: np.ndarray
    record: dict[str, Any]


@dataclass(frozen=True)
class Look:
    """How a network sees slices: pixels of a side, window and level (HU), and the framing of its card."""

    resolution: int = 128
    window: float = 350.0
    level: float = 50.0
    framing: str = "body"


@lru_cache(maxsize=2)
def source(name: str) -> tuple[Volume, AxialStack, str]:
    """A bundled CT, its axial slices, and its hash."""
    volume = read_volume(bundled_file(name))
    return volume, AxialStack.from_volume(volume), hash_volume(volume)


def patient(name: str, seed: int) -> np.ndarray:
    """(S, H, W) int16 HU of a virtual patient made of a bundled CT; the same seed gives the same patient."""
    _, stack, _ = source(name)
    hu = virtual_patient(stack.slices, stack.spacing_mm, seed)
    return np.clip(np.rint(hu), -1024, 3071).astype(np.int16)


def make_case(spec: CaseSpec, slab: int, check: Callable[[], None] = lambda: None) -> Case:
    """The CT and mask of a case; ``slab`` slices are marked for analysis (0: all). ``check`` may raise to stop.

    Raises :class:`InputError` where the patient has no room for the anomaly.
    """
    original, stack, digest = source(spec.source)
    hu = patient(spec.source, spec.seed)
    check()
    count = len(hu)
    middle, mask, tried = spec.middle(count), np.zeros(hu.shape, bool), 0
    if spec.role == "anomaly":
        within = max(middle - REACH, 0), min(middle + REACH + 1, count)
        hu, mask, tried = _with_anomaly(hu, stack.spacing_mm, spec, within, check)
        voxels = mask.sum((1, 2))
        # The slice that halves the anomaly: its densest part is in the slab however long it is.
        middle = int(np.searchsorted(np.cumsum(voxels), voxels.sum() / 2))
    volume, truth = original.like(stack.to_voxels(hu)), stack.to_voxels(mask)
    record = {
        "name": spec.name,
        "role": spec.role,
        "kind": spec.kind,
        "level": spec.level,
        "seed": spec.seed,
        "tried": tried,
        "source": spec.source,
        "source_hash": digest,
        "count": count,
        "middle": middle,
        "slices": list(slab_around(middle, slab, count)),
        "lesion_slices": [int(index) for index in np.flatnonzero(mask.any((1, 2)))[[0, -1]]] if mask.any() else [],
        **signature(volume.voxels, truth),
    }
    return Case(volume, truth, record)


def _with_anomaly(
    hu: np.ndarray,
    spacing: tuple[float, float, float],
    spec: CaseSpec,
    within: tuple[int, int],
    check: Callable[[], None],
) -> tuple[np.ndarray, np.ndarray, int]:
    """The patient with the anomaly, its mask, and how many seeds had no room before."""
    for tried in range(TRIES):
        check()
        try:
            made, mask = insert_array(hu, spacing, spec.kind, 100 * spec.seed + tried, spec.level, slices=within)
        except InputError:
            continue
        return made, mask, tried
    raise InputError(f"The virtual patient {spec.seed} has no room for the case {spec.name}: report this as a bug.")


def slab_around(middle: int, slab: int, count: int) -> tuple[int, int]:
    """(first, stop) of ``slab`` slices around one, moved to lie inside ``count``; all of them for 0."""
    if slab == 0 or slab >= count:
        return 0, count
    first = min(max(middle - slab // 2, 0), count - slab)
    return first, first + slab


def signature(voxels: np.ndarray, mask: np.ndarray) -> dict[str, Any]:
    """What tells two people that they have the same case: hashes, and numbers for where rounding differs.

    Voxels are whole Hounsfield units. Mathematical libraries may differ in the last digit, which turns one voxel in
    some ten thousand by 1 HU on another kind of computer; then hashes differ and these numbers hardly do.
    """
    return {
        "ct": _digest(voxels.astype("<i2")),
        "mask": _digest(np.packbits(mask)),
        "mean_hu": round(float(voxels.mean(dtype=np.float64)), 4),
        "lesion_voxels": int(mask.sum()),
    }


def _digest(array: np.ndarray) -> str:
    return hash_array(array, f"{array.shape} {array.dtype.str}")


def framed(hu: np.ndarray, spacing: tuple[float, float, float], look: Look) -> np.ndarray:
    """(S, R, R) float32 in [-1, 1]: a stack (S, H, W) in HU as an analysis shows it to a network."""
    body = None if look.framing == "full" else find_body(hu, look.level - look.window / 2, spacing)
    frames = Frames.fit(hu.shape, spacing, look.resolution, boxes_of(body, look.framing))
    return frames.to_network(hu, look.window, look.level)


def normal_slices(
    names: tuple[str, ...],
    seeds: list[int],
    look: Look,
    stride: int,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> np.ndarray:
    """(N, R, R) float32 in [-1, 1]: every ``stride``-th slice of virtual patients of bundled CTs."""

    def one(seed: int) -> np.ndarray:
        name = names[seed % len(names)]
        _, stack, _ = source(name)
        return framed(patient(name, seed), stack.spacing_mm, look)[::stride]

    parts = []
    for number, seed in enumerate(seeds):
        parts.append(interruptible(cancel, one, seed))
        progress((number + 1) / len(seeds), Message("patients_for_baselines", number=number + 1, count=len(seeds)))
    return np.concatenate(parts)
