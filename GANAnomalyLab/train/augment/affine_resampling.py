"""Moving images by affine maps: in one resampling, without aliasing, and differentiable any number of times.

As in the paper (Karras et al. 2020b, appendix B) an image is doubled by a wavelet's filter, sampled bilinearly at the
moved places of a doubled output, and halved again: nothing aliases until an image shrinks to half its size. The wavelet
is our choice, a symmetric pair (see :mod:`.linear`): it turns and flips with the image, gives whole-pixel moves back
exactly, and keeps a mirrored image mirrored, so the reflection beyond the border needs no margin.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional

from .axis_filters import REACH, doubling, halving

_BILINEAR, _REFLECTION = 0, 2
"""How the operator behind ``grid_sample`` spells its modes."""


def move(images: Tensor, maps: Tensor) -> Tensor:
    """Move each of ``images`` (N, C, H, W); the world outside an image is its mirror image.

    ``maps`` (N, 3, 3) lead from a place in the new image to its place in the old one, as (x right, y down, 1) in pixels
    from the centre.
    """
    height, width = images.shape[2:]
    doubled = doubling(height, images).down(doubling(width, images).across(images))
    sampled = Sample.apply(doubled, _places(maps, height, width, images))
    return halving(width, images).across(halving(height, images).down(sampled))


def _places(maps: Tensor, height: int, width: int, like: Tensor) -> Tensor:
    """(N, rows, columns, 2) where the doubled output's pixels lie in the doubled image, -1 and 1 its border pixels."""
    scale = torch.tensor([2.0 / (width - 1), 2.0 / (height - 1)], dtype=maps.dtype)
    columns, rows = (
        torch.arange(-REACH, 2 * size - 1 + REACH, dtype=maps.dtype) / 2 - (size - 1) / 2 for size in (width, height)
    )
    affine = maps[:, :2] * scale[:, None]
    along_x = (affine[:, None, :, 0] * columns[None, :, None]).to(like)[:, None]
    along_y = (affine[:, None, :, 1] * rows[None, :, None] + affine[:, None, :, 2]).to(like)[:, :, None]
    return along_x + along_y


class Sample(Function):
    """Bilinear ``grid_sample`` with reflection, linear in the images, which torch differentiates only once.

    Its derivative is its transpose, whose derivative is the sampling again. The grid has no gradient.
    """

    @staticmethod
    def forward(ctx: Any, images: Tensor, grid: Tensor) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.size = images.shape[2:]
        return functional.grid_sample(images, grid, "bilinear", "reflection", align_corners=True)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (grid,) = ctx.saved_tensors
        return SampleTransposed.apply(gradient, grid, *ctx.size), None


class SampleTransposed(Function):
    """Adds every pixel of (N, C, rows, columns) to the places of an (N, C, H, W) image that it was sampled from."""

    @staticmethod
    def forward(ctx: Any, sampled: Tensor, grid: Tensor, height: int, width: int) -> Tensor:
        ctx.save_for_backward(grid)
        # Only the shape of the images matters: sampling is linear.
        blank = sampled.new_zeros(1).expand(*sampled.shape[:2], height, width)
        return torch.ops.aten.grid_sampler_2d_backward(
            sampled.contiguous(), blank, grid, _BILINEAR, _REFLECTION, True, (True, False)
        )[0]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (grid,) = ctx.saved_tensors
        return Sample.apply(gradient, grid), None, None, None
