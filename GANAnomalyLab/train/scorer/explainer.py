"""What is asked of the base ahead of learning: clean slices, to know what is usual, and examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.detectors.base import Detector, DetectorOptions
from GANAnomalyLib.detectors.explain import make_detector
from GANAnomalyLib.detectors.loaded_model import LoadedModel
from GANAnomalyLib.detectors.scorer import planes
from GANAnomalyLib.detectors.scorer.planes import Planes
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.score_units import OF_NORMAL

from .example_bank import LABEL, LAYERS
from .make_examples import make_example
from .stacks import Stacks

TOGETHER = 8
"""Clean slices at a time."""
EACH = 2
"""Slices of an example that are explained."""
KNOWN_HEAT, KNOWN_GREY, KNOWN_SHARE = 0.1, 0.5, 0.02
"""A base knows a slice itself where its highest heat is a tenth of what a normal slice shows, or where it leaves over
half a grey level on average; it may do so for so large a share of the slices."""
LEAST_SHOWN = 0.5
"""Of the label in its highest pixel: an explained slice shows that much where one of its example does."""


@dataclass
class Explainer:
    """Asks a base. ``seed`` with an example's number decides that example."""

    base: LoadedModel
    device: str
    seed: int

    def __post_init__(self) -> None:
        options = DetectorOptions(device=self.device, seed=self.seed)
        self.detector: Detector = make_detector(self.base, options)
        self.planes = Planes(self.base.card)

    def clean(self, stacks: Stacks, chosen: list[tuple[int, int]], check: Callable[[], None]) -> np.ndarray:
        """(n, 9, R, R) uint8 of slices as they are; the last three layers are empty."""
        around = [stacks.shown(stacks.hu(stacks.around(*one))) for one in chosen]
        return self._asked(around, check)

    def example(self, stacks: Stacks, donors: Stacks, number: int, check: Callable[[], None]) -> np.ndarray:
        """(2, 9, R, R) uint8: two slices of an example and their labels; two layers are empty."""
        rng = np.random.default_rng([self.seed, 17, number])
        rows = stacks.draw(rng)
        made = make_example(stacks.hu(rows), donors.hu(donors.draw(rng, len(rows))), stacks.floor, rng)
        check()
        highest = made.label.max((1, 2))
        shown = np.flatnonzero(highest >= LEAST_SHOWN * highest.max())
        places = np.sort(rng.choice(shown, min(EACH, len(shown)), replace=False))
        places = np.resize(places, EACH)
        slices = stacks.shown(made.hu)
        near = [slices[np.clip(np.arange(place - 1, place + 2), 0, len(slices) - 1)] for place in places]
        held = self._asked(near, check)
        held[:, LABEL] = np.rint(made.label[places] * 255).astype(np.uint8)
        return held

    def _asked(self, around: list[np.ndarray], check: Callable[[], None]) -> np.ndarray:
        slices = np.stack([part[1] for part in around]).astype(np.float32)
        held = np.zeros((len(slices), LAYERS, *slices.shape[1:]), np.uint8)
        for item in self.detector.explain(slices, list(range(len(slices)))):
            check()
            said = self.planes.said(list(around[item.index]), item.reconstruction, item.anomaly)
            held[item.index, : len(said)] = said
        return held

    def check_unknown(self, rows: np.ndarray) -> None:
        """Raise :class:`InputError` where the base holds clean slices (n, 9, R, R) itself: they tell nothing new."""
        if self.detector.unit == OF_NORMAL:
            known = [float(planes.heat_of(row).max()) < KNOWN_HEAT for row in rows]
        else:
            apart = np.abs(rows[:, planes.SLICE].astype(np.int16) - rows[:, planes.RESTORED]).mean((1, 2))
            known = [float(one) < KNOWN_GREY for one in apart]
        if sum(known) > KNOWN_SHARE * len(rows):
            raise InputError(
                f"The base knows {sum(known)} of {len(rows)} of these normals by heart, so they cannot show what it "
                "says of patients it has not seen: give normals of patients that it was not made of."
            )
