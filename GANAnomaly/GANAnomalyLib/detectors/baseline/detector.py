"""The baseline detector: a slice is explained by a model that needs no generator; what any real one has to beat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ...errors import InputError
from ...models.registry import LoadedModel
from ...running.progress import CancelToken, ProgressCallback
from ..base import DetectorOptions, SliceResult, State, register

BATCH_AT_128 = 16


@register("baseline")
class BaselineDetector:
    """Mean image, principal components, nearest slice or autoencoder, see :mod:`GANAnomalyLib.detectors.baseline`.

    Where the model's card says so, or with the setting ``warp`` (true or false), the explanation is then moved onto the
    slice by the smooth warp of the fast projection (:mod:`.warp`), so that what a generator adds can be told from what
    the warp does.
    """

    name = "baseline"

    def __init__(self) -> None:
        self.notes: list[str] = []

    def load(self, model: LoadedModel, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for another kind of model or what a baseline does not have."""
        if model.card.kind != "baseline":
            raise InputError(
                f"The model {model.card.name!r} is a {model.card.kind} model: the baseline detector cannot use it."
            )
        unknown = sorted(set(options.settings) - {"warp"})
        if unknown:
            raise InputError(f"The baseline detector has no setting {unknown[0]!r}; it has: warp.")
        if options.mode == "reference":
            raise InputError("A baseline has no published projection: use mode fast.")
        if options.steps is not None:
            raise InputError("A baseline searches nothing: leave the steps out.")
        warp = options.settings.get("warp", model.card.architecture.get("warp", False))
        if not isinstance(warp, bool):
            raise InputError(f"The setting 'warp' must be true or false, not {warp!r}.")
        self.network = model.generator.to(options.device)
        self.warp, self.options = warp, options

    def detect(
        self,
        slices: np.ndarray,
        indices: list[int],
        progress: ProgressCallback,
        cancel: CancelToken,
        known: Mapping[int, State] | None = None,
    ) -> Iterator[SliceResult]:
        """See :class:`~.base.Detector`. No slice needs another, so a known one is simply passed over."""
        import torch

        from ..warp import WarpSettings, warp_to

        known, size = known or {}, slices.shape[-1]
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
            progress(rows.stop / len(indices), f"Explaining slices: {rows.stop} of {len(indices)}")
