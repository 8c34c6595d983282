"""Contextual attention (Yu et al. 2018, section 4.1): features of the hole pasted together from the background.

All samples of a batch at once: matching is a product of matrices of unfolded patches, pasting a product and a fold.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

SOFTMAX_SCALE = 10.0
_EPSILON = 1e-4
"""Added to every square before the sum, not to the sum: published checkpoints were trained so."""


def contextual_attention(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Rebuild features as weighted sums of background patches.

    Parameters
    ----------
    x: (N, C, h, w) features at a quarter of the image's size, h and w even.
    mask: (N, 1, 4 h, 4 w), 1 in the hole, at the image's size.

    Returns
    -------
    torch.Tensor
        (N, C, h, w).
    """
    height, width = x.shape[2:]
    rows, columns = height // 2, width // 2
    weights = attention_weights(similarity(x), free_patches(mask), rows, columns)
    return F.fold(torch.bmm(paste_patches(x), weights), (height, width), 4, padding=1, stride=2) / 4


def paste_patches(x: torch.Tensor) -> torch.Tensor:
    """(N, C * 16, L): patches of 4 x 4 at stride 2, the background at full detail; L = (h / 2) (w / 2)."""
    return F.unfold(F.pad(x, (1, 1, 1, 1)), 4, stride=2)


def match_patches(x: torch.Tensor) -> torch.Tensor:
    """(N, L, C * 9): patches of 3 x 3 of the features at half their size (nearest)."""
    small = F.interpolate(x, scale_factor=0.5, mode="nearest")
    return F.unfold(F.pad(small, (1, 1, 1, 1)), 3).transpose(1, 2)


def similarity(x: torch.Tensor) -> torch.Tensor:
    """(N, L, L): how well each background patch (rows) matches each place (columns), by normalised product."""
    patches = match_patches(x)
    norms = (patches.square() + _EPSILON).sum(2, keepdim=True).sqrt()
    return torch.bmm(patches / norms, patches.transpose(1, 2))


def free_patches(mask: torch.Tensor) -> torch.Tensor:
    """(N, L) of 1 and 0: background patches without any pixel of the hole, on the mask taken down by 8."""
    small = F.interpolate(mask, scale_factor=1 / 8, mode="nearest")
    return (F.max_pool2d(small, 3, stride=1, padding=1).flatten(1) == 0).to(mask.dtype)


def attention_weights(scores: torch.Tensor, free: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """(N, L, L): the share of each background patch (rows) in each place (columns), from :func:`similarity`."""
    scores = fuse(fuse(scores), rows, columns)
    free = free[:, :, None]
    return F.softmax(scores * free * SOFTMAX_SCALE, dim=1) * free


def fuse(scores: torch.Tensor, rows: int | None = None, columns: int = 0) -> torch.Tensor:
    """Sum (N, L, L) along the diagonal over three neighbours: places whose neighbours match too match better.

    With ``rows`` and ``columns`` the neighbours are those below and above instead of left and right.
    """
    if rows is not None:
        scores = fuse(_other_order(scores, rows, columns))
        return _other_order(scores, columns, rows)
    padded = F.pad(scores, (1, 1, 1, 1))
    return padded[:, :-2, :-2] + padded[:, 1:-1, 1:-1] + padded[:, 2:, 2:]


def _other_order(scores: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """Positions counted column by column instead of row by row, on both axes."""
    count = rows * columns
    grid = scores.reshape(-1, rows, columns, rows, columns)
    return grid.permute(0, 2, 1, 4, 3).reshape(-1, count, count)
