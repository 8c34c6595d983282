"""The memory detector: how far each place of a slice is from anything that normal slices show there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch.nn import functional

from ...errors import InputError
from ...models.score_units import OF_NORMAL
from ...running.cores import on_cores
from ...running.messages import Message
from ...running.progress import CancelToken, ProgressCallback, no_progress
from ..base import Detector, DetectorOptions, SliceResult, State
from .load import MemoryModel
from .search import nearest
from .settings import MemorySettings

BATCH = 4
PATCH_PLACES = 3
"""A place's code is of its surroundings too, 3 x 3 places: so large is a patch."""


class MemoryDetector(Detector):
    """Codes of a slice against the codes of the remembered slices that it resembles, see
    :mod:`GANAnomalyLib.detectors.memory`. Scores windows itself: how much farther than a normal place usually is,
    divided by what that is at the worst place of a normal slice."""

    metric = "memory"
    unit = OF_NORMAL
    depth_mm = 4.8

    def __init__(self, model: MemoryModel, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for what a memory does not have."""
        super().__init__(model, options)
        settings = MemorySettings.read(options.settings, options.mode)
        if options.mode == "reference":
            raise InputError("A memory has no published projection: use mode fast.", field="mode")
        if options.steps is not None:
            raise InputError("A memory searches nothing in steps: leave the steps out.", field="steps")
        self.coder, self.bank = model.coder, model.bank
        self.candidates = settings.candidates or model.candidates
        self.memory = model.bank.codes.numpy()

    def explain(
        self,
        slices: np.ndarray,
        indices: list[int],
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
        known: Mapping[int, State] | None = None,
    ) -> Iterator[SliceResult]:
        """See :class:`~.base.Detector`. No slice needs another, so a known one is simply passed over."""
        known, cancel = known or {}, cancel or CancelToken()
        rows = [row for row, index in enumerate(indices) if index not in known]
        batch = self.options.batch or BATCH
        groups = [rows[first : first + batch] for first in range(0, len(rows), batch)]
        done = len(indices) - len(rows)

        def look(group: list[int]) -> list[SliceResult]:
            cancel.check()
            return self._look(slices[group], [indices[row] for row in group], cancel)

        for found in on_cores(look, groups) if self.options.device == "cpu" else map(look, groups):
            for item in found:
                cancel.check()
                done += 1
                yield item
                progress(done / len(indices), Message("explaining_slices", number=done, count=len(indices)))

    @torch.no_grad()
    def _look(self, slices: np.ndarray, indices: list[int], cancel: CancelToken) -> list[SliceResult]:
        shown = torch.from_numpy(slices[:, None].astype(np.float32)).to(self.options.device)
        codes = self.coder(shown).cpu()
        out = []
        for index, code in zip(indices, codes, strict=True):
            cancel.check()
            squared, where = nearest(self.bank.asked(code), self.memory, self.bank.resembling(code, self.candidates))
            matched = self.memory[where[..., 0], where[..., 1], where[..., 2]]
            out.append(_result(index, self.bank.score(squared, where), self.bank.painted(matched), slices.shape[-1]))
        return out


def _result(index: int, score: np.ndarray, picture: np.ndarray, size: int) -> SliceResult:
    """Scores (P, P) of places as heat (R, R), and as the scores of windows of three places."""
    heat = _resized(score, size)
    patch = max(round(PATCH_PLACES * size / len(score)), 1)
    # A window has the score in its middle.
    count, first = size - patch + 1, patch // 2
    windows = heat[first : first + count, first : first + count].copy()
    return SliceResult(index, _resized(picture, size), heat, windows, {"anomaly": heat, "windows": windows})


def _resized(values: np.ndarray, size: int) -> np.ndarray:
    image = torch.from_numpy(values)[None, None]
    resized: np.ndarray = functional.interpolate(
        image, size=(size, size), mode="bilinear", align_corners=False, antialias=True
    )[0, 0].numpy()
    return resized


DETECTOR = MemoryDetector
