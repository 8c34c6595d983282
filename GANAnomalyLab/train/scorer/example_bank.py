"""What the base said of slices, in a file of the run: written once and in order, read at random."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from GANAnomalyLib.detectors.scorer import planes
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import disk_errors

from ...images import ImageSet
from ..loop.reals import Batch, Reals

FILE = "bank.u8"
LAYERS = planes.COUNT + 1
"""The network's planes, and how abnormal each pixel is."""
LABEL = planes.COUNT


class Bank:
    """(count, 9, R, R) uint8 in ``folder``; memory holds what is read of it only."""

    def __init__(self, folder: Path, count: int, resolution: int) -> None:
        self.path = folder / FILE
        self.shape = (count, LAYERS, resolution, resolution)
        self.each = LAYERS * resolution**2

    def write(self, first: int, rows: np.ndarray) -> None:
        """Rows (n, 9, R, R) uint8 from ``first`` on. Raises GANAnomalyError where the disk is full."""
        mode = "r+b" if self.path.exists() else "w+b"
        with disk_errors(self.path, "the bank", kept="what was explained is kept"), open(self.path, mode) as file:
            file.seek(first * self.each)
            file.write(np.ascontiguousarray(rows).data)

    def keep(self) -> None:
        """See to it that what was written outlives a power cut."""
        if self.path.exists():
            with disk_errors(self.path, "the bank"), open(self.path, "r+b") as file:
                os.fsync(file.fileno())

    def check(self, count: int) -> None:
        """Raise :class:`InputError` unless the first ``count`` rows are there."""
        if count and (not self.path.is_file() or self.path.stat().st_size < count * self.each):
            raise InputError(f"The run's file {FILE} is gone or cut short: begin again in another folder.")

    def read(self, first: int, stop: int) -> np.ndarray:
        """(stop - first, 9, R, R) uint8, mapped; these rows must have been written."""
        if stop <= first:
            return np.zeros((0, *self.shape[1:]), np.uint8)
        return np.memmap(self.path, np.uint8, "r", first * self.each, (stop - first, *self.shape[1:]))


class BankReals(Reals):
    """Batches of a bank's rows ``first`` to ``stop``, by the step's number."""

    def __init__(self, images: ImageSet, batch: int, seed: int, bank: Bank, first: int, stop: int) -> None:
        super().__init__(images, batch, seed)
        self.bank, self.first, self.stop, self.batch, self.seed = bank, first, stop, batch, seed
        self._mapped: np.ndarray | None = None

    def take(self, number: int, rows: Tensor) -> Batch:
        """(n, 9, R, R) float32 in [-1, 1]; see :class:`Reals`."""
        if self._mapped is None:
            self._mapped = self.bank.read(self.first, self.stop)
        drawn = np.random.default_rng([self.seed, 23, number]).integers(0, len(self._mapped), self.batch)
        return as_shown(self._mapped[drawn[rows.numpy()]]), None


def as_shown(rows: np.ndarray) -> Tensor:
    """uint8 to float32 in [-1, 1]."""
    return torch.from_numpy(np.asarray(rows)).float() / 127.5 - 1
