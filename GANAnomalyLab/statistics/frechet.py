"""The Frechet distance of two sets of features, however many rows they have."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.progress import CancelToken

_ROWS = 4096


def frechet(first: np.ndarray, second: np.ndarray, cancel: CancelToken) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of two sets (n, D) as Gaussians (Dowson and Landau 1982).

    Sets may lie on disk; they are read a part at a time. NaN for a set of fewer than two rows. Covariances may be
    singular: with C = A^T A, the root's trace is the sum of the singular values of A1 A2^T.
    """
    if min(len(first), len(second)) < 2:
        return math.nan
    one, two = _Moments.of(first, cancel), _Moments.of(second, cancel)
    singular = cancellable(lambda _: np.linalg.svd(one.root @ two.root.T, compute_uv=False), cancel)
    apart = ((one.mean - two.mean) ** 2).sum()
    return max(float(apart + one.trace + two.trace - 2 * singular.sum()), 0.0)


@dataclass(frozen=True)
class _Moments:
    """``mean`` (D,) of rows, and the unbiased covariance as ``root`` (at most D or n, D): root^T root."""

    mean: np.ndarray
    root: np.ndarray

    @property
    def trace(self) -> float:
        return float((self.root**2).sum())

    @classmethod
    def of(cls, rows: np.ndarray, cancel: CancelToken) -> _Moments:
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
