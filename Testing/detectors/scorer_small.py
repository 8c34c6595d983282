"""A small scorer of a small base, the same each time."""

from __future__ import annotations

import copy
import functools

import numpy as np
from detectors import memory_small

from GANAnomalyLib.detectors.baseline.load import BaselineModel, architecture_of
from GANAnomalyLib.detectors.baseline.network import MeanImage
from GANAnomalyLib.detectors.explain import explain
from GANAnomalyLib.detectors.loaded_model import LoadedModel
from GANAnomalyLib.detectors.scorer import planes
from GANAnomalyLib.detectors.scorer.energy import Energy
from GANAnomalyLib.detectors.scorer.load import ScorerModel, base_facts
from GANAnomalyLib.detectors.scorer.network import ScorerNetwork
from GANAnomalyLib.detectors.scorer.scales import Scales
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.seeded import seeded
from GANAnomalyLib.score import to_gray8
from GANAnomalyLib.score.differences import Differences

SIDE = memory_small.SIDE
WIDTHS = [4, 8, 8]


def slices(count: int = 8, seed: int = 0, side: int = SIDE) -> np.ndarray:
    """(count, side, side) float32 in [-1, 1]: a noisy disc."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:side, :side] - side / 2
    disc = np.where(np.hypot(rows, cols) < 0.38 * side, 0.1, -0.9)
    made: np.ndarray = (disc + rng.normal(0, 0.05, (count, side, side))).astype(np.float32)
    return made


def mean_base() -> BaselineModel:
    """A base without scores of its own."""
    network = MeanImage(SIDE)
    network.mean.copy_(network.mean.new_tensor(slices(20, 9).mean(0)))
    card = ModelCard("mean", "baseline", resolution=SIDE, architecture=architecture_of(network, False))
    return BaselineModel(card, network.eval())


def model(learnt: bool = True) -> ScorerModel:
    return copy.deepcopy(_made(learnt))


@functools.lru_cache(maxsize=2)
def _made(learnt: bool) -> ScorerModel:
    return made_of(memory_small.model(), learnt)


def made_of(base: LoadedModel, learnt: bool = True) -> ScorerModel:
    """A scorer of a base, its network as it begins."""
    side = base.card.resolution
    normal = slices(12, side=side)
    restored = to_gray8(np.stack([item.reconstruction for item in explain(base, normal)]))
    shown = to_gray8(normal)
    energy = Energy.from_normals(Differences.from_normals(shown[:6], restored[:6]), shown[6:], restored[6:])
    with seeded(5):
        network = ScorerNetwork(planes.COUNT, WIDTHS, 2).eval().requires_grad_(False) if learnt else None
    scales = Scales(np.array([[0, 1], [-4.5, -3.5], [0.7, 2.2]], np.float32))
    card = ModelCard("scored", "scorer", resolution=side, window=base.card.window, level=base.card.level)
    card.architecture = {"base": base_facts(base), **({"widths": WIDTHS, "shrink": 2} if learnt else {})}
    card.recommended = {"learned": 0.4, "energy": 0.2}
    return ScorerModel(card, base, network, energy, scales)
