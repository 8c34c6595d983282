"""Simplex noise: soft blotches of many sizes, which hide more of an anomaly than white noise does.

Wyatt et al., "AnoDDPM: Anomaly Detection with Denoising Diffusion Probabilistic Models using Simplex Noise", CVPR
workshops 2022, section 3.2; the noise itself is OpenSimplex, from the package of that name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from opensimplex.internals import _init, _noise3

from ...running.compiled import compiled

OCTAVES, DECAY, FREQUENCY = 6, 0.8, 64.0
"""Published: six sizes of blotches, each half as wide as the one before and 0.8 times as strong; the widest, px."""


@functools.lru_cache(maxsize=32)
def field(seed: int, side: int, depth: float, octaves: int = OCTAVES) -> np.ndarray:
    """Read-only (side, side) float32 noise around 0, its deviation about 0.43; ``depth`` is the place along z in px."""
    out = np.zeros((side, side))
    permuted, gradients = _init(seed)
    (_kernel() or _add)(permuted, gradients, float(depth), octaves, DECAY, FREQUENCY, out)
    noise = out.astype(np.float32)
    noise.flags.writeable = False
    return noise


def _add(
    permuted: np.ndarray,
    gradients: np.ndarray,
    depth: float,
    octaves: int,
    decay: float,
    frequency: float,
    out: np.ndarray,
) -> None:
    # The package's own loops over arrays run on numba's threads, which are not safe to enter from two threads.
    strength = 1.0
    for _ in range(octaves):
        for row in range(out.shape[0]):
            for column in range(out.shape[1]):
                place = column / frequency, row / frequency, depth / frequency
                out[row, column] += strength * _noise3(place[0], place[1], place[2], permuted, gradients)
        frequency /= 2
        strength *= decay


@functools.lru_cache(maxsize=1)
def _kernel() -> Callable[..., None] | None:
    return compiled(
        _add,
        lambda types: [
            types.void(
                types.int64[::1],
                types.int64[::1],
                types.float64,
                types.int64,
                types.float64,
                types.float64,
                types.float64[:, ::1],
            )
        ],
    )
