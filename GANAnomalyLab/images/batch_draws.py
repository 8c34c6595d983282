"""Which images a batch holds, by the batch's number alone."""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np

from GANAnomalyLib.errors import InputError

from .image_set import ImageSet

_KEPT_ORDERS = 4


class Batch(NamedTuple):
    """``images`` (n, C, R, R) float32 in [-1, 1] and ``labels`` (n, L) float32."""

    images: np.ndarray
    labels: np.ndarray


class Draws:
    """Batches of a set by number: the same number gives the same batch, whatever was drawn before.

    Every image comes once (with ``mirror`` twice, as it is and flipped) before any comes again, in an order that each
    round shuffles anew; batches go on across the rounds' ends, so all are full. Nothing but the number need be kept for
    a run to go on exactly, and all processes agree without a word. May be used from several threads.

    Parameters
    ----------
    batch: images of a global batch. seed: zero or more.
    """

    def __init__(self, image_set: ImageSet, batch: int, seed: int = 0) -> None:
        if len(image_set) == 0:
            raise InputError("There is nothing to train on: the set holds no images.")
        if batch < 1:
            raise InputError(f"batch must be at least 1, not {batch}.")
        self.set, self.size, self.seed = image_set, int(batch), int(seed)
        self.round = len(image_set) * (2 if image_set.mirror else 1)
        self._orders: dict[int, np.ndarray] = {}
        self._lock = threading.Lock()

    def indices(self, number: int) -> np.ndarray:
        """(batch,) images of global batch ``number``, counted from 0; each below ``len(image_set)``."""
        return self._places(number) % len(self.set)

    def mirrored(self, number: int) -> np.ndarray:
        """(batch,) bool: which of them are shown flipped."""
        return self._places(number) >= len(self.set)

    def rows(self, rank: int = 0, world: int = 1) -> np.ndarray:
        """Which places of the global batch one of ``world`` processes takes: rank, rank + world, rank + 2 world, ...

        So the groups of a minibatch standard deviation (places i, i + n / group, ...) stay whole in each process, and
        are the same groups as in a single process.
        """
        if not 0 <= rank < world or self.size % world:
            raise InputError(f"A batch of {self.size} cannot be divided among {world} processes: choose a multiple.")
        return np.arange(rank, self.size, world)

    def batch(self, number: int, rank: int = 0, world: int = 1, rows: np.ndarray | None = None) -> Batch:
        """Images and labels of global batch ``number``: the part of one process, or the places ``rows`` of it."""
        rows = self.rows(rank, world) if rows is None else np.asarray(rows, np.int64)
        places = self._places(number)[rows]
        chosen = places % len(self.set)
        return Batch(self.set.batch(chosen, places >= len(self.set)), self.set.labels[chosen])

    def _places(self, number: int) -> np.ndarray:
        if number < 0:
            raise ValueError(f"batch number {number}")
        first = number * self.size
        out = np.empty(self.size, np.int64)
        done = 0
        while done < self.size:
            turn, place = divmod(first + done, self.round)
            piece = self._order(turn)[place : place + self.size - done]
            out[done : done + len(piece)] = piece
            done += len(piece)
        return out

    def _order(self, turn: int) -> np.ndarray:
        with self._lock:
            if turn not in self._orders:
                while len(self._orders) >= _KEPT_ORDERS:
                    self._orders.pop(min(self._orders))
                self._orders[turn] = np.random.default_rng([self.seed, 7, turn]).permutation(self.round)
            return self._orders[turn]
