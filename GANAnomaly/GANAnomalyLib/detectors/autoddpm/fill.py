"""Masks of what was not restored, and filling them in from what surrounds them.

Bercea et al., "Mask, Stitch, and Re-Sample: Enhancing Robustness and Generalizability in Anomaly Detection through
Automatic Diffusion Models", 2023; resampling from Lugmayr et al., "RePaint", CVPR 2022, algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from ..diffusion.restore import Find
from ..diffusion.schedule import Schedule

PERCENTILE = 0.95
REACH = 3
"""Pixels of the square that masks are widened with."""


def percentile(values: Tensor, together: bool = False) -> Tensor:
    """The 95th percentile of each image (n, 1, R, R), or of all ``together``: (n, 1, 1, 1)."""
    flat = values.reshape(1, -1) if together else values.flatten(1)
    return torch.quantile(flat, PERCENTILE, dim=1).expand(len(values)).view(-1, 1, 1, 1)


def unlike(images: Tensor, restored: Tensor, apart: Tensor, together: bool = False) -> Tensor:
    """How unlike an image is its first restoration, (n, 1, R, R): pixels' difference, in 95th percentiles and cut at 1,
    times the perceptual distance ``apart`` (n, 1, R, R)."""
    difference = (images - restored).abs().mean(1, keepdim=True)
    return (difference / percentile(difference, together).clamp(min=1e-8)).clamp(max=1) * apart


def masked(values: Tensor, threshold: float | Tensor) -> Tensor:
    """1 where ``values`` (n, 1, R, R) exceed a threshold and beside such a pixel, else 0."""
    return functional.max_pool2d((values > threshold).to(values.dtype), REACH, 1, REACH // 2)


def filled(
    find: Find,
    schedule: Schedule,
    images: Tensor,
    start: Tensor,
    mask: Tensor,
    steps: Sequence[int],
    rounds: int,
    draw: Callable[[int, int], Tensor],
    every: bool,
    check: Callable[[], None] = lambda: None,
    as_published: bool = False,
) -> Tensor:
    """``images`` with what ``mask`` (n, 1, R, R) has as 1 made anew, all (n, C, R, R).

    Parameters
    ----------
    start: what the masked parts are made from, hidden in noise up to ``steps[0]``; ``steps`` as
        :func:`~..diffusion.schedule.way_down` gives them.
    rounds: how often each step is taken. draw: noise by step and turn. every: steps have noise of their own (DDPM).
    as_published: between rounds the noise of one step earlier is added, and the last look is left out, so that a
        little noise stays.
    """
    around = (1 - mask) * images
    noisy = schedule.noised(start, draw(steps[0], START), steps[0])
    inside = noisy
    for step, to in zip(steps, [*steps[1:], -1], strict=True):
        for turn in range(rounds if to >= 0 else 1):
            check()
            if to >= 0 or not as_published:
                clean = schedule.clean(noisy, find(noisy, step), step)
                added = draw(step, 3 * turn) if every and to >= 0 else None
                inside = schedule.earlier(noisy, clean, step, to, added)
            outside = schedule.noised(around, draw(step, 3 * turn + 1), to) if to >= 0 else images
            noisy = mask * inside + (1 - mask) * outside
            if turn + 1 < rounds and to >= 0:
                again = draw(step, 3 * turn + 2)
                noisy = schedule.later(noisy, again, *((to - 1, to) if as_published else (to, step)))
    return noisy


START = 1 << 17
"""The turn of the noise that hides what the masked parts are made from; lower ones are of steps."""
