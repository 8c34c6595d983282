"""Precision, recall, density and coverage: who lies in whose neighbourhood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken

from .feature_distances import NEIGHBOURS

if TYPE_CHECKING:
    from torch import Tensor

COUNTED = 5
"""Neighbours for density and coverage, as published; for precision and recall three."""
ROWS, COLUMNS = 1024, 8192
"""A block of distances: 32 MiB, and some tens of milliseconds."""


def neighbourhoods(real: np.ndarray, fake: np.ndarray, cancel: CancelToken) -> tuple[float, float, float, float]:
    """Precision, recall, density and coverage of generated images (M, D) against real ones (N, D), by features.

    An image is near another when the distance is no more than that other's to its k-th nearest in its own set.

    - Precision and recall (k = 3): the share of generated images near a real one, and of real images near a generated
      one, 0..1. Kynkaanniemi et al., NeurIPS 2019.
    - Density (k = 5): how many real images a generated one is near, over 5; above 1 where generated images crowd where
      real ones are dense. Coverage (k = 5): the share of real images with a generated one near them, 0..1, which one
      stray image of either set changes little. Naeem et al., ICML 2020.

    Raises :class:`InputError` with five or fewer images in a set.
    """
    import torch

    if min(len(real), len(fake)) <= COUNTED:
        raise InputError(
            f"Precision, recall, density and coverage need more than {COUNTED} images in each set: give more images."
        )
    middle = np.asarray(real).mean(0, dtype=np.float64)
    # About their mean, or rounding would tell equal features apart.
    known, made = (torch.from_numpy((np.asarray(one, np.float64) - middle).astype(np.float32)) for one in (real, fake))
    reach, wide = _reaches(known, (NEIGHBOURS, COUNTED), cancel)
    (other,) = _reaches(made, (NEIGHBOURS,), cancel)
    true, varied = torch.zeros(len(fake), dtype=torch.bool), torch.zeros(len(real), dtype=torch.bool)
    covered, counted = torch.zeros(len(real), dtype=torch.bool), 0
    for rows, columns, apart in _blocks(known, made, cancel):
        within = apart <= wide[rows, None]
        counted += int(within.sum())
        covered[rows] |= within.any(1)
        true[columns] |= (apart <= reach[rows, None]).any(0)
        varied[rows] |= (apart <= other[None, columns]).any(1)
    precision, recall, coverage = (float(held.double().mean()) for held in (true, varied, covered))
    return precision, recall, counted / (COUNTED * len(fake)), coverage


def _reaches(points: Tensor, counts: tuple[int, ...], cancel: CancelToken) -> list[Tensor]:
    """For each count k, (N,) the distance of each point to its k-th nearest other one."""
    import torch

    most = max(counts) + 1  # each is its own nearest
    out = torch.full((len(points), most), torch.inf)
    for rows, _, apart in _blocks(points, points, cancel):
        out[rows] = torch.cat([out[rows], apart], 1).topk(most, 1, largest=False).values
    return [out[:, count] for count in counts]


def _blocks(one: Tensor, other: Tensor, cancel: CancelToken) -> Iterator[tuple[slice, slice, Tensor]]:
    """Which rows of each, and the distances between them, block by block."""
    import torch

    for start in range(0, len(one), ROWS):
        for first in range(0, len(other), COLUMNS):
            cancel.check()
            rows, columns = slice(start, start + ROWS), slice(first, first + COLUMNS)
            yield rows, columns, torch.cdist(one[rows], other[columns])
