"""The way from a noisy image down to a clean one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from .schedule import Schedule

Find = Callable[[Tensor, int], Tensor]
"""A network at work: images (N, 1, R, R) and their step to the noise in them, of the same shape."""
Draw = Callable[[int], Tensor]
"""Noise for a step, (N or 1, 1, R, R)."""


def descend(
    find: Find,
    schedule: Schedule,
    noisy: Tensor,
    steps: Sequence[int],
    draw: Draw | None = None,
    check: Callable[[], None] = lambda: None,
) -> Tensor:
    """Clean images from ``noisy`` (N, 1, R, R) at ``steps[0]``; ``steps`` as :func:`~.schedule.way_down` gives them.

    ``draw`` gives the noise that DDPM adds at each step but the last one; without it the way is DDIM's.
    """
    for step, to in zip(steps, [*steps[1:], -1], strict=True):
        check()
        clean = schedule.clean(noisy, find(noisy, step), step)
        noisy = schedule.earlier(noisy, clean, step, to, draw(step) if draw is not None and to >= 0 else None)
    return noisy
