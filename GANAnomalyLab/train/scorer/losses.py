"""What the scorer's network learns by."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from GANAnomalyLib.detectors.scorer.network import slice_logit

POSITIVE = 3.0
"""Weight of abnormal pixels, which are few."""
DICE, SLICE = 0.5, 0.2
"""Weights of the soft Dice and of the slice's logit beside the cross-entropy of pixels."""
WARM, BEGIN = 0.15, 0.04
"""The share of the run in which the learning rate rises, and what it begins with, as a share of the highest."""


def scorer_loss(logits: Sequence[Tensor], label: Tensor) -> dict[str, Tensor]:
    """Of logits (N, 1, S, S), finest first, each half as important as the one before, and label (N, 1, R, R).

    Returns the whole as "loss", and its parts.
    """
    weight = torch.tensor(POSITIVE, device=label.device)
    pixels, dice, whole = label.new_zeros(()), label.new_zeros(()), 0.0
    for level, made in enumerate(logits):
        share = 0.5**level
        made = made.float()
        wanted = functional.adaptive_avg_pool2d(label, (made.shape[-2], made.shape[-1]))
        pixels = pixels + share * functional.binary_cross_entropy_with_logits(made, wanted, pos_weight=weight)
        likely = made.sigmoid()
        dice = dice + share * (1 - (2 * (likely * wanted).sum() + 1) / (likely.sum() + wanted.sum() + 1))
        whole += share
    abnormal = (label.flatten(1).amax(1) >= 0.5).float()
    slices = functional.binary_cross_entropy_with_logits(slice_logit(logits[0].float()), abnormal)
    parts = {"pixels": pixels / whole, "dice": dice / whole, "slices": slices}
    return {"loss": parts["pixels"] + DICE * parts["dice"] + SLICE * slices, **parts}


def rate_at(done: float) -> float:
    """The learning rate as a share of the highest: a rise, then a cosine down to nothing (Smith, 2018)."""
    done = min(max(done, 0.0), 1.0)
    if done < WARM:
        return BEGIN + (1 - BEGIN) * done / WARM
    return 0.5 * (1 + math.cos(math.pi * (done - WARM) / (1 - WARM)))
