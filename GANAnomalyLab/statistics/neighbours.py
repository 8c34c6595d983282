"""The most alike rows of two tables of features, block by block, so that memory does not grow with their product."""

from __future__ import annotations

import numpy as np

from GANAnomalyLib.running.progress import CancelToken

ROWS, COLUMNS = 1024, 8192
"""A block of products: 32 MiB, and some tens of milliseconds."""
NONE = -1

Groups = tuple[np.ndarray, np.ndarray]


def unit_rows(values: np.ndarray) -> np.ndarray:
    """(N, D) float32 of length 1 each; rows of zeros stay zeros."""
    out = np.ascontiguousarray(values, np.float32)
    lengths = np.linalg.norm(out, axis=1, keepdims=True)
    return out / np.where(lengths > 0, lengths, 1)


def most_alike(
    asked: np.ndarray,
    known: np.ndarray,
    count: int = 1,
    groups: Groups | None = None,
    cancel: CancelToken | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The ``count`` rows of ``known`` with the highest cosine to each row of ``asked``.

    Parameters
    ----------
    asked, known: (N, D), (M, D) float32, rows of length 1 (:func:`unit_rows`).
    groups: whose each row is, (N,) and (M,) whole numbers: pairs of one group are passed over.

    Returns
    -------
    (N, count) float32 cosines, highest first, and (N, count) int64 rows of ``known``; -inf and -1 where there are
    fewer.
    """
    import torch

    alike = np.full((len(asked), count), -np.inf, np.float32)
    rows = np.full((len(asked), count), NONE, np.int64)
    for start in range(0, len(asked), ROWS):
        here = slice(start, start + ROWS)
        block = torch.from_numpy(np.ascontiguousarray(asked[here], np.float32))
        best, where = torch.from_numpy(alike[here]), torch.from_numpy(rows[here])
        for first in range(0, len(known), COLUMNS):
            if cancel is not None:
                cancel.check()
            there = slice(first, first + COLUMNS)
            products = block @ torch.from_numpy(np.ascontiguousarray(known[there], np.float32)).T
            if groups is not None:
                same = groups[0][here, None] == groups[1][None, there]
                products.masked_fill_(torch.from_numpy(same), -torch.inf)
            found, at = products.topk(min(count, products.shape[1]), 1)
            both, places = torch.cat([best, found], 1), torch.cat([where, at + first], 1)
            kept, order = both.topk(count, 1)
            best.copy_(kept)
            where.copy_(places.gather(1, order))
    rows[~np.isfinite(alike)] = NONE
    return alike, rows


def expected_coverage(points: int, others: int, neighbours: int) -> float:
    """The coverage (0..1) that ``others`` would reach if they were drawn from where the ``points`` were.

    A point is covered when one of the others lies nearer than its ``neighbours``-th neighbour: when not all of its
    nearest ones among both are of its own (Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative
    Models", ICML 2020).
    """
    missed = 1.0
    for n in range(neighbours):
        missed *= max(points - 1 - n, 0) / max(points + others - 1 - n, 1)
    return 1 - missed
