"""What is remembered of normal slices: a code for each of their places, and which slices resemble which."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from .coder import CELL

LEADS = 12
"""Slices are compared with each other on so many coarse places a side, which a lesion changes few of."""
TRUSTED = 0.75
"""Share of those places, the most alike, that say whether two slices resemble each other."""
TOP = 127


class Bank(nn.Module):
    """Codes of M normal slices as whole numbers of steps.

    Attributes
    ----------
    codes: (M, P, P, D) int8. step: what a whole number stands for. picture: (D + 1, 8, 8) float32, by which a code (and
    a last 1) becomes the pixels of its place, in [-1, 1]: the closest normal slice is put together so.
    usual: the median of the highest distance in a normal slice, by which distances are divided.
    """

    codes: Tensor
    step: Tensor
    picture: Tensor
    usual: Tensor

    def __init__(self, count: int, places: int, numbers: int) -> None:
        super().__init__()
        self.register_buffer("codes", torch.zeros(count, places, places, numbers, dtype=torch.int8))
        self.register_buffer("step", torch.ones(()))
        self.register_buffer("picture", torch.zeros(numbers + 1, CELL, CELL))
        self.register_buffer("usual", torch.ones(()))
        self._leads: np.ndarray | None = None

    def quantised(self, codes: Tensor) -> np.ndarray:
        """Codes (..., D) float32 as whole numbers of steps, int8."""
        return torch.round(codes / self.step).clamp(-TOP, TOP).to(torch.int8).cpu().numpy()

    def resembling(self, codes: np.ndarray, count: int) -> np.ndarray:
        """The ``count`` remembered slices that one slice (P, P, D) int8 resembles most, the most alike first.

        By the codes of a few coarse places, of which only the most alike count: so a lesion does not lead astray, and
        the height in the body need not be known.
        """
        if self._leads is None:
            self._leads = np.concatenate([_coarse(part.numpy()) for part in self.codes.split(256)])
        apart = np.square(self._leads - _coarse(codes[None])).sum(-1)
        kept = max(1, round(TRUSTED * apart.shape[1]))
        unlike = np.partition(apart, kept - 1, axis=1)[:, :kept].mean(1)
        order: np.ndarray = np.argsort(unlike, kind="stable")
        return order[:count]

    def painted(self, codes: np.ndarray) -> np.ndarray:
        """(8 P, 8 P) float32 in [-1, 1]: what remembered codes (P, P, D) int8 look like."""
        values = torch.from_numpy(codes).float() * self.step.cpu()
        flat = torch.cat([values, torch.ones(*values.shape[:2], 1)], -1)
        cells = torch.einsum("yxd,dij->yixj", flat, self.picture.cpu())
        size = cells.shape[0] * cells.shape[1]
        painted: np.ndarray = cells.reshape(size, size).clamp(-1, 1).numpy()
        return painted


def _coarse(codes: np.ndarray) -> np.ndarray:
    """(n, LEADS * LEADS, D) float32 of codes (n, P, P, D): means over coarse places."""
    places = codes.shape[1]
    edges = np.linspace(0, places, min(LEADS, places) + 1).astype(int)
    sums = np.add.reduceat(codes.astype(np.float32), edges[:-1], axis=1)
    sums = np.add.reduceat(sums, edges[:-1], axis=2)
    sizes = np.diff(edges).astype(np.float32)
    means = sums / (sizes[:, None] * sizes)[None, :, :, None]
    coarse: np.ndarray = means.reshape(len(codes), -1, codes.shape[-1])
    return coarse
