"""The detector: every box of a slice predicted once from noise and its surroundings, all of them stitched."""

from __future__ import annotations

import torch
from torch import Tensor

from ..base import DetectorOptions
from ..diffusion.detector import SMALL_WIDTH, by_slice, numbers
from ..diffusion.noise import Noise
from ..diffusion.schedule import Schedule
from ..restorer.detector import Restored, RestorerDetector, Told
from ..restorer.load import RestorerModel
from .architecture import PatchedArchitecture
from .boxes import Box, boxes, put
from .load import PART
from .settings import PatchedDdpmSettings


class PatchedDdpmDetector(RestorerDetector):
    """See :mod:`GANAnomalyLib.detectors.patched_ddpm`."""

    settings: PatchedDdpmSettings

    def __init__(self, model: RestorerModel, options: DetectorOptions) -> None:
        """Take a model."""
        super().__init__(model, options)
        facts, shared = PatchedArchitecture.of(model.card), self.settings.shared_noise
        self.network, self.schedule = model.parts[PART], Schedule("cosine")
        self.boxes = boxes(model.card.resolution, facts.box)
        self.noises = Noise(facts.noise, model.card.resolution, model.channels, options.seed, shared)
        self.at_128 = 16 if options.device != "cpu" else max(8 * SMALL_WIDTH**2 // facts.width**2, 1)

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        shown = 2 * images - 1
        noise = self.noises(numbers(images, self.noises.shared), self.settings.noise_level).to(images)
        made = shown
        for number, box in enumerate(self.boxes):
            told(number / len(self.boxes))
            made = put(made, self.predicted(shown, noise, box), box)
        return Restored((made + 1) / 2)

    def predicted(self, shown: Tensor, noise: Tensor, box: Box) -> Tensor:
        """What the network takes for the clean images (n, C, R, R) in [-1, 1], a box of which is hidden in noise."""
        level = self.settings.noise_level
        given = put(shown, self.schedule.noised(shown, noise, level), box)
        return by_slice(lambda part: self.network(part, torch.full((len(part),), level, device=part.device)), given)


DETECTOR = PatchedDdpmDetector
