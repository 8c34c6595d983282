"""Where PHANES looks again: the mask of a coarse map of anomalies."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from ..restorer.mask_threshold import OWN

PERCENTILE = 95.0
BLUR, ABOVE = 1.2, 0.1
"""Deviation in pixels of the blur that widens a mask, and from what on a blurred mask counts."""


def mask_of(coarse: Tensor, threshold: float = OWN, as_published: bool = False) -> Tensor:
    """The masks (n, 1, R, R) of maps of the same shape, 0 or more: 1 where a map is above the threshold or close to it.

    ``threshold`` -1 is each map's own 95th percentile. ``as_published`` takes the first map's for all of them,
    blurs what lies below along with the mask, and blurs from one image of the batch into the next.
    """
    maps = coarse.detach().float().cpu().numpy()
    if as_published:
        limit = float(np.percentile(maps[0], PERCENTILE)) if threshold == OWN else threshold
        wide = ndimage.gaussian_filter(np.where(maps > limit, np.float32(1), maps), BLUR)
    else:
        limits = np.percentile(maps, PERCENTILE, axis=(1, 2, 3), keepdims=True) if threshold == OWN else threshold
        wide = ndimage.gaussian_filter((maps > limits).astype(np.float32), (0, 0, BLUR, BLUR))
    return torch.from_numpy((wide > ABOVE).astype(np.float32)).to(coarse.device)


def cut_residual(residual: Tensor) -> Tensor:
    """Residuals (n, 1, R, R), 0 or more, in times their own 95th percentile and at most 1."""
    limits = torch.quantile(residual.float().flatten(1), PERCENTILE / 100, dim=1)[:, None, None, None]
    return (residual / limits.clamp_min(1e-8)).clamp(0, 1)
