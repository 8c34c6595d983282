"""The detector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from GANAnomalyLib.detectors.base import Detector, DetectorOptions, SliceResult, State
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .load import BlurModel
from .settings import BlurSettings


class BlurDetector(Detector):
    """One slice at a time, so that none depends on another."""

    def __init__(self, model: BlurModel, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for settings that do not exist."""
        super().__init__(model, options)
        if options.mode != "fast":
            raise InputError("The blur detector has no published mode: use mode fast.")
        self.settings = BlurSettings.read(options.settings, options.mode)
        self.network = model.network

    def explain(
        self,
        slices: np.ndarray,
        indices: list[int],
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
        known: Mapping[int, State] | None = None,
    ) -> Iterator[SliceResult]:
        """See :class:`Detector`."""
        import torch

        cancel, known = cancel or CancelToken(), known or {}
        for row, index in enumerate(indices):
            cancel.check()
            if index in known:
                continue
            shown = torch.from_numpy(slices[row, None, None].astype(np.float32)).to(self.options.device)
            with torch.no_grad():
                made = self.network(shown.expand(-1, self.network.channels, -1, -1)).mean(1)
            restored = made[0].cpu().numpy()
            restored = restored + self.settings.detail * (slices[row] - restored)
            yield SliceResult(index, np.clip(restored, -1, 1).astype(np.float32))
            progress((row + 1) / len(indices), Message("explaining_slices", number=row + 1, count=len(indices)))


DETECTOR = BlurDetector
