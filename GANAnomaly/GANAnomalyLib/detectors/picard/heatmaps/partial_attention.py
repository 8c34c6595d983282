"""Contextual attention for the part of the map that the hole needs.

The same sums as :func:`GANAnomalyLib.detectors.picard.network.attention.contextual_attention`: background patches that touch the
hole are not pasted, so they are neither matched (but for those beside a free one, which the fusion reads) nor kept.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from ..network.attention import SOFTMAX_SCALE, free_patches, fuse, match_patches
from .spans import Span

_EPSILON = 1e-4


class Attention:
    """Attention on maps of side ``side`` giving ``out``; ``mask`` (1, 1, 4 side, 4 side) is 1 in the hole."""

    def __init__(self, mask: torch.Tensor, side: int, out: Span) -> None:
        self.places, self.out = side // 2, out
        # A patch pasted at q covers the pixels 2q - 1 to 2q + 2.
        self.asked = Span((out.first - 1) // 2, out.stop // 2 + 1).within(self.places)
        free = free_patches(mask)[0] > 0
        self.free = torch.nonzero(free).flatten()
        self.touched = len(free) - len(self.free)
        wide = free | _beside(free.reshape(self.places, -1).t().flatten()).reshape(self.places, -1).t().flatten()
        self.read = torch.nonzero(_beside(wide)).flatten()

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, side, side) to (N, C, out, out)."""
        asked = self.asked
        if not len(self.free):
            return x.new_zeros(*x.shape[:2], self.out.size, self.out.size)
        inner = asked.first >= 1 and asked.stop <= self.places - 1
        scores = self._part(x) if inner else self._whole(x)
        scores = scores.index_select(1, self.free) * SOFTMAX_SCALE
        if self.touched:
            # Patches that touch the hole take part in the softmax with a score of zero.
            rest = scores.new_full((len(x), 1, scores.shape[2]), math.log(self.touched))
            weights = F.softmax(torch.cat([scores, rest], 1), dim=1)[:, :-1]
        else:
            weights = F.softmax(scores, dim=1)
        return self._paste(x, weights) / 4

    def _paste(self, x: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """(N, C, out, out): free patches 4 x 4 of ``x``, weighted (N, free, asked) and summed where they overlap."""
        count, channels = x.shape[:2]
        padded = F.pad(x, (1, 1, 1, 1)).permute(0, 2, 3, 1).contiguous()
        # Patches as rows with the channels last: picking out whole rows is much quicker than picking columns.
        patches = padded.unfold(1, 4, 2).unfold(2, 4, 2).permute(0, 1, 2, 4, 5, 3)
        rows = patches[:, self.free // self.places, self.free % self.places].flatten(2)
        side = self.asked.size
        pasted = torch.bmm(weights.transpose(1, 2), rows).reshape(count, side, side, 4, 4, channels)
        covered = Span(2 * self.asked.first - 1, 2 * self.asked.stop + 1)
        total = pasted.new_zeros(count, covered.size, covered.size, channels)
        for down in range(4):
            for right in range(4):
                total[:, down : down + 2 * side : 2, right : right + 2 * side : 2] += pasted[:, :, :, down, right]
        part = self.out.of(covered)
        return total[:, part, part].permute(0, 3, 1, 2)

    def _whole(self, x: torch.Tensor) -> torch.Tensor:
        """Fused scores (N, L, asked) where asked places meet the edge: neighbours run on into the next row."""
        n = self.places
        patches = match_patches(x)
        scores = fuse(fuse(torch.bmm(_normal(patches), patches.transpose(1, 2))), n, n)
        part = self.asked.of(Span(0, n))
        return scores.reshape(len(x), n * n, n, n)[..., part, part].reshape(len(x), n * n, -1)

    def _part(self, x: torch.Tensor) -> torch.Tensor:
        """Fused scores (N, L, asked) from the asked places and their neighbours alone."""
        n, count = self.places, len(x)
        patches = match_patches(x)
        ring = slice(self.asked.first - 1, self.asked.stop + 1)
        queries = patches.reshape(count, n, n, -1)[:, ring, ring].flatten(1, 2)
        keys = _normal(patches.index_select(1, self.read))
        side = self.asked.size + 2
        found = torch.bmm(keys, queries.transpose(1, 2))
        scores = found.new_zeros(count, n * n, side * side).index_copy_(1, self.read, found)
        scores = scores.reshape(count, n * n, side, side)
        # Left and right neighbours of both; rows of patches run on into each other.
        level = scores[..., 1:-1].clone()
        level[:, 1:] += scores[:, :-1, :, :-2]
        level[:, :-1] += scores[:, 1:, :, 2:]
        # Those above and below; so do columns.
        level = level.reshape(count, n, n, side, side - 2)
        fused = level[:, :, :, 1:-1].clone()
        fused[:, 1:] += level[:, :-1, :, :-2]
        fused[:, 0, 1:] += level[:, -1, :-1, :-2]
        fused[:, :-1] += level[:, 1:, :, 2:]
        fused[:, -1, :-1] += level[:, 0, 1:, 2:]
        return fused.reshape(count, n * n, -1)


def _normal(patches: torch.Tensor) -> torch.Tensor:
    return patches / (patches.square() + _EPSILON).sum(2, keepdim=True).sqrt()


def _beside(chosen: torch.Tensor) -> torch.Tensor:
    """The chosen ones of a line and their two neighbours."""
    return chosen | F.pad(chosen[1:], (0, 1)) | F.pad(chosen[:-1], (1, 0))
