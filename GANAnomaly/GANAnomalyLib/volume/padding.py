"""What scanners, exporters and resampling write where nothing was measured: padding values and not-a-numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..running.messages import Message
from .volume import Volume

AIR = -1024
"""Hounsfield units that count as air where a CT has no values of its own."""
_NO_HU = -1100
"""Air is -1000 and scanners end at -1024; lower values are noise or streaks, or no measurements at all."""
_LARGEST_HU = 4095
_SHARE = 0.01  # of the slices' edges
_FEWEST = 16
"""Pixels of the edges, so that a few dark ones of a small picture are not taken for padding."""
NOTE = Message("padding_is_air")


def outside(voxels: np.ndarray, hounsfield: bool) -> np.ndarray | None:
    """(K, J, I) bool, where voxels hold no measurement; None where all do.

    That is what is not a number and, of ``hounsfield`` units, values below -1100 of which one alone fills a hundredth
    of the slices' edges (-2000, -2048, -3024 and such): both only as far as they reach in from the edge of their slice.
    """
    floats = voxels.dtype.kind == "f"
    values = _padding_values(voxels) if hounsfield else np.array([])
    if not floats and not len(values):
        return None
    found = np.zeros(voxels.shape, bool)
    for plane, marked in zip(voxels, found, strict=True):
        if floats:
            marked |= np.isnan(plane) | (plane == -np.inf)
        for value in values:
            marked |= plane == value
        marked[:] = from_the_edge(marked)
    return found if found.any() and not found.all() else None


def filled(volume: Volume, where: np.ndarray, value: float | None = None) -> Volume:
    """The volume with ``value`` (None: the lowest of its other values) at the voxels ``where``, and a note."""
    if value is None:
        most = np.inf if volume.voxels.dtype.kind == "f" else np.iinfo(volume.voxels.dtype).max
        value = volume.voxels.min(where=~where & np.isfinite(volume.voxels), initial=most)
    voxels = volume.voxels.copy()
    voxels[where] = value
    return Volume(voxels, volume.ijk_to_ras, volume.modality, [*volume.warnings, NOTE], dict(volume.meta))


def _padding_values(voxels: np.ndarray) -> np.ndarray:
    sides = [voxels[:, 0], voxels[:, -1], voxels[:, :, 0], voxels[:, :, -1]]
    edges = np.concatenate([side.ravel() for side in sides])
    values, counts = np.unique(edges[edges < _NO_HU], return_counts=True)
    padding: np.ndarray = values[np.isfinite(values) & (counts >= max(_SHARE * edges.size, _FEWEST))]
    return padding


def declared_padding(dataset: Any, stored: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(J, I) bool, where a CT slice holds the padding that its header names (PS3.3 C.7.5.1.1.2).

    ``stored`` are its stored, ``values`` its real-world values. What lies within the range of Hounsfield units is
    only padding as far as it reaches in from the edge: some exporters name a value that tissue has, too.
    """
    first = dataset.get("PixelPaddingValue")
    if first is None or stored.dtype.kind not in "iu":
        return np.zeros(stored.shape, bool)
    last = dataset.get("PixelPaddingRangeLimit")
    ends = [_as_stored(int(end), stored.dtype) for end in (first, first if last is None else last)]
    outside = (stored >= min(ends)) & (stored <= max(ends))
    padding: np.ndarray = outside & ((values < AIR) | (values > _LARGEST_HU) | from_the_edge(outside))
    return padding


def from_the_edge(marked: np.ndarray) -> np.ndarray:
    """The parts of a (J, I) bool that reach the edge of the slice."""
    if not marked.any() or marked.all():
        return marked
    from scipy import ndimage

    parts, count = ndimage.label(marked)
    reaching = np.zeros(count + 1, bool)
    for side in (parts[0], parts[-1], parts[:, 0], parts[:, -1]):
        reaching[side] = True
    reaching[0] = False
    inwards: np.ndarray = reaching[parts]
    return inwards


def _as_stored(value: int, dtype: np.dtype) -> int:
    """A padding value that was written with the wrong sign, as the pixels have it."""
    limits, turn = np.iinfo(dtype), 1 << (8 * dtype.itemsize)
    if value > limits.max:
        return value - turn
    return value + turn if value < limits.min else value
