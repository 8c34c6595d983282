"""What is remembered of normal slices: a code for each of their places, and which slices resemble which."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor, nn
from torch.nn import functional

from .coder import CELL

LEADS = 12
"""Slices are compared with each other on so many coarse places a side, which a lesion changes few of."""
TRUSTED = 0.75
"""Share of those places, the most alike, that say whether two slices resemble each other."""
SEEN = 2 * CELL
"""Pixels of a side that a code tells of: its place and half of its neighbours'."""
TOP = 127
FINER = 8
"""A searched slice's codes are told so much finer than remembered ones: only these are rounded for want of room."""
APART_IN = 4
"""How far remembered codes are apart is kept in such parts of a step, up to 255 of them."""


class Bank(nn.Module):
    """Codes of M normal slices as whole numbers of steps.

    Attributes
    ----------
    codes: (M, P, P, D) int8. step: what a whole number stands for. picture: (D + 1, 256) float32, by which a code (and
    a last 1) becomes the 16 x 16 pixels in whose middle its place is, in [-1, 1]: the closest normal slice is put
    together so.
    apart: (M, P, P) uint8, how far each code is from those of other patients, in quarters of a step: where normals
    differ little, in fat, a small distance tells as much as a large one elsewhere.
    common, usual: the median, over places of normal slices, of what :meth:`odd` says of them, and of a normal slice's
    highest.
    share, smooth: how much of ``apart`` is taken off a distance, and the standard deviation in places over which scores
    are averaged; chosen on the benchmark's development cohort.
    """

    codes: Tensor
    step: Tensor
    picture: Tensor
    apart: Tensor
    common: Tensor
    usual: Tensor

    def __init__(self, count: int, places: int, numbers: int, share: float = 0.5, smooth: float = 0.7) -> None:
        super().__init__()
        self.share, self.smooth = share, smooth
        self.register_buffer("codes", torch.zeros(count, places, places, numbers, dtype=torch.int8))
        self.register_buffer("step", torch.ones(()))
        self.register_buffer("apart", torch.zeros(count, places, places, dtype=torch.uint8))
        self.register_buffer("picture", torch.zeros(numbers + 1, SEEN**2))
        self.register_buffer("common", torch.zeros(()))
        self.register_buffer("usual", torch.ones(()))
        self._leads: np.ndarray | None = None

    def kept(self, codes: Tensor) -> Tensor:
        """Codes (..., D) float32 as they are remembered, int8."""
        return torch.round(codes / self.step).clamp(-TOP, TOP).to(torch.int8)

    def remembered(self, kept: Tensor) -> Tensor:
        """The inverse of :meth:`kept`, to half a step."""
        return kept.float() * self.step

    def asked(self, codes: Tensor) -> np.ndarray:
        """Codes (..., D) float32 of a slice to search, int16 in eighths of a step."""
        most = FINER * 2 * TOP
        asked: np.ndarray = torch.round(codes / self.step * FINER).clamp(-most, most).to(torch.int16).cpu().numpy()
        return asked

    def score(self, squared: np.ndarray, where: np.ndarray) -> np.ndarray:
        """What the search tells of a slice's places as scores: 0 for what normal slices mostly show, 1 for their usual
        highest."""
        common, usual = float(self.common), float(self.usual)
        score: np.ndarray = np.maximum(self.odd(squared, where) - np.float32(common), 0) / np.float32(usual - common)
        return score

    def odd(self, squared: np.ndarray, where: np.ndarray) -> np.ndarray:
        """(P, P) float32: how much farther each place is from the memory than remembered places there from each other.

        The idea of the local outlier factor (Breunig et al., SIGMOD 2000), as a difference: divided, the places that
        are all alike would lead.
        """
        apart = self.apart.numpy()[where[..., 0], where[..., 1], where[..., 2]]
        more = self.distance(squared) - np.float32(self.share * float(self.step) / APART_IN) * apart
        odd: np.ndarray = ndimage.gaussian_filter(more, self.smooth) if self.smooth else more
        return odd

    def kept_apart(self, squared: np.ndarray) -> Tensor:
        """Squared distances of remembered codes to those of others, as ``apart`` holds them."""
        steps = self.distance(squared) / float(self.step) * APART_IN
        return torch.from_numpy(np.round(steps).clip(0, 255).astype(np.uint8))

    def distance(self, squared: np.ndarray) -> np.ndarray:
        """Distances of codes from squared ones in eighths of a step, float32."""
        distance: np.ndarray = np.sqrt(squared.astype(np.float32)) * np.float32(float(self.step) / FINER)
        return distance

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
        """(8 P, 8 P) float32 in [-1, 1]: what remembered codes (P, P, D) int8 look like."""
        codes = self.remembered(torch.from_numpy(kept)).flatten(0, 1)
        pixels = (torch.cat([codes, torch.ones(len(codes), 1)], -1) @ self.picture).T
        # Each pixel is seen from four places; the nearer ones count for more, so that no edges show between them.
        rise = 1 - (torch.arange(SEEN) - (SEEN - 1) / 2).abs() / CELL
        weight = torch.outer(rise, rise).flatten()[:, None].expand_as(pixels)
        size = CELL * len(kept)
        total, weights = (
            functional.fold(values[None], (size, size), SEEN, padding=(SEEN - CELL) // 2, stride=CELL)[0, 0]
            for values in (pixels * weight, weight)
        )
        painted: np.ndarray = (total / weights).clamp(-1, 1).numpy()
        return painted


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
