"""What a model says of many images: explained in batches over all files, scored as an analysis scores them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from GANAnomalyLib.analysis.analysis_state import OwnScoring
from GANAnomalyLib.analysis.explain_slices import along_z, own_scores
from GANAnomalyLib.analysis.judge_domain import domain_of
from GANAnomalyLib.analysis.prepare import Prepared, Resolved, prepare
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.analysis.score_slices import score_slices
from GANAnomalyLib.detectors.base import DetectorOptions, SliceResult
from GANAnomalyLib.detectors.explain import make_detector
from GANAnomalyLib.detectors.loaded_model import LoadedModel
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.domain.verdict import Domain
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.devices import choose_device
from GANAnomalyLib.running.progress import CancelToken, no_progress
from GANAnomalyLib.running.seeded import seeded
from GANAnomalyLib.score import to_gray8
from GANAnomalyLib.score.calibration import Calibration
from GANAnomalyLib.score.map_scores import MapScores
from GANAnomalyLib.volume import Volume

HEAT = 16
"""Side of the heat that is kept of an image: enough to show where, at 256 bytes."""


@dataclass(frozen=True)
class SliceScore:
    """Of one slice: what rows are made of.

    ``heat`` is (16, 16) uint8, 255 the ``heat_top``; ``box`` that of the highest patch (top, left, bottom, right) in
    shares of the image.
    """

    index: int
    score: float
    values: dict[str, float]
    box: tuple[float, float, float, float]
    heat: np.ndarray
    heat_top: float


@dataclass(frozen=True)
class EntryScores:
    """Of one file: its slices, and whether it is of what the model was made on."""

    slices: list[SliceScore]
    domain: Domain


@lru_cache(maxsize=1)
def loaded(model: str, device: str) -> LoadedModel:
    """The model, once a process."""
    return load_model(model, device="cpu")


class Scorer:
    """A model at work over images of many files; raises :class:`InputError` when the model cannot be used."""

    def __init__(self, settings: dict[str, Any], model: str, device: str, batch: int) -> None:
        self.device = choose_device(device)
        self.model = loaded(model, self.device)
        self.request = AnalysisRequest(
            "curated", model, device=self.device, batch=batch, top=1, **{name: settings[name] for name in _OF_REQUEST}
        )
        self.request.validate()
        options = DetectorOptions(
            self.device, self.request.mode, self.request.steps, batch, self.request.seed, dict(self.request.settings)
        )
        self.detector = make_detector(self.model, options, self.request.detector)

    def prepared(self, volume: Volume) -> tuple[Prepared, Resolved]:
        """A volume ready for the model; raises :class:`InputError` where its colours or its size do not fit."""
        resolved = Resolved.of(self.request, self.model.card, volume)
        if volume.colours is not None and not self.detector.colours:
            volume.colours = None  # looked at in grey; that is said once in the row
        return prepare(self.request, resolved, self.model.card, volume), resolved

    def score(self, entries: Sequence[tuple[Prepared, Resolved]]) -> list[EntryScores]:
        """The slices of each entry scored; all that fit are explained together."""
        shapes: dict[tuple[int, ...], list[int]] = {}
        for place, (prepared, _) in enumerate(entries):
            shapes.setdefault(prepared.targets.shape[1:], []).append(place)
        out: dict[int, EntryScores] = {}
        for places in shapes.values():
            found = self._explained(np.concatenate([entries[place][0].targets for place in places]))
            at = 0
            for place in places:
                count = len(entries[place][0].indices)
                prepared, resolved = entries[place]
                out[place] = self._scored(prepared, resolved, found[at : at + count])
                at += count
        return [out[place] for place in range(len(entries))]

    def _explained(self, targets: np.ndarray) -> list[SliceResult]:
        indices = list(range(len(targets)))
        with seeded(self.request.seed, self.device):
            found = {item.index: item for item in self.detector.explain(targets, indices, no_progress, CancelToken())}
        return [found[index] for index in indices]

    def _scored(self, prepared: Prepared, resolved: Resolved, found: list[SliceResult]) -> EntryScores:
        card = self.model.card
        pictures = [to_gray8(resolved.shown(item.reconstruction)) for item in found]
        arrays = {name: tensor.numpy() for name, tensor in self.model.calibration.items()}
        maps = MapScores.of_model(card.resolution, arrays)
        own = [
            own_scores(item.anomaly, item.windows, picture, maps) for item, picture in zip(found, pictures, strict=True)
        ]
        scoring, calibration = None, None
        whole = [one for one in own if one is not None]
        if len(whole) == len(own):
            heights = np.array(prepared.indices) * prepared.stack.spacing_mm[0]
            smooth = along_z(whole, heights, self.detector.depth_mm if len(own) > 1 else 0.0)
            scoring = OwnScoring(dict(zip(prepared.indices, smooth, strict=True)), self.detector.metric, "")
        else:
            calibration = Calibration.stored(arrays, resolved.metric, resolved.patch_size)
        scored = score_slices(
            prepared, np.stack(pictures), resolved, 1, no_progress, CancelToken(), calibration, scoring
        )
        slices = [self._slice(prepared, row, scored.heat[row["slice"]], scored.patch_size) for row in scored.rows]
        return EntryScores(slices, domain_of(self.model, self.request, prepared, scored))

    def _slice(self, prepared: Prepared, row: dict[str, Any], heat: np.ndarray, patch: int) -> SliceScore:
        index, at = row["slice"], (row["patch_row"], row["patch_col"])
        box = (0.0, 0.0, 0.0, 0.0)
        if at[0] >= 0:
            top, bottom, left, right = prepared.frames[index].box_to_slice(at[0], at[0] + patch, at[1], at[1] + patch)
            tall, wide = heat.shape
            box = (top / tall, left / wide, bottom / tall, right / wide)
        small = _peaks(heat, HEAT)
        most = float(small.max())
        drawn = np.zeros_like(small, np.uint8) if most <= 0 else np.rint(small / most * 255).astype(np.uint8)
        values = {name: float(row[name]) for name in ("wd", "mse", "ssim")}
        return SliceScore(index, float(row["patch_score"]), values, box, drawn, most)


_OF_REQUEST = ("metric", "mode", "steps", "seed", "settings")


def _peaks(heat: np.ndarray, side: int) -> np.ndarray:
    """(side, side) highest values of heat (H, W)."""
    tall, wide = heat.shape
    rows = np.maximum.reduceat(heat, np.linspace(0, tall, side, endpoint=False).astype(int), axis=0)
    found: np.ndarray = np.maximum.reduceat(rows, np.linspace(0, wide, side, endpoint=False).astype(int), axis=1)
    return found


def check_model(model: str) -> str:
    """A model's hash; raises :class:`InputError` where it cannot be used."""
    found = load_model(model)
    if found.channels not in (1, 3):
        raise InputError("The model makes images of other than one or three channels: it cannot be used.")
    return found.model_hash
