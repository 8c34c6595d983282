"""Filters along one axis of an image as matrices, with the image mirrored at the centres of its border pixels.

A training image is small and its filters are long: one matrix product an axis is faster than a convolution, holds the
mirrored border for images of any size, and has derivatives of every order.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb

import numpy as np
import torch
from torch import Tensor

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


def doubling(size: int, like: Tensor) -> Tensor:
    """(2 * size - 1, size): a line of ``size`` pixels to twice the sampling, old pixels at the even places."""
    return _cached("doubling", size, like.dtype, like.device)


def halving(size: int, like: Tensor) -> Tensor:
    """(size, 2 * size - 1 + 2 * REACH): a doubled line with ``REACH`` more at each end to ``size`` pixels."""
    return _cached("halving", size, like.dtype, like.device)


def bands(size: int, like: Tensor) -> Tensor:
    """(4, size, size): a line to each of its frequency bands, low to high; the four add up to the line."""
    return _cached("bands", size, like.dtype, like.device)


@lru_cache(maxsize=32)
def _cached(kind: str, size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    matrix = {"doubling": _doubling, "halving": _halving, "bands": _bands}[kind](size)
    # A matrix made under inference mode could never serve a training step.
    with torch.inference_mode(False):
        return torch.tensor(matrix, dtype=dtype, device=device)


def _doubling(size: int) -> np.ndarray:
    taps = 2.0 * wavelet_pair()[0]
    return _mirrored(taps, np.arange(2 * size - 1), size, spacing=2)


def _halving(size: int) -> np.ndarray:
    taps = wavelet_pair()[1]
    matrix = np.zeros((size, 2 * size - 1 + 2 * REACH))
    for row in range(size):
        matrix[row, 2 * row : 2 * row + len(taps)] = taps
    return matrix


def _bands(size: int) -> np.ndarray:
    return np.stack([_mirrored(taps, np.arange(size), size, spacing=1) for taps in band_filters()])


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
