"""Boxes to fill in."""

from __future__ import annotations

import torch
from torch import Tensor

SIDES = (20, 40)
"""The smallest and largest side of a box, in pixels of an image of 128."""


def boxes(count: int, side: int, device: torch.device | str = "cpu") -> Tensor:
    """Masks (count, 1, side, side), 1 in a box of its own in each, of random place and sides."""
    least, most = (max(round(one * side / 128), 1) for one in SIDES)
    sides = torch.randint(least, most + 1, (count, 2, 1))
    begins = (torch.rand(count, 2, 1) * (side - sides + 1)).long()
    line = torch.arange(side)
    within = ((line >= begins) & (line < begins + sides)).float()
    return (within[:, 0, :, None] * within[:, 1, None, :])[:, None].to(device)
