"""The losses of MorphAEus (Bercea et al. 2023) beside those of every autoencoder."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

WINDOW = 9
TINY = 1e-5


def local_correlation(first: Tensor, second: Tensor, window: int = WINDOW) -> Tensor:
    """1 - the mean of :func:`correlations`: 0 where images are locally alike but for brightness and contrast, to 1."""
    return 1 - correlations(first, second, window).mean()


def correlations(first: Tensor, second: Tensor, window: int = WINDOW) -> Tensor:
    """The square of the correlation of two images (n, C, R, R) in the window around each pixel: the same shape, 0 to 1.

    Avants et al., "Symmetric diffeomorphic image registration with cross-correlation", 2008. At the border the window
    is smaller; one in which nothing changes correlates with nothing.
    """
    first, second = first.float(), second.float()

    def mean(images: Tensor) -> Tensor:
        return functional.avg_pool2d(images, window, 1, window // 2, count_include_pad=False)

    together = mean(first * second) - mean(first) * mean(second)
    spread, other = ((mean(one * one) - mean(one) ** 2).clamp_min(0) for one in (first, second))
    # In sums over the window, as the field's programs have it, which decides what counts as no change.
    return (together * window**2) ** 2 / (spread * other * window**4 + TINY)


def roughness(field: Tensor) -> Tensor:
    """The mean square of how a field (n, 2, R, R) changes from a pixel to its neighbours below and to the right."""
    field = field.float()
    down, right = field.diff(dim=2).square().mean(), field.diff(dim=3).square().mean()
    return (down + right) / 2


def weight_now(done: float, begins: float, most: float) -> float:
    """The weight of the roughness: 0 until the share ``begins`` of the run, then rising evenly to ``most`` at its end.

    >>> weight_now(0.5, 0.5, 4.0), weight_now(0.75, 0.5, 4.0), weight_now(1.0, 0.5, 4.0)
    (0.0, 2.0, 4.0)
    """
    return most * max(done - begins, 0.0) / (1 - begins)
