"""Small made-up volumes for the tests of this room."""

from __future__ import annotations

import numpy as np


def hu(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Voxels that pass as a CT: air, and something in the middle."""
    rng = np.random.default_rng(seed)
    voxels = np.full(shape, -1000, dtype=np.int16)
    inner = tuple(slice(n // 4, n - n // 4) for n in shape)
    voxels[inner] = rng.integers(-50, 150, voxels[inner].shape)
    return voxels


def oblique_matrix(spacing: tuple[float, float, float] = (0.8, 1.1, 2.5)) -> np.ndarray:
    """(4, 4) of a grid turned about two axes."""
    a, b = np.radians(20), np.radians(-12)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    turn = turn @ np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    matrix = np.eye(4)
    matrix[:3, :3] = turn * spacing
    matrix[:3, 3] = (12.5, -40.25, 300.125)
    return matrix
