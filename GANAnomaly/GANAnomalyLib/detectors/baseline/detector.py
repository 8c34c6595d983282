"""The baseline detector: a slice is explained by a model that needs no generator; what any real one has to beat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...errors import InputError
from ...running.messages import Message
from ...running.progress import CancelToken, ProgressCallback, no_progress
from ..base import Detector, DetectorOptions, SliceResult, State
from .load import BaselineModel
from .settings import BaselineSettings

BATCH_AT_128 = 16


class BaselineDetector(Detector):
    """Mean image, principal components, nearest slice or autoencoder, see :mod:`GANAnomalyLib.detectors.baseline`.

    Where the model's card says so, or with the setting ``warp`` (true or false), the explanation is then moved onto the
    slice by the smooth warp of the fast projection (:mod:`.warp`), so that what a generator adds can be told from what
    the warp does.
    """

    def __init__(self, model: BaselineModel, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for what a baseline does not have."""
        super().__init__(model, options)
        settings = BaselineSettings.read(options.settings, options.mode)
        if options.mode == "reference":
            raise InputError("A baseline has no published projection: use mode fast.")
        if options.steps is not None:
            raise InputError("A baseline searches nothing: leave the steps out.")
        warp = model.card.architecture.get("warp", False) if settings.warp is None else settings.warp
        if not isinstance(warp, bool):
            raise InputError(f"The setting 'warp' must be true or false, not {warp!r}.")
        self.network, self.warp = model.network, warp

    def explain(
        self,
        slices: np.ndarray,
        indices: list[int],
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
        known: Mapping[int, State] | None = None,
    ) -> Iterator[SliceResult]:
        """See :class:`~.base.Detector`. No slice needs another, so a known one is simply passed over."""
        import torch

        from ...score.warp import WarpSettings, warp_to

        known, size, cancel = known or {}, slices.shape[-1], cancel or CancelToken()
        batch = self.options.batch or max(1, min(64, BATCH_AT_128 * 128 * 128 // (size * size)))
        for first in range(0, len(indices), batch):
            cancel.check()
            rows = range(first, min(first + batch, len(indices)))
            # Batches are the same with and without known slices, because rounding depends on the batch.
            if all(indices[row] in known for row in rows):
                continue
            targets = torch.from_numpy(slices[rows.start : rows.stop, None].astype(np.float32)).to(self.options.device)
            with torch.no_grad():
                images = self.network(targets)
            if self.warp:
                images = warp_to(images, targets, WarpSettings(), cancel.check)
            pictures = images[:, 0].clamp(-1, 1).cpu().numpy()
            for row, picture in zip(rows, pictures, strict=True):
                if indices[row] not in known:
                    yield SliceResult(indices[row], picture)
            progress(rows.stop / len(indices), Message("explaining_slices", number=rows.stop, count=len(indices)))


DETECTOR = BaselineDetector
