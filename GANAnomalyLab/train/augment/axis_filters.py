"""Filters along one axis of an image as matrices, with the image mirrored at the centres of its border pixels.

Training images are small and these filters long: products with the band of such a matrix, in blocks, are several times
faster than a convolution on a CPU, and the matrix holds the mirrored border for images of any size.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd import Function

FLATNESS = 6
"""Zeros of each filter of the pair at the highest frequency: as many as a sym6 wavelet has."""

REACH = 6
"""How far the halving filter reaches, in pixels of the doubled image."""


@lru_cache(maxsize=1)
def wavelet_pair() -> tuple[np.ndarray, np.ndarray]:
    """The low-pass filters for doubling (11 taps) and for halving (13 taps), both symmetric and of sum 1.

    A symmetric biorthogonal wavelet pair (Cohen, Daubechies, Feauveau 1992): with y = sin^2(w / 2), Daubechies'
    half-band filter (1 - y)^K sum_k C(K - 1 + k, k) y^k is split in two. Each side gets half of the factors (1 - y),
    the first the complex roots left of the imaginary axis, the second all others; no other split has so flat a pass
    band. Doubling, then halving gives the image back.
    """
    roots = np.roots([comb(FLATNESS - 1 + k, k) for k in reversed(range(FLATNESS))])
    first = (np.abs(roots.imag) > 1e-6) & (roots.real < 0)
    double, halve = (_taps(1.0 / roots[chosen]) for chosen in (first, ~first))
    return double, halve


def _taps(inverse_roots: np.ndarray) -> np.ndarray:
    """Symmetric taps of prod (1 - y / root) times (1 - y)^(K / 2), where y is the filter [-1, 2, -1] / 4."""
    y = np.array([-0.25, 0.5, -0.25])
    taps = np.ones(1, complex)
    for inverse in (*inverse_roots, *[1.0] * (FLATNESS // 2)):
        factor = -inverse * y
        factor[1] += 1.0
        taps = np.convolve(taps, factor)
    return taps.real


@lru_cache(maxsize=1)
def band_filters() -> np.ndarray:
    """(4, 43) symmetric filters of the frequency bands [0, 1/8], [1/8, 1/4], [1/4, 1/2], [1/2, 1] of pi; sum: identity.

    From the half-band filter of the sym2 wavelet, [-1, 0, 9, 16, 9, 0, -1] / 32, and its stretches by 2 and 4.
    """
    half = np.array([-1.0, 0, 9, 16, 9, 0, -1]) / 32
    lowest = np.ones(1)
    bands = []
    for stretch in (1, 2, 4):
        stretched = np.zeros((len(half) - 1) * stretch + 1)
        stretched[::stretch] = half
        lower = np.convolve(lowest, stretched)
        bands.append(_centred(lowest, 43) - _centred(lower, 43))
        lowest = lower
    return np.stack([lowest, *bands[::-1]])


def _centred(taps: np.ndarray, length: int) -> np.ndarray:
    return np.pad(taps, (length - len(taps)) // 2)


class LineFilter:
    """A banded (M, K) matrix that makes M pixels of every line of K, ready for images like ``like``.

    Differentiable any number of times in the images: its derivative is its transpose, :attr:`T`.
    """

    def __init__(self, matrix: np.ndarray, like: Tensor, transpose: LineFilter | None = None) -> None:
        self.size = matrix.shape[0]
        # A GPU would rather multiply zeros than be asked for many small products.
        step = 256 if like.is_cuda else 32
        self._blocks = []
        for start in range(0, self.size, step):
            rows = matrix[start : start + step]
            used = np.flatnonzero(rows.any(0))
            source = slice(int(used[0]), int(used[-1]) + 1)
            self._blocks.append((slice(start, start + len(rows)), source, like.new_tensor(rows[:, source])))
        self.T = transpose or LineFilter(matrix.T, like, self)

    def down(self, images: Tensor) -> Tensor:
        """Filter the columns: (N, C, K, W) to (N, C, M, W)."""
        return _Filtered.apply(images, self, False)

    def across(self, images: Tensor) -> Tensor:
        """Filter the rows: (N, C, H, K) to (N, C, H, M)."""
        return _Filtered.apply(images, self, True)

    def product(self, images: Tensor, across: bool) -> Tensor:
        """The bare product, without derivatives."""
        n, c, height, width = images.shape
        made = images.new_empty((n, c, height, self.size) if across else (n, c, self.size, width))
        for target, source, block in self._blocks:
            if across:
                made[..., target] = images[..., source] @ block.t()
            else:
                made[..., target, :] = block @ images[..., source, :]
        return made


class _Filtered(Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, line_filter: LineFilter, across: bool) -> Tensor:
        ctx.filter, ctx.across = line_filter, across
        return line_filter.product(images, across)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return _Filtered.apply(gradient, ctx.filter.T, ctx.across), None, None


def doubling(size: int, like: Tensor) -> LineFilter:
    """A line of ``size`` pixels to 2 * size - 1: twice the sampling, old pixels at the even places."""
    return _doubling(size, like.dtype, like.device)


def halving(size: int, like: Tensor) -> LineFilter:
    """A doubled line with ``REACH`` more at each end, 2 * size - 1 + 2 * REACH pixels, to ``size`` pixels."""
    return _halving(size, like.dtype, like.device)


def bands(size: int, like: Tensor) -> Tensor:
    """(4, size, size): a line to each of its frequency bands, low to high; the four add up to the line."""
    return _bands(size, like.dtype, like.device)


@lru_cache(maxsize=16)
@torch.inference_mode(False)  # a tensor made under inference mode could never serve a training step
def _doubling(size: int, dtype: torch.dtype, device: torch.device) -> LineFilter:
    taps = 2.0 * wavelet_pair()[0]
    matrix = _mirrored(taps, np.arange(2 * size - 1), size, spacing=2)
    return LineFilter(matrix, torch.empty(0, dtype=dtype, device=device))


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _halving(size: int, dtype: torch.dtype, device: torch.device) -> LineFilter:
    taps = wavelet_pair()[1]
    matrix = np.zeros((size, 2 * size - 1 + 2 * REACH))
    for row in range(size):
        matrix[row, 2 * row : 2 * row + len(taps)] = taps
    return LineFilter(matrix, torch.empty(0, dtype=dtype, device=device))


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _bands(size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    matrices = [_mirrored(taps, np.arange(size), size, spacing=1) for taps in band_filters()]
    return torch.tensor(np.stack(matrices), dtype=dtype, device=device)


def _mirrored(taps: np.ndarray, places: np.ndarray, size: int, spacing: int) -> np.ndarray:
    """(len(places), size): what each pixel of a mirrored line gives to each place, pixel i lying at i * spacing."""
    reach = len(taps) // 2
    matrix = np.zeros((len(places), size))
    period = max(2 * size - 2, 1)
    for pixel in range(-reach, size + reach):
        folded = pixel % period
        folded = period - folded if folded >= size else folded
        offsets = places - pixel * spacing
        near = np.abs(offsets) <= reach
        matrix[near, folded] += taps[offsets[near] + reach]
    return matrix
