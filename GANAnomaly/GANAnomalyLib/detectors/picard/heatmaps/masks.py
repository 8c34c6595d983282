"""Which channels each completion of each window drops: the same ones in whatever order they are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch

from ..network import Drop, draw_drop

Masks = Callable[[int, int, int], Mapping[str, torch.Tensor]]
"""(row, column, completion) of a window on the grid to multipliers (channels,) by layer name."""


def drawn(layers: Mapping[str, int], rate: float, seed: int) -> Masks:
    """Masks of a seed; ``layers`` as :func:`GANAnomalyLib.detectors.picard.network.drop_layers` gives them."""

    def draw(row: int, column: int, completion: int) -> Mapping[str, torch.Tensor]:
        state = np.random.SeedSequence([seed % 2**63, row, column, completion]).generate_state(1, np.uint64)
        generator = torch.Generator().manual_seed(int(state[0]) >> 1)
        return {name: rows[0] for name, rows in draw_drop(layers, 1, rate, generator).items()}

    return draw


def stacked(masks: list[Mapping[str, torch.Tensor]], device: torch.device) -> Drop:
    """One mask a completion to multipliers (N, channels) by layer."""
    return {name: torch.stack([mask[name] for mask in masks]).to(device) for name in masks[0]}
