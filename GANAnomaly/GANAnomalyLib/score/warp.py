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

from ..running.cores import on_cores

LEVELS = 3
"""The difference counts as it is, and averaged over 2 x 2 and 4 x 4 pixels."""
CHUNK_PIXELS = 8 * 128 * 128
"""What a core moves at a time, so that it stays in its cache; the result does not depend on it."""
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
    images, targets = torch.broadcast_tensors(images.detach(), targets)
    still = _still(images)
    if images.device.type != "cpu":
        return _find_field(images, targets, still, settings, check)
    many = max(CHUNK_PIXELS // images.shape[-1] ** 2, 1)
    chunks = zip(images.split(many), targets.split(many), strict=True)
    return torch.cat(list(on_cores(lambda chunk: _find_field(*chunk, still, settings, check), chunks)))


def _find_field(
    images: Tensor, targets: Tensor, still: Tensor, settings: WarpSettings, check: Callable[[], None]
) -> Tensor:
    count, _, size, _ = images.shape
    unit = size / 128
    limit = settings.reach * size / unit
    spread = _spreading(images, settings.grid)
    field = images.new_zeros(count, 2, settings.grid, settings.grid)
    first, second = torch.zeros_like(field), torch.zeros_like(field)
    for step in range(settings.steps):
        check()
        where = (still + _dense(field, spread) * (2 * unit / size)).requires_grad_(True)
        with torch.enable_grad():
            warped = _sample(images, where)
            # A sum, not grad_outputs: with those, torch's first call imports sympy, a second that every user waits.
            pulled = (warped * _pull(warped.detach() - targets)).sum()
        # What leads from the images to the loss, and from the field to where, is differentiated by hand: both are
        # linear but for one line, and torch's own way takes several times as long on a CPU.
        (gradient,) = torch.autograd.grad(pulled, where)
        gradient = _gathered(gradient, spread) * (2 * unit / size)
        gradient = gradient + settings.smooth * _slope_gradient(field) + 0.002 / field[0].numel() * field
        first = 0.8 * first + 0.2 * gradient
        second = 0.95 * second + 0.05 * gradient.square()
        scale = (second / (1 - 0.95 ** (step + 1))).mean((1, 2, 3), keepdim=True).sqrt() + 1e-12
        moved = settings.rate * (1 - step / settings.steps) * (first / (1 - 0.8 ** (step + 1))) / scale
        field = (field - moved).clamp(-limit, limit)
    return field


def _pull(difference: Tensor) -> Tensor:
    """Gradient of the loss by the warped images.

    The loss is the mean of sqrt(d^2 + soft) over an image, plus that of the difference averaged over 2 x 2 and 4 x 4.
    """
    levels = [difference]
    for _ in range(LEVELS - 1):
        levels.append(functional.avg_pool2d(levels[-1], 2))
    pull: Tensor | None = None
    for level in reversed(levels):
        own = level * torch.rsqrt(level.square() + _SOFT) / level[0].numel()
        if pull is not None:
            # Each pixel has a quarter of the mean above it; an odd last row or column is in no mean.
            above = pull.repeat_interleave(2, -1).repeat_interleave(2, -2) / 4
            own[..., : above.shape[-2], : above.shape[-1]] += above
        pull = own
    assert pull is not None
    return pull


def _slope_gradient(field: Tensor) -> Tensor:
    """Gradient of the mean squared difference of neighbouring control points, columns plus rows."""
    out = torch.zeros_like(field)
    for axis in (-1, -2):
        steps = field.diff(dim=axis)
        steps = steps * (2 / steps[0].numel())
        count = field.shape[axis]
        out.narrow(axis, 1, count - 1).add_(steps)
        out.narrow(axis, 0, count - 1).sub_(steps)
    return out


def move(images: Tensor, field: Tensor) -> Tensor:
    """``images`` (N, C, R, R) moved by a field of :func:`find_field`; R need not be the size it was found at."""
    with torch.no_grad():
        size = images.shape[-1]
        dense = _dense(field, _spreading(images, field.shape[-1]))
        return _sample(images, _still(images) + dense * (2 * (size / 128) / size))


def _still(images: Tensor) -> Tensor:
    """(1, R, R, 2): where each pixel lies, columns and rows from -1 to 1."""
    size = images.shape[-1]
    line = (torch.arange(size, device=images.device, dtype=images.dtype) + 0.5) / size * 2 - 1
    rows, cols = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([cols, rows], -1)[None]


def _spreading(images: Tensor, grid: int) -> Tensor:
    """(R, grid): what each control point of a line gives to each pixel of it, bicubic, ends on ends."""
    points = torch.eye(grid, device=images.device, dtype=images.dtype)[None, None]
    return functional.interpolate(points, size=(images.shape[-1], grid), mode="bicubic", align_corners=True)[0, 0]


def _dense(field: Tensor, spread: Tensor) -> Tensor:
    """(N, 2, grid, grid) to (N, R, R, 2): bicubic enlargement, as two matrix products."""
    return (spread @ field @ spread.T).permute(0, 2, 3, 1)


def _gathered(gradient: Tensor, spread: Tensor) -> Tensor:
    """The adjoint of :func:`_dense`: (N, R, R, 2) to (N, 2, grid, grid)."""
    return spread.T @ gradient.permute(0, 3, 1, 2) @ spread


def _sample(images: Tensor, where: Tensor) -> Tensor:
    return functional.grid_sample(images, where, mode="bilinear", padding_mode="border", align_corners=False)
