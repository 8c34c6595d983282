"""Restorers that look twice: what a first map exceeds a threshold in is masked, and made anew."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from ...running.messages import Message
from ...running.progress import CancelToken, ProgressCallback, no_progress
from ..base import DetectorOptions, Masking
from .detector import RestorerDetector, Told
from .load import RestorerModel
from .mask_threshold import NAME, OWN, recommended_by


class MaskingDetector(RestorerDetector):
    """A kind gives :meth:`suspect`, and masks what in it is above :attr:`threshold` (-1: each slice's own percentile).

    Its settings have ``mask_threshold``, made with :func:`~.mask_threshold.mask_setting`.
    """

    masks_by: ClassVar[str] = NAME

    def __init__(self, model: RestorerModel, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for a card that recommends a threshold that cannot be."""
        super().__init__(model, options)
        most = self.settings.schema()[NAME].high
        assert most is not None
        given = getattr(self.settings, NAME)
        said = recommended_by(model.card.recommended, most, model.card.name) if given is None else None
        value = next((one for one in (given, said) if one is not None), OWN)
        source = "request" if given is not None else "card" if said is not None else "scan"
        self.threshold = float(value)
        self.masking = Masking(NAME, self.threshold, source)
        if value == OWN:
            self.notes.append(Message("masking_own"))
        else:
            self.notes.append(Message("masking_of_card" if given is None else "masking_given", threshold=f"{value:g}"))

    @abstractmethod
    def suspect(self, images: Tensor, told: Told) -> Tensor:
        """The map (n, 1, R, R), 0 or more, of images (n, C, R, R) in [0, 1] that masks are made of."""

    def masking_maps(
        self, slices: np.ndarray, progress: ProgressCallback = no_progress, cancel: CancelToken | None = None
    ) -> np.ndarray:
        """See :class:`~..base.Detector`."""

        @torch.no_grad()
        def look(shown: np.ndarray, told: Told) -> np.ndarray:
            maps: np.ndarray = self.suspect(self.as_seen(shown), told).float().cpu().numpy()
            return maps.reshape(len(shown), *shown.shape[-2:])

        return np.concatenate([maps for _, maps in self.in_batches(slices, look, progress, cancel)])
