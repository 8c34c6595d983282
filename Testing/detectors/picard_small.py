"""Small PICARD networks and pictures for tests: random weights, scaled so that completions are far from constant."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage

from GANAnomalyLib.detectors.picard.network import Critic, Inpainter, PicardModel


def model(ngf: int = 4, window: int = 32, hole: int = 16, channels: int = 1, critics: bool = True) -> PicardModel:
    """Networks of a fixed seed whose completions fill the range, so that a wrong one shows."""
    torch.manual_seed(7)
    inpainter = Inpainter(channels, ngf)
    for parameter in inpainter.parameters():
        if parameter.ndim == 4:
            torch.nn.init.kaiming_normal_(parameter, nonlinearity="linear")
            parameter.data *= 1.3
        else:
            torch.nn.init.normal_(parameter, std=0.1)
    local = Critic(channels, ngf, hole) if critics else None
    for part in (inpainter, local):
        if part is not None:
            part.eval().requires_grad_(False)
    return PicardModel(inpainter, local, None, window, hole)


def picture(side: int, seed: int = 0, blob: bool = True) -> np.ndarray:
    """(side, side) float32 in [-1, 1]: soft shapes, a brighter spot where asked."""
    random = np.random.default_rng(seed)
    image = ndimage.gaussian_filter(random.normal(size=(side, side)), side / 12)
    image /= np.abs(image).max() * 1.5
    if blob:
        row, column = random.integers(side // 4, 3 * side // 4, 2)
        grid = np.mgrid[:side, :side]
        image += 0.8 * np.exp(-((grid[0] - row) ** 2 + (grid[1] - column) ** 2) / (2 * (side / 20) ** 2))
    return np.clip(image, -1, 1).astype(np.float32)
