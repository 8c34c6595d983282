"""The scorer at work: its base explains the slices, and what it says of each goes through the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import torch

from ...models.score_units import OF_NORMAL
from ...running.progress import CancelToken, ProgressCallback, no_progress
from ..base import Detector, DetectorOptions, SliceResult, State
from ..kinds import find_kind
from .load import ScorerModel
from .network import ScorerNetwork
from .planes import Planes, completed, energy_of, heat_of
from .settings import ScorerSettings, Shares

PATCHES_A_SIDE = 16
SMOOTH = 1.0
"""Pixels of 128 over which scores are averaged: one pixel by itself says little."""
BASES = "base."


class ScorerDetector(Detector):
    """See :mod:`GANAnomalyLib.detectors.scorer`. Scores windows itself, in times the usual highest of a normal slice.

    A slice is shown beside its neighbours, the slices whose numbers are next to its own; where one is not asked about,
    at the ends, the slice stands in for it. Neighbours are seen whether they are known or not, and what the base says
    of them counts for nothing, so that no slice depends on what is known.
    """

    metric = "scorer"
    unit = OF_NORMAL
    depth_mm = 3.6

    def __init__(self, model: ScorerModel, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for what it or its base does not have."""
        super().__init__(model, options)
        settings = ScorerSettings.read(options.settings, options.mode)
        kind = find_kind(model.base.card.kind)
        learnt = model.network is not None
        self.shares = Shares.of(settings, model.card.recommended, learnt, kind.own_scores)
        passed = DetectorOptions(options.device, options.mode, options.steps, options.batch, options.seed)
        self.base = kind.detector(model.base, passed)
        self.notes = self.base.notes
        self.network, self.energy, self.scales = model.network, model.energy, model.scales
        self.planes = Planes(model.base.card)

    def explain(
        self,
        slices: np.ndarray,
        indices: list[int],
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
        known: Mapping[int, State] | None = None,
    ) -> Iterator[SliceResult]:
        """See :class:`~.base.Detector`."""
        cancel = cancel or CancelToken()
        rows = {index: row for row, index in enumerate(indices)}
        found = {index: _of_base(state) for index, state in (known or {}).items()}
        for item in self.base.explain(slices, indices, progress, cancel, found):
            cancel.check()
            around = [slices[rows.get(index, rows[item.index])] for index in range(item.index - 1, item.index + 2)]
            yield self._scored(item, around, cancel)

    def _scored(self, item: SliceResult, around: list[np.ndarray], cancel: CancelToken) -> SliceResult:
        said = self.planes.said(around, item.reconstruction, item.anomaly)
        heat = np.zeros(item.reconstruction.shape, np.float32)
        if self.shares.own and item.anomaly is not None:
            heat += self.shares.own * self.scales.score("own", item.anomaly)
        if self.shares.learned or self.shares.energy:
            planes = completed(said, self.energy, cancel.check)
            if self.shares.energy:
                heat += self.shares.energy * self.scales.score("energy", smoothed(energy_of(planes)))
            if self.network is not None and self.shares.learned:
                learned = learned_of(self.network, planes, self.options.device)
                heat += self.shares.learned * self.scales.score("learned", learned)
        windows = windows_of(heat)
        state = {f"{BASES}{name}": array for name, array in item.state.items()}
        return SliceResult(
            item.index,
            item.reconstruction,
            heat,
            windows,
            {**state, "anomaly": heat, "windows": windows},
            item.info,
        )


def learned_of(network: ScorerNetwork, planes: np.ndarray, device: str) -> np.ndarray:
    """(R, R) float32: the network's smoothed logits of planes (8, R, R) uint8."""
    with torch.no_grad():
        shown = torch.from_numpy(planes)[None].to(device).float() / 127.5 - 1
        return smoothed(network.logits(shown)[0].cpu().numpy())


def base_scores(planes: np.ndarray) -> dict[str, np.ndarray]:
    """The scores of planes (8, R, R) uint8 that need no network, before they are scaled."""
    return {"own": heat_of(planes), "energy": smoothed(energy_of(planes))}


def smoothed(values: np.ndarray) -> np.ndarray:
    """(R, R) float32, averaged over a pixel or so."""
    from scipy import ndimage

    soft: np.ndarray = ndimage.gaussian_filter(values.astype(np.float32), SMOOTH * len(values) / 128)
    return soft


def windows_of(heat: np.ndarray) -> np.ndarray:
    """Windows of a sixteenth of the side: each has the heat in its middle."""
    size = len(heat)
    patch = max(round(size / PATCHES_A_SIDE), 1)
    count, first = size - patch + 1, patch // 2
    windows: np.ndarray = heat[first : first + count, first : first + count].copy()
    return windows


def _of_base(state: State) -> State:
    """What the base kept of a slice."""
    return {name[len(BASES) :]: array for name, array in state.items() if name.startswith(BASES)}


DETECTOR = ScorerDetector
