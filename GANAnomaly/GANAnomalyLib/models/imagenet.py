"""How networks that learnt on ImageNet want their pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pictures, red, green and blue from 0 to 1."""


def normalised(pictures: Tensor) -> Tensor:
    """Pictures (n, 3, H, W) in [0, 1], or (n, 1, H, W) as three equal channels, less the mean and over the spread."""
    mean, spread = (pictures.new_tensor(values)[:, None, None] for values in (MEAN, SPREAD))
    return (pictures - mean) / spread
