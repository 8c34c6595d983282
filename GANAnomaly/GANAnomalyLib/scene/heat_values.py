"""How much of a CT lies above a heat: a sorted sample of the analysed slices, so that a slider costs nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import numpy as np

from ..errors import InputError
from ..volume.orient import AxialStack
from .places import Places
from .result_nodes import ReviewNodes
from .table_nodes import read_rows, whole
from .volume_nodes import array_of

SAMPLE = 400_000
_KEPT = 4
_SEED = 303
# By the image's modification time, which VTK gives out once in a process: another image never has the same.
_cache: OrderedDict[tuple[int, int], np.ndarray] = OrderedDict()


def sorted_heat(nodes: ReviewNodes) -> np.ndarray:
    """(N,) float32, ascending: the heat of at most :data:`SAMPLE` voxels of the analysed slices, and the highest.

    Raises :class:`InputError` when the heatmap was deleted or holds nothing.
    """
    image = None if nodes.heatmap is None else nodes.heatmap.GetImageData()
    if image is None:
        raise InputError("The heatmap was deleted from the scene: analyse the scan again, or open the saved result.")
    key = _key(nodes)
    if key not in _cache:
        keep(nodes, _sample(nodes))
    _cache.move_to_end(key)
    return _cache[key]


def keep(nodes: ReviewNodes, values: np.ndarray) -> None:
    """Give :func:`sorted_heat` the values of :func:`sample_of` that were taken beforehand, in another thread."""
    _cache[_key(nodes)] = values
    while len(_cache) > _KEPT:
        _cache.popitem(last=False)


def _key(nodes: ReviewNodes) -> tuple[int, int]:
    # Without the table all slices count, so that its change matters as well.
    return nodes.heatmap.GetImageData().GetMTime(), 0 if nodes.scores is None else nodes.scores.GetTable().GetMTime()


def share_above(values: np.ndarray, score: float) -> float:
    """Percent of ascending ``values`` that lie above ``score``."""
    return 100.0 * (1.0 - float(np.searchsorted(values, np.float32(score), side="right")) / len(values))


def score_at_share(values: np.ndarray, percent: float) -> float:
    """The score that ``percent`` of ascending ``values`` lie above; between two of them where it falls between."""
    return float(np.interp((1.0 - percent / 100.0) * (len(values) - 1), np.arange(len(values)), values))


def _sample(nodes: ReviewNodes) -> np.ndarray:
    heat = array_of(nodes.heatmap)
    stack = Places.of(nodes).stack
    if heat.shape != tuple(np.array(stack.slices.shape)[[stack.axes.index(axis) for axis in (2, 1, 0)]]):
        raise InputError("The heatmap was cropped or resampled: analyse the scan again, or open the saved result.")
    indices = [whole(cells.get("slice")) for cells in read_rows(nodes.scores)]
    return sample_of(heat, stack, [n for n in indices if n is not None])


def sample_of(heat: np.ndarray, stack: AxialStack, slices: Iterable[int]) -> np.ndarray:
    """What :func:`sorted_heat` gives, of (K, J, I) heat and the slices that were analysed (all where none is named).

    Raises :class:`InputError` for heat that holds no numbers.
    """
    count, height, width = stack.slices.shape
    analysed = np.array(sorted({n for n in slices if 0 <= n < count}) or range(count))
    if analysed.size * height * width <= SAMPLE:
        at, rows, columns = np.ix_(analysed, np.arange(height), np.arange(width))
    else:
        # At random: even steps could keep to one column of every slice.
        random = np.random.default_rng(_SEED)
        at = random.choice(analysed, SAMPLE)
        rows, columns = random.integers(0, height, SAMPLE), random.integers(0, width, SAMPLE)
    places = dict(zip(stack.axes, (at, rows, columns), strict=True))
    for n, axis in enumerate(stack.axes):
        if stack.flips[n]:
            places[axis] = stack.slices.shape[n] - 1 - places[axis]
    values: np.ndarray = heat[places[2], places[1], places[0]].astype(np.float32).ravel()
    values = np.append(values, np.float32(heat.max()))
    values = values[np.isfinite(values)]
    if not values.size:
        raise InputError("The heatmap holds no numbers: analyse the scan again.")
    values.sort()
    return values
