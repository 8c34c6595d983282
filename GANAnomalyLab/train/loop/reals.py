"""Batches of training images, prepared ahead of the step that needs them."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Tensor

from ...images import Draws, ImageSet, Prefetch

Batch = tuple[Tensor, Tensor | None]


class Reals:
    """The batch of any step, by its number; ``workers`` threads read the next ones while this one is computed with.

    ``conditional`` gives the labels too. Close it to end the threads.
    """

    def __init__(self, images: ImageSet, batch: int, seed: int, conditional: bool = False, workers: int = 0) -> None:
        self.images, self.conditional, self.workers = images, conditional, workers
        self._draws = Draws(images, batch, seed)
        self._coming: Prefetch[Batch] | None = None
        self._expected: tuple[int, tuple[int, ...]] | None = None

    def __len__(self) -> int:
        return len(self.images)

    def take(self, number: int, rows: Tensor) -> Batch:
        """Images (n, C, R, R) float32 in [-1, 1] and labels (n, L) or None: the given rows of batch ``number``."""
        wanted = tuple(rows.tolist())
        if self._coming is None or self._expected != (number, wanted):
            self.close()
            read = partial(self._read, np.array(wanted, np.int64))
            self._coming = Prefetch(read, number, self.workers, max(self.workers, 1))
        self._expected = (number + 1, wanted)
        return self._coming.take()

    def labels(self, places: np.ndarray) -> Tensor:
        """(n, L) float32 labels of images by place."""
        return torch.from_numpy(self.images.labels[places])

    def close(self) -> None:
        """End the threads."""
        if self._coming is not None:
            self._coming.close()
            self._coming = None

    def _read(self, rows: np.ndarray, number: int) -> Batch:
        images, labels = self._draws.batch(number, rows=rows)
        pixels = torch.from_numpy(images)
        if torch.cuda.is_available():
            pixels = pixels.pin_memory()
        return pixels, torch.from_numpy(labels) if self.conditional else None
