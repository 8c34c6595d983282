"""What a model's normals show, whatever its form: windows of a slice in times what is usual there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import numpy as np


class NormalReference(ABC):
    """References of a model that scores are set against."""

    @abstractmethod
    def windows_of(
        self,
        originals: np.ndarray,
        reconstructions: np.ndarray,
        patch_size: int,
        metric: str,
        check: Callable[[], None] = lambda: None,
    ) -> Iterator[np.ndarray]:
        """:meth:`windows` of one pair after the other, (N, R, R) uint8; a handful at a time is the quickest."""

    def windows(
        self,
        original: np.ndarray,
        reconstruction: np.ndarray,
        patch_size: int,
        metric: str,
        check: Callable[[], None] = lambda: None,
    ) -> np.ndarray:
        """Scores of every p x p window of a slice, in times what is usual there.

        Parameters
        ----------
        original, reconstruction: (R, R) uint8.
        patch_size: p, 1 <= p <= R.
        metric: "wd", "mse" or "ssim", as far as the references know it.
        check: called now and then; raises to stop.

        Returns
        -------
        (R - p + 1, R - p + 1) float32, laid out as :func:`~.patches.patch_distance_map`; the slice's own median over
        the body is 1 unless it is explained twice as well as usual, so that a noisier scanner does not raise scores.

        Raises
        ------
        InputError: slices of another size than the references' were.
        """
        return next(self.windows_of(original[None], reconstruction[None], patch_size, metric, check))
