"""Which patches are shown when an image is restored, and what its maskings together say of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from .network import MaskedAutoencoder, hidden

AT_ONCE = 8
"""Masked copies of an image in the network at a time."""


def complementary(patches: int, groups: int, rounds: int, seed: int) -> np.ndarray:
    """(rounds * groups, patches / groups) int64: the patches that each masking shows.

    A round deals all patches to its maskings, so that in each round a patch is shown once, and hidden in all others.
    """
    random = np.random.default_rng(seed)
    dealt = [random.permutation(patches).reshape(groups, -1) for _ in range(rounds)]
    return np.concatenate(dealt)


def independent(patches: int, groups: int, count: int, seed: int) -> np.ndarray:
    """(count, patches / groups) int64: the patches that each of ``count`` maskings shows, drawn independently."""
    random = np.random.default_rng(seed)
    return np.stack([random.permutation(patches)[: patches // groups] for _ in range(count)])


@torch.no_grad()
def restored(
    network: MaskedAutoencoder,
    images: Tensor,
    maskings: np.ndarray,
    check: Callable[[], None] = lambda: None,
) -> Tensor:
    """``images`` (N, C, R, R) with each patch the mean of its predictions by the maskings that hide it.

    ``maskings`` (M, K) are those of every image. A patch that none hides stays as it is. ``check`` is called between a
    few maskings and the next, and may raise.
    """
    shown = torch.from_numpy(maskings).to(images.device)
    masks = hidden(network.patches, shown)[..., None]
    patches = network.cut(images)
    sums, count = torch.zeros_like(patches), len(images)
    for first in range(0, len(shown), AT_ONCE):
        check()
        some, mask = shown[first : first + AT_ONCE], masks[first : first + AT_ONCE]
        predicted = network(images.repeat_interleave(len(some), 0), some.repeat(count, 1)).float()
        sums += (predicted.view(count, len(some), *patches.shape[1:]) * mask).sum(1)
    times = masks.sum(0)
    return network.joined(torch.where(times > 0, sums / times.clamp(min=1), patches))
