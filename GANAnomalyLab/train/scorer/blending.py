"""Blending a piece of one slice into another so that no edge gives it away."""

from __future__ import annotations

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse import linalg

_STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))


def seamless(target: np.ndarray, source: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(R, R) float32: ``source`` within ``inside`` (R, R) bool, by its gradients or the target's, the larger ones.

    Perez, Gangnet and Blake, *Poisson Image Editing*, SIGGRAPH 2003, with mixed gradients.
    """
    inside = inside & _off_edge(inside.shape)
    out = target.astype(np.float64)
    rows, cols = np.nonzero(inside)
    if not len(rows):
        return target
    number = np.full(inside.shape, -1)
    number[rows, cols] = np.arange(len(rows))
    wanted = np.zeros(len(rows))
    links: list[tuple[np.ndarray, np.ndarray]] = []
    for down, across in _STEPS:
        beside = rows + down, cols + across
        own = target[rows, cols].astype(np.float64) - target[beside]
        other = source[rows, cols].astype(np.float64) - source[beside]
        wanted += np.where(np.abs(own) > np.abs(other), own, other)
        known = number[beside] < 0
        wanted += np.where(known, target[beside], 0)
        links.append((np.flatnonzero(~known), number[beside][~known]))
    first, second = (np.concatenate(part) for part in zip(*links, strict=True))
    laplace = sparse.coo_matrix((-np.ones(len(first)), (first, second)), shape=(len(rows),) * 2).tocsc()
    laplace += sparse.diags(np.full(len(rows), 4.0), format="csc")
    out[rows, cols] = linalg.spsolve(laplace, wanted)
    return out.astype(np.float32)


def _off_edge(size: tuple[int, ...]) -> np.ndarray:
    held = np.zeros(size, bool)
    held[1:-1, 1:-1] = True
    return held


def moved(images: np.ndarray, down: float, across: float) -> np.ndarray:
    """(S, R, R) moved in the plane; what comes in repeats the edge."""
    shifted: np.ndarray = ndimage.shift(images, (0, down, across), order=1, mode="nearest")
    return shifted
