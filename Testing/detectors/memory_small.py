"""A small memory, the same each time."""

from __future__ import annotations

import copy
import functools

import torch

from GANAnomalyLib.detectors.memory.bank import Bank
from GANAnomalyLib.detectors.memory.coder import Coder
from GANAnomalyLib.detectors.memory.load import MemoryModel
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.seeded import seeded

SIDE, COMPONENTS, REMEMBERED = 32, 6, 9


def slices(count: int = REMEMBERED, side: int = SIDE) -> torch.Tensor:
    """(count, 1, side, side) in [-1, 1], soft shapes."""
    generator = torch.Generator().manual_seed(7)
    coarse = torch.rand((count, 1, 5, 5), generator=generator) * 2 - 1
    return torch.nn.functional.interpolate(coarse, size=(side, side), mode="bilinear")


def model() -> MemoryModel:
    return copy.deepcopy(_made())


@functools.lru_cache(maxsize=1)
def _made() -> MemoryModel:
    with seeded(3), torch.no_grad():
        coder = Coder(64, COMPONENTS, 4000.0, 1000.0, 0.5)
        coder.learn([slices()])
        coder.eval().requires_grad_(False)
        codes = coder(slices())
        bank = Bank(REMEMBERED, coder.places, coder.numbers, 0.5, 0.7)
        bank.step.fill_(0.03)
        bank.codes.copy_(bank.kept(codes))
        bank.picture[:] = torch.linspace(-0.1, 0.1, len(bank.picture))[:, None]
        bank.usual.fill_(0.5)
        bank.apart[:] = torch.arange(REMEMBERED)[:, None, None]
    card = ModelCard("small", kind="memory", resolution=SIDE, window=4000.0, level=1000.0)
    card.architecture = {
        "side": 64,
        "components": COMPONENTS,
        "intensity": 0.5,
        "share": 0.5,
        "smooth": 0.7,
        "remembered": REMEMBERED,
        "candidates": 5,
    }
    return MemoryModel(card, coder, bank.eval(), candidates=5)
