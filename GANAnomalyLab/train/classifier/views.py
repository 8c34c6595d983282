"""Pictures as a training shows them: turned, flipped, and in part."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Views:
    """How pictures are changed: shares that are flipped, largest rotation in degrees, smallest share of the area."""

    flip: float
    flip_vertical: float
    rotation: float
    crop: float

    def of(self, pictures: Tensor) -> Tensor:
        """Pictures (n, C, S, S), each changed by its own draws from torch's own generator; edges are reflected."""
        count, device = len(pictures), pictures.device
        draws = torch.rand(count, 6).to(device)
        angle = (2 * draws[:, 0] - 1) * math.radians(self.rotation)
        side = (self.crop + (1 - self.crop) * draws[:, 1]).sqrt()
        across = torch.where(draws[:, 2] < self.flip, -side, side)
        down = torch.where(draws[:, 3] < self.flip_vertical, -side, side)
        shift = (2 * draws[:, 4:] - 1) * (1 - side)[:, None]
        cos, sin = angle.cos(), angle.sin()
        matrix = torch.stack(
            [
                torch.stack([cos * across, -sin * down, shift[:, 0]], 1),
                torch.stack([sin * across, cos * down, shift[:, 1]], 1),
            ],
            1,
        )
        grid = functional.affine_grid(matrix, list(pictures.shape), align_corners=False)
        return functional.grid_sample(pictures, grid, "bilinear", "reflection", align_corners=False)
