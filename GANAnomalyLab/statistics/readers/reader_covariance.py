"""How the errors of figures of merit go together: the covariance of every pair of cells over drawn cases.

What two cells do not share adds nothing, so that any pattern of readings (nested, partly paired, with gaps) is taken
as it is. Sources: the jackknife, Quenouille 1956; DeLong et al. 1988, for several items a case Obuchowski 1997; the
unbiased estimate from pairs that share no case, Gallas 2006.
"""

from __future__ import annotations

import numpy as np

from GANAnomalyLib.errors import InputError

from .reader_cells import Cells

COVARIANCES = ("jackknife", "delong", "unbiased")
_AT_ONCE = 1 << 22


def cell_covariance(cells: Cells, method: str) -> np.ndarray:
    """(c, c) covariance of the cells' figures of merit, ``method`` being one of :data:`COVARIANCES`.

    Every cell has at least two cases of each class it rests on. Raises :class:`InputError` for the unbiased method
    where a case holds several items.
    """
    if method == "jackknife":
        return _jackknife(cells)
    if method == "delong":
        return _delong(cells)
    if cells.clustered:
        raise InputError(
            "The unbiased covariance takes one rating a case, and here cases have several: choose jackknife or delong."
        )
    return _unbiased_pairs(cells) if cells.pairs else _unbiased_shares(cells)


def _jackknife(cells: Cells) -> np.ndarray:
    """Each case that a figure rests on is left out once, with all of its items; cells without it stay as they are."""
    counts, totals = cells.items.sum(2)[:, :, None], cells.sums.sum(2)[:, :, None]
    left = counts - cells.items
    if cells.pairs:
        # A component is a mean over the other class's items.
        ordered = totals[1] * counts[0] - counts[0] * cells.sums[1] - counts[1] * cells.sums[0] + cells.within
        without = ordered / (left[0] * left[1])
    else:
        (side,) = cells.classes
        without = (totals[side] - cells.sums[side]) / left[side]
    held = cells.items.any(0)
    # Exactly zero where nothing was left out, so that cells without a case in common have exactly no covariance.
    apart = np.where(held, without - cells.value[:, None], 0.0)
    apart = np.where(held, apart - apart.sum(1, keepdims=True) / held.sum(1, keepdims=True), 0.0)
    cases = int(held.any(0).sum())
    return (cases - 1) / cases * (apart @ apart.T)


def _delong(cells: Cells) -> np.ndarray:
    """From components; means are taken over what two cells share, as are the degrees of freedom."""
    held = cells.items > 0
    counts = cells.items.sum(2).astype(np.float64)
    out = np.zeros((len(cells.value),) * 2)
    centred = {side: _shared_means(cells, held, side) for side in cells.classes}
    for side in cells.classes:
        shared = (held[side].astype(np.float64)) @ held[side].T
        product = _centred(cells, side, side, centred)
        factor = np.divide(shared, shared - 1, out=np.zeros_like(shared), where=shared > 1)
        out += factor * product / np.outer(counts[side], counts[side])
    if len(cells.classes) == 2 and (held[0] & held[1]).any():
        # Cases that hold both kinds of items tie the two classes together.
        either = held.any(0).astype(np.float64)
        shared = either @ either.T
        cross = _centred(cells, 0, 1, centred) / np.outer(counts[0], counts[1])
        out += np.divide(shared, shared - 1, out=np.zeros_like(shared), where=shared > 1) * (cross + cross.T)
    return out


def _shared_means(cells: Cells, held: np.ndarray, side: int) -> np.ndarray:
    """(c, c) the mean component of the first cell over the cases that the second holds too."""
    mask = held[side].astype(np.float64)
    items = cells.items[side] @ mask.T
    return np.divide(cells.sums[side] @ mask.T, items, out=np.zeros(items.shape), where=items > 0)


def _centred(cells: Cells, one: int, other: int, means: dict[int, np.ndarray]) -> np.ndarray:
    """(c, c) sums over shared cases of the deviations of the first cell's ``one`` and the second's ``other`` items."""
    first, second = cells.items[one].astype(np.float64), cells.items[other].astype(np.float64)
    a, b = means[one], means[other].T
    return (
        cells.sums[one] @ cells.sums[other].T
        - a * (first @ cells.sums[other].T)
        - b * (cells.sums[one] @ second.T)
        + a * b * (first @ second.T)
    )


def _unbiased_pairs(cells: Cells) -> np.ndarray:
    """The product of two figures, less its estimate from pairs that share neither a normal nor an abnormal case."""
    assert cells.kernel is not None
    held = cells.items.astype(np.float64)
    counts = held.sum(2)
    totals = cells.value * counts[0] * counts[1]
    by_normal, by_abnormal = cells.sums[0] * counts[1][:, None], cells.sums[1] * counts[0][:, None]
    both = np.zeros((len(totals),) * 2)
    step = max(1, _AT_ONCE // (len(totals) * cells.items.shape[2]))
    for first in range(0, cells.normals, step):
        part = cells.kernel(first, min(first + step, cells.normals)).reshape(len(totals), -1)
        both += part @ part.T
    apart = np.outer(totals, totals) - by_normal @ by_normal.T - by_abnormal @ by_abnormal.T + both
    shared = [held[side] @ held[side].T for side in (0, 1)]
    outer = [np.outer(counts[side], counts[side]) for side in (0, 1)]
    found = np.outer(cells.value, cells.value) - apart / ((outer[0] - shared[0]) * (outer[1] - shared[1]))
    return np.where(shared[0] + shared[1] > 0, found, 0.0)


def _unbiased_shares(cells: Cells) -> np.ndarray:
    (side,) = cells.classes
    held, sums = cells.items[side].astype(np.float64), cells.sums[side]
    apart = np.outer(sums.sum(1), sums.sum(1)) - sums @ sums.T
    shared = held @ held.T
    found = np.outer(cells.value, cells.value) - apart / (np.outer(held.sum(1), held.sum(1)) - shared)
    return np.where(shared > 0, found, 0.0)
