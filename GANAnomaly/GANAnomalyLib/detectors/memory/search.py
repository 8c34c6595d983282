"""The nearest normal code of each place: at the same place of the remembered slices and beside it.

Codes are whole numbers, so that every way of computing gives the same distances.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...running.compiled import compiled
from .bank import FINER

REACH = 1
"""How many places beside it a place is looked for: neighbours never lie quite alike."""


def nearest(asked: np.ndarray, memory: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each place of one slice the smallest squared distance to the memory, and where that is.

    Parameters
    ----------
    asked: (P, P, D) int16, codes in eighths of a step. memory: (M, P, P, D) int8, in steps. rows: (K,) which slices of
        the memory to look at, at least one.

    Returns
    -------
    (P, P) int32 squared distances in eighths of a step, and (P, P, 3) int32: the row of the memory, and the place in it
    (row, column). Of equal ones the first in the order of ``rows``, then of the place.
    """
    distance = np.empty(asked.shape[:2], np.int32)
    where = np.empty((*asked.shape[:2], 3), np.int32)
    rows = np.ascontiguousarray(rows, np.int64)
    compiled = kernel()
    if compiled is None:
        _in_numpy(asked, memory, rows, distance, where)
    else:
        compiled(np.ascontiguousarray(asked), memory, rows, REACH, distance, where)
    return distance, where


def _in_numpy(asked: np.ndarray, memory: np.ndarray, rows: np.ndarray, distance: np.ndarray, where: np.ndarray) -> None:
    size = len(asked)
    distance[:] = np.iinfo(np.int32).max
    plain = asked.astype(np.int32)
    for row in rows:
        for down in range(-REACH, REACH + 1):
            for across in range(-REACH, REACH + 1):
                here = np.s_[max(0, -down) : size - max(0, down), max(0, -across) : size - max(0, across)]
                there = np.s_[max(0, down) : size - max(0, -down), max(0, across) : size - max(0, -across)]
                apart = FINER * memory[row][there].astype(np.int32) - plain[here]
                found = (apart**2).sum(-1, dtype=np.int32)
                better = found < distance[here]
                distance[here][better] = found[better]
                places = np.argwhere(better) + np.array([max(0, down), max(0, across)])
                where[here][better] = np.column_stack([np.full(len(places), row), places])


def _scan(asked, memory, rows, reach, distance, where):  # type: ignore[no-untyped-def]
    size, numbers = asked.shape[0], asked.shape[2]
    for y in range(size):
        for x in range(size):
            best = np.int32(2147483647)
            for n in range(rows.shape[0]):
                row = rows[n]
                for v in range(max(0, y - reach), min(size, y + reach + 1)):
                    for u in range(max(0, x - reach), min(size, x + reach + 1)):
                        total = np.int32(0)
                        for k in range(numbers):
                            apart = np.int32(asked[y, x, k]) - np.int32(FINER) * np.int32(memory[row, v, u, k])
                            total += apart * apart
                        if total < best:
                            best = total
                            where[y, x, 0], where[y, x, 1], where[y, x, 2] = row, v, u
            distance[y, x] = best


@functools.lru_cache(maxsize=1)
def kernel() -> Callable[..., None] | None:
    """The compiled search, see :func:`~.running.compiled.compiled`; None where numba cannot be used."""

    def signatures(types: Any) -> list[Any]:
        asked, memory = types.Array(types.int16, 3, "C"), types.Array(types.int8, 4, "C")
        distance, where = types.Array(types.int32, 2, "C"), types.Array(types.int32, 3, "C")
        return [types.void(asked, memory, types.int64[::1], types.int64, distance, where)]

    return compiled(_scan, signatures)
