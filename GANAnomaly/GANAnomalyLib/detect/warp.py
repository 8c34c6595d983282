"""A smooth warp between what the generator made and the slice: shape that the latent did not get exactly right.

Edges that lie a millimetre off dominate a residual and hide what is truly new. A coarse displacement field moves
normal edges into place but cannot make a needle or a fluid collection: its control points are far apart, its slope is
penalised and its reach limited. Not part of the published projection; used by the fast mode only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

_SOFT = 1e-3


@dataclass(frozen=True)
class WarpSettings:
    """``steps`` 0 turns the warp off. ``grid`` control points a side; ``reach`` is a fraction of the image's width.

    ``smooth`` weighs the squared difference of neighbouring control points (in pixels of a 128-pixel image).
    """

    steps: int = 50
    grid: int = 20
    reach: float = 0.05
    smooth: float = 0.003
    rate: float = 0.3


def warp_to(images: Tensor, targets: Tensor, settings: WarpSettings, check: Callable[[], None]) -> Tensor:
    """Move ``images`` (N, C, R, R) smoothly onto ``targets``; returns the warped images.

    Each image has its own field and its own optimiser state, so its result does not depend on its batch.
    """
    if settings.steps <= 0:
        return images
    return move(images, find_field(images, targets, settings, check))


def find_field(images: Tensor, targets: Tensor, settings: WarpSettings, check: Callable[[], None]) -> Tensor:
    """The displacements that move ``images`` (N, C, R, R) onto ``targets``: (N, 2, grid, grid), for :func:`move`.

    In pixels of a 128-pixel image (columns, rows), so that a field found on small pictures fits large ones too.
    """
    count, _, size, _ = images.shape
    unit = size / 128
    limit = settings.reach * size / unit
    still = _still(images)
    field = images.new_zeros(count, 2, settings.grid, settings.grid)
    first, second = torch.zeros_like(field), torch.zeros_like(field)
    images = images.detach()
    for step in range(settings.steps):
        check()
        field = field.detach().requires_grad_(True)
        difference = _apply(images, field, still, unit) - targets
        loss = images.new_zeros(count)
        for _ in range(3):
            loss = loss + (difference.square() + _SOFT).sqrt().mean((1, 2, 3))
            difference = functional.avg_pool2d(difference, 2)
        slope = (field[..., 1:] - field[..., :-1]).square().mean((1, 2, 3))
        slope = slope + (field[..., 1:, :] - field[..., :-1, :]).square().mean((1, 2, 3))
        loss = loss + settings.smooth * slope + 0.001 * field.square().mean((1, 2, 3))
        (gradient,) = torch.autograd.grad(loss.sum(), field)
        first = 0.8 * first + 0.2 * gradient
        second = 0.95 * second + 0.05 * gradient.square()
        scale = (second / (1 - 0.95 ** (step + 1))).mean((1, 2, 3), keepdim=True).sqrt() + 1e-12
        moved = settings.rate * (1 - step / settings.steps) * (first / (1 - 0.8 ** (step + 1))) / scale
        field = (field - moved).clamp(-limit, limit)
    return field.detach()


def move(images: Tensor, field: Tensor) -> Tensor:
    """``images`` (N, C, R, R) moved by a field of :func:`find_field`; R need not be the size it was found at."""
    with torch.no_grad():
        return _apply(images, field, _still(images), images.shape[-1] / 128)


def _still(images: Tensor) -> Tensor:
    """(1, R, R, 2): where each pixel lies, columns and rows from -1 to 1."""
    size = images.shape[-1]
    line = (torch.arange(size, device=images.device, dtype=images.dtype) + 0.5) / size * 2 - 1
    rows, cols = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([cols, rows], -1)[None]


def _apply(images: Tensor, field: Tensor, still: Tensor, unit: float) -> Tensor:
    size = images.shape[-1]
    dense = functional.interpolate(field, size=(size, size), mode="bicubic", align_corners=True)
    where = still + dense.permute(0, 2, 3, 1) * (2 * unit / size)
    return functional.grid_sample(images, where, mode="bilinear", padding_mode="border", align_corners=False)
