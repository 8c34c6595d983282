"""The permutation test of two AUROCs on the same cases: a case's two scores change places."""

from __future__ import annotations

import numpy as np

from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .bootstrap import CELLS, Pair


def exchange_shares(normal: np.ndarray, abnormal: np.ndarray) -> np.ndarray:
    """What each case adds to the difference of two AUROCs, with its sign turned when its two scores are exchanged.

    ``normal`` (2, n) and ``abnormal`` (2, m) are ranks on one scale. The result is (n + m,), whole numbers in float64;
    their sum is the difference times 4 n m. With signs s and t of an abnormal and a normal case, and P_ab telling
    whether (one half: as high as) score a of the one exceeds score b of the other, a pair of cases adds
    s (U + V) / 2 + t (U - V) / 2, where U = P_11 - P_22 and V = P_12 - P_21: linear in the signs, so that no AUROC need
    be computed anew.
    """

    def above(values: np.ndarray, others: np.ndarray) -> np.ndarray:
        ordered = np.sort(others)
        return np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")

    # Sums over the other class of P_11 - P_22 + P_12 - P_21, and of P_11 - P_22 - P_12 + P_21, each twice.
    ill = sum(above(abnormal[0], side) - above(abnormal[1], side) for side in normal)
    well = sum(above(normal[1], side) - above(normal[0], side) for side in abnormal)
    return np.concatenate([well, ill]).astype(np.float64)


def exchange_test(
    normal: np.ndarray,
    abnormal: np.ndarray,
    units: Pair | None,
    permutations: int,
    seed: int,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[float, bool]:
    """Two-sided p by exchanging the two scores of cases, and whether every exchange was tried.

    ``normal`` (2, n) and ``abnormal`` (2, m) are scores; with ``units`` (see :func:`.checks.unit_numbers`) all cases of
    a patient are exchanged together. Scales may differ: what can be exchanged under the hypothesis is the rank among
    all cases. Every exchange is tried where there are no more than ``permutations``; else so many random ones, counting
    the observed one in, so that p is never 0. Source: Bandos, Rockette and Gur 2005.
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([normal, abnormal], axis=1), axis=1)
    shares = exchange_shares(ranks[:, : normal.shape[1]], ranks[:, normal.shape[1] :])
    if units is not None:
        shares = np.bincount(np.concatenate(units), shares)
    shares = shares[shares != 0]
    observed, count = abs(shares.sum()), len(shares)
    exact = count < 60 and 2**count <= permutations
    total = 2**count if exact else permutations
    rng = np.random.default_rng(seed)
    rows, hits = max(1, CELLS // max(count, 1)), 0
    turned: np.ndarray
    for first in range(0, total, rows):
        if cancel is not None:
            cancel.check()
        number = min(rows, total - first)
        if exact:
            turned = np.arange(first, first + number)[:, None] >> np.arange(count) & 1
        else:
            bits = np.frombuffer(rng.bytes(number * -(-count // 8)), np.uint8).reshape(number, -1)
            turned = np.unpackbits(bits, axis=1, count=count)
        # Whole numbers far below 2**53: ties are ties.
        hits += int((np.abs(shares.sum() - 2 * (turned.astype(np.float64) @ shares)) >= observed).sum())
        progress((first + number) / total, Message("exchanging_scores", number=first + number, count=total))
    return (hits / total, True) if exact else ((hits + 1) / (total + 1), False)
