"""Where a classifier looked: Grad-CAM, Selvaraju et al., ICCV 2017, equations 1 and 2."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .network import ClassNetwork


def grad_cam(network: ClassNetwork, pictures: Tensor, classes: Tensor) -> Tensor:
    """(n, S, S) from 0 to 1, how much each place speaks for a class; 0 throughout where nothing does.

    ``pictures`` (n, 3, S, S) as the network takes them, ``classes`` (n,) whole numbers. The network is left as it was.
    """
    with torch.enable_grad():
        maps = network.maps(pictures).detach().requires_grad_(True)
        score = network.decide(network.pooled(maps)).gather(1, classes[:, None]).sum()
        (slopes,) = torch.autograd.grad(score, maps)
    weights = slopes.mean((2, 3), keepdim=True)
    seen = functional.relu((weights * maps.detach()).sum(1, keepdim=True))
    seen = functional.interpolate(seen, pictures.shape[-2:], mode="bilinear", align_corners=False)[:, 0]
    return seen / seen.amax((1, 2), keepdim=True).clamp_min(1e-12)
