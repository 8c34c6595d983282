"""What is remembered of normal slices: a code for each of their places, and which slices resemble which."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ...running.quiet import quiet
from .coder import CELL

CENTRES = 256
"""Choices for each part of a code, so that a part is a byte."""
LEADS = 12
"""Slices are compared with each other on so many coarse places a side, which a lesion changes few of."""
TRUSTED = 0.75
"""Share of those places, the most alike, that say whether two slices resemble each other."""
FINE = 1 << 16
"""Steps of a squared distance of 1: whole numbers, so that every way of adding them gives the same sums."""


class Bank(nn.Module):
    """Codes of M normal slices, each in B bytes (product quantisation: Jegou and others, PAMI 2011).

    A code of D numbers is cut into B parts of ``width`` numbers, and of each part only the nearest of 256 centres is
    kept.

    Attributes
    ----------
    codes: (M, P, P, B) uint8, the centres' numbers. centres: (B, 256, width) float32. order: (B, width) int64, which
    number of a code stands where in which part, -1 for nothing. picture: (D + 1, 8, 8) float32, by which a code (and a
    last 1) becomes the pixels of its place, in [-1, 1]: the closest normal slice is put together so.
    common, usual: the median distance of a place in a normal slice, and of a normal slice's highest.
    """

    codes: Tensor
    centres: Tensor
    order: Tensor
    picture: Tensor
    common: Tensor
    usual: Tensor

    def __init__(self, count: int, places: int, numbers: int, parts: int) -> None:
        super().__init__()
        width = -(-numbers // parts)
        self.numbers = numbers
        self.register_buffer("codes", torch.zeros(count, places, places, parts, dtype=torch.uint8))
        self.register_buffer("centres", torch.zeros(parts, CENTRES, width))
        self.register_buffer("order", torch.full((parts, width), -1, dtype=torch.int64))
        self.register_buffer("picture", torch.zeros(numbers + 1, CELL, CELL))
        self.register_buffer("common", torch.zeros(()))
        self.register_buffer("usual", torch.ones(()))
        self._leads: np.ndarray | None = None

    def learn(self, codes: Tensor, seed: int) -> None:
        """Choose parts and centres for codes like the given ones (n, D) float32."""
        from scipy.cluster.vq import kmeans2

        self.order.copy_(_shares(codes.var(0).cpu().numpy(), *self.order.shape))
        parts = self._parts(codes).cpu().numpy().astype(np.float64)
        for number, centres in enumerate(self.centres):
            part = np.ascontiguousarray(parts[:, number])
            chosen = np.random.default_rng([seed, number]).choice(len(part), CENTRES, replace=len(part) < CENTRES)
            with quiet():  # an empty cluster keeps its centre, and SciPy says so
                found, _ = kmeans2(part, part[chosen], iter=20, minit="matrix", missing="warn")
            centres.copy_(torch.from_numpy(found))

    def kept(self, codes: Tensor) -> Tensor:
        """Codes (n, P, P, D) float32 as they are remembered, (n, P, P, B) uint8."""
        parts = self._parts(codes)
        found = [
            torch.cdist(parts[..., part, :].flatten(0, -2), self.centres[part]).argmin(-1)
            for part in range(len(self.centres))
        ]
        return torch.stack(found, -1).view(*codes.shape[:-1], -1).to(torch.uint8)

    def remembered(self, kept: Tensor) -> Tensor:
        """The inverse of :meth:`kept`, as well as it can be: (..., B) uint8 to (..., D) float32."""
        parts = torch.stack([self.centres[part][kept[..., part].long()] for part in range(len(self.centres))], -2)
        codes = parts.new_zeros(*kept.shape[:-1], self.numbers + 1)
        codes[..., self.order.flatten()] = parts.flatten(-2)  # what stands for nothing goes to the last one
        return codes[..., :-1]

    def table(self, codes: Tensor) -> np.ndarray:
        """(..., B, 256) int32 for codes (..., D): each part's squared distance to each centre, in steps of 1 / FINE."""
        parts = self._parts(codes).unsqueeze(-2)
        apart = (parts - self.centres).square().sum(-1)
        most = (2**31 - 1) // len(self.centres)
        table: np.ndarray = (apart * FINE).round().clamp(max=most).to(torch.int32).cpu().numpy()
        return table

    def score(self, squared: np.ndarray) -> np.ndarray:
        """Squared distances in steps as scores: 0 for what normal slices mostly show, 1 for their usual highest."""
        distance = np.sqrt(squared.astype(np.float32) / np.float32(FINE))
        common, usual = float(self.common), float(self.usual)
        score: np.ndarray = np.maximum(distance - np.float32(common), 0) / np.float32(usual - common)
        return score

    def resembling(self, codes: Tensor, count: int) -> np.ndarray:
        """The ``count`` remembered slices that one slice (P, P, D) float32 resembles most, the most alike first.

        By the codes of a few coarse places, of which only the most alike count: so a lesion does not lead astray, and
        the height in the body need not be known.
        """
        if self._leads is None:
            self._leads = np.concatenate([_coarse(self.remembered(part)) for part in self.codes.split(64)])
        apart = np.square(self._leads - _coarse(codes[None].cpu())).sum(-1)
        kept = max(1, round(TRUSTED * apart.shape[1]))
        unlike = np.partition(apart, kept - 1, axis=1)[:, :kept].mean(1)
        order: np.ndarray = np.argsort(unlike, kind="stable")
        return order[:count]

    def painted(self, kept: np.ndarray) -> np.ndarray:
        """(8 P, 8 P) float32 in [-1, 1]: what remembered codes (P, P, B) uint8 look like."""
        codes = self.remembered(torch.from_numpy(kept))
        flat = torch.cat([codes, torch.ones(*codes.shape[:2], 1)], -1)
        cells = torch.einsum("yxd,dij->yixj", flat, self.picture)
        size = cells.shape[0] * cells.shape[1]
        painted: np.ndarray = cells.reshape(size, size).clamp(-1, 1).numpy()
        return painted

    def _parts(self, codes: Tensor) -> Tensor:
        """(..., B, width) of codes (..., D); 0 where a part has nothing."""
        padded = torch.cat([codes, codes.new_zeros(*codes.shape[:-1], 1)], -1)
        parts: Tensor = padded[..., self.order.to(codes.device)]
        return parts


def _shares(spread: np.ndarray, parts: int, width: int) -> Tensor:
    """(parts, width): numbers of a code dealt out so that parts vary alike; -1 for nothing."""
    dealt: list[list[int]] = [[] for _ in range(parts)]
    weight = np.zeros(parts)
    logs = np.log(np.maximum(spread, 1e-12))
    for number in np.argsort(-spread, kind="stable"):
        open_ = [part for part in range(parts) if len(dealt[part]) < width]
        least = min(open_, key=lambda part: (weight[part], part))
        dealt[least].append(int(number))
        weight[least] += logs[number] - logs.min() + 1e-3
    return torch.tensor([numbers + [-1] * (width - len(numbers)) for numbers in dealt])


def _coarse(codes: Tensor) -> np.ndarray:
    """(n, LEADS * LEADS, D) float32 of codes (n, P, P, D): means over coarse places."""
    values = codes.numpy()
    places = values.shape[1]
    edges = np.linspace(0, places, min(LEADS, places) + 1).astype(int)
    sums = np.add.reduceat(values, edges[:-1], axis=1)
    sums = np.add.reduceat(sums, edges[:-1], axis=2)
    sizes = np.diff(edges).astype(np.float32)
    means = sums / (sizes[:, None] * sizes)[None, :, :, None]
    coarse: np.ndarray = means.reshape(len(values), -1, values.shape[-1])
    return coarse
