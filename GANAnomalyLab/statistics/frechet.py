"""The Frechet distance of two sets of features, however many rows they have."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.progress import CancelToken

_ROWS = 4096
_QUICK = 256
"""Columns of which the singular values take no time that anybody waits for."""


def frechet(first: np.ndarray | Moments, second: np.ndarray, cancel: CancelToken) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of two sets (n, D) as Gaussians (Dowson and Landau 1982).

    Sets may lie on disk; they are read a part at a time. NaN for a set of fewer than two rows. Covariances may be
    singular: with C = A^T A, the root's trace is the sum of the singular values of A1 A2^T. The first set's
    :class:`Moments` may be given in its place.
    """
    if (isinstance(first, np.ndarray) and len(first) < 2) or len(second) < 2:
        return math.nan
    one = Moments.of(first, cancel) if isinstance(first, np.ndarray) else first
    two = Moments.of(second, cancel)

    def values(_: Any = None) -> np.ndarray:
        found: np.ndarray = np.linalg.svd(one.root @ two.root.T, compute_uv=False)
        return found

    singular = values() if len(one.mean) < _QUICK else cancellable(values, cancel)
    apart = ((one.mean - two.mean) ** 2).sum()
    return max(float(apart + one.trace + two.trace - 2 * singular.sum()), 0.0)


@dataclass(frozen=True)
class Moments:
    """``mean`` (D,) of rows, and the unbiased covariance as ``root`` (at most D or n, D): root^T root."""

    mean: np.ndarray
    root: np.ndarray

    @property
    def trace(self) -> float:
        return float((self.root**2).sum())

    @classmethod
    def of(cls, rows: np.ndarray, cancel: CancelToken) -> Moments:
        parts = [slice(start, start + _ROWS) for start in range(0, len(rows), _ROWS)]
        mean = np.zeros(rows.shape[1])
        for part in parts:
            cancel.check()
            mean += rows[part].sum(0, dtype=np.float64)
        mean /= len(rows)
        root: np.ndarray = np.empty((0, len(mean)))
        for part in parts:
            cancel.check()
            root = np.concatenate([root, rows[part] - mean])
            if len(root) > len(mean):
                # No more rows than columns, with the same root^T root.
                root = np.asarray(np.linalg.qr(root, mode="r"))
        return cls(mean, root / math.sqrt(len(rows) - 1))
