"""AnoDDPM's training for autoDDPM."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from GANAnomalyLib.detectors.autoddpm.detector import AutoDdpmDetector
from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.restorer.mask_threshold import NAME
from GANAnomalyLib.models.card import ModelCard

from ..anoddpm.trainer import AnoDdpmTrainer

JUDGED, RATE = 16, 0.05
"""Normal images that the threshold of masks is found on, and how many of their pixels exceed it."""


class AutoDdpmTrainer(AnoDdpmTrainer):
    """Nothing else is learnt; a model's card gets the threshold that one in twenty pixels of normal images exceeds."""

    makes = "autoddpm"

    def recommended(self) -> dict[str, Any]:
        """See :class:`~..loop.trainer.Trainer`; the images are those that are held out, where there are any."""
        known = self.images if self.held_out is None else self.held_out
        card = ModelCard("of now", self.makes, resolution=known.resolution, channels=known.channels)
        card.architecture = self.architecture()
        model = self.restorer.made(card, self.tensors())
        detector = AutoDdpmDetector(model, DetectorOptions(device=str(self.device), seed=self.settings.seed))
        places = np.unique(np.linspace(0, len(known) - 1, JUDGED).round().astype(int))
        unlike = [self._unlike(detector, known.batch(part)) for part in np.array_split(places, -(-len(places) // 4))]
        return {NAME: float(f"{np.quantile(np.concatenate(unlike), 1 - RATE):.4g}")}

    @torch.no_grad()
    def _unlike(self, detector: AutoDdpmDetector, images: np.ndarray) -> np.ndarray:
        shown = (torch.from_numpy(images).to(self.device) + 1) / 2
        unlike: np.ndarray = detector.first(shown, lambda share: None)[2].cpu().numpy()
        return unlike


TASK = AutoDdpmTrainer
