"""The nearest normal code of each place: at the same place of the remembered slices and beside it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...running.compiled import compiled

REACH = 1
"""How many places beside it a place is looked for: neighbours never lie quite alike."""


def nearest(table: np.ndarray, memory: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each place of one slice the smallest squared distance to the memory, and where that is.

    Parameters
    ----------
    table: (P, P, B, 256) int32, squared distances of each part of a code to each centre (:meth:`.bank.Bank.table`).
    memory: (M, P, P, B) uint8. rows: (K,) which slices of the memory to look at, at least one.

    Returns
    -------
    (P, P) int32 squared distances, and (P, P, 3) int32: the row of the memory, and the place in it (row, column). Of
    equal ones the first in the order of ``rows``, then of the place.
    """
    distance = np.empty(table.shape[:2], np.int32)
    where = np.empty((*table.shape[:2], 3), np.int32)
    rows = np.ascontiguousarray(rows, np.int64)
    compiled = kernel()
    if compiled is None:
        _in_numpy(table, memory, rows, distance, where)
    else:
        compiled(np.ascontiguousarray(table), memory, rows, REACH, distance, where)
    return distance, where


def _in_numpy(table: np.ndarray, memory: np.ndarray, rows: np.ndarray, distance: np.ndarray, where: np.ndarray) -> None:
    size, parts = len(table), np.arange(table.shape[2])
    distance[:] = np.iinfo(np.int32).max
    for row in rows:
        for down in range(-REACH, REACH + 1):
            for across in range(-REACH, REACH + 1):
                here = np.s_[max(0, -down) : size - max(0, down), max(0, -across) : size - max(0, across)]
                there = np.s_[max(0, down) : size - max(0, -down), max(0, across) : size - max(0, -across)]
                codes = memory[row][there].astype(np.intp)
                y, x = np.indices(codes.shape[:2])
                found = table[here][y[..., None], x[..., None], parts, codes].sum(-1, dtype=np.int32)
                better = found < distance[here]
                distance[here][better] = found[better]
                places = np.argwhere(better) + np.array([max(0, down), max(0, across)])
                where[here][better] = np.column_stack([np.full(len(places), row), places])


def _scan(table, memory, rows, reach, distance, where):  # type: ignore[no-untyped-def]
    size, parts = table.shape[0], table.shape[2]
    for y in range(size):
        for x in range(size):
            best = np.int32(2147483647)
            for n in range(rows.shape[0]):
                row = rows[n]
                for v in range(max(0, y - reach), min(size, y + reach + 1)):
                    for u in range(max(0, x - reach), min(size, x + reach + 1)):
                        total = np.int32(0)
                        for part in range(parts):
                            total += table[y, x, part, memory[row, v, u, part]]
                        if total < best:
                            best = total
                            where[y, x, 0], where[y, x, 1], where[y, x, 2] = row, v, u
            distance[y, x] = best


@functools.lru_cache(maxsize=1)
def kernel() -> Callable[..., None] | None:
    """The compiled search, see :func:`~.running.compiled.compiled`; None where numba cannot be used."""

    def signatures(types: Any) -> list[Any]:
        table, memory = types.Array(types.int32, 4, "C"), types.Array(types.uint8, 4, "C")
        distance, where = types.Array(types.int32, 2, "C"), types.Array(types.int32, 3, "C")
        return [types.void(table, memory, types.int64[::1], types.int64, distance, where)]

    return compiled(_scan, signatures)
