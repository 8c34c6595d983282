"""The threshold of masks of a model that looks twice: what few pixels of normal scans exceed in its first map."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from GANAnomalyLib.analysis.prepare import Prepared, Resolved, prepare
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.explain import make_detector
from GANAnomalyLib.detectors.kinds import find_kind
from GANAnomalyLib.detectors.loaded_model import LoadedModel
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import card_path
from GANAnomalyLib.running.devices import choose_device
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part
from GANAnomalyLib.running.seeded import seeded
from GANAnomalyLib.volume import read_volume

from .pixel_thresholds import HeatCounts, rounded_up

RATE = 0.05
"""Share of the pixels of normal scans that may be masked (Bercea et al., see ``detectors/autoddpm``)."""


@dataclass(frozen=True)
class MaskingThreshold:
    """The ``value`` of the detector's ``setting`` that at most ``rate`` of the pixels of normal scans exceed; how many
    ``scans``, ``slices`` and pixels (in ``region``) it rests on."""

    setting: str
    value: float
    rate: float
    scans: int
    slices: int
    pixels: int
    region: str


def masking_threshold(
    model: Path,
    normals: Path | str,
    template: AnalysisRequest,
    region: str = "image",
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> MaskingThreshold | None:
    """Search it on the CTs (or MRs) below ``normals``, seen as ``template`` says.

    None where the model masks nothing, or ``template`` has a threshold already. A scan that cannot be used is passed
    over: its analysis says why. Raises :class:`InputError` for settings that the model cannot have, and where no scan
    can be used.
    """
    setting = _masks_by(model)
    if not setting or template.settings.get(setting) is not None:
        return None
    loaded, device, cancel = load_model(model), choose_device(template.device), cancel or CancelToken()
    options = DetectorOptions(
        device, template.mode, template.steps, template.batch, template.seed, dict(template.settings)
    )
    detector = make_detector(loaded, options, template.detector)
    from GANAnomalyLib.batch import find_cases

    cases, counts, scans, slices, why = find_cases(normals), HeatCounts(), 0, 0, ""
    for number, case in enumerate(cases):
        message = Message("searching_masking_threshold", number=number + 1, count=len(cases))
        way = part(progress, number / len(cases), (number + 1) / len(cases))
        request = dataclasses.replace(template, input=str(case.path), region="body" if region == "body" else "full")
        cancel.check()
        try:
            prepared = _prepared(loaded, request)
        except InputError as error:
            why = error.message
            continue

        def told(share: float, _: Message, way: ProgressCallback = way, message: Message = message) -> None:
            way(share, message)

        with seeded(template.seed, device):
            maps = detector.masking_maps(prepared.targets, told, cancel)
        counts.add(maps[_counted(prepared)], cancel)
        scans, slices = scans + 1, slices + len(maps)
    if not scans:
        raise InputError(f"None of the scans in {normals} could be looked at: {why}")
    found = rounded_up(next(iter(counts.thresholds([RATE]).values())))
    most = find_kind(loaded.card.kind).settings.schema()[setting].high
    value = found if most is None else min(found, most)
    return MaskingThreshold(setting, value, RATE, scans, slices, counts.pixels, region)


def _masks_by(model: Path) -> str:
    """The setting that is the model's threshold of masks, "" where it masks nothing."""
    card = card_path(model)
    kind = ModelCard.read(card).kind if card.is_file() else load_model(model).card.kind
    return find_kind(kind).detector.masks_by


def _prepared(model: LoadedModel, request: AnalysisRequest) -> Prepared:
    """A scan's slices as an analysis shows them to the detector."""
    volume = read_volume(
        request.input, request.series, request.allow_any, hu_offset=request.hu_offset, modality=model.card.modality
    )
    return prepare(request, Resolved.of(request, model.card, volume), model.card, volume)


def _counted(prepared: Prepared) -> np.ndarray:
    """(N, R, R) bool: pixels of the slice, and of the region that was asked for."""
    everything = np.ones((len(prepared.indices), *prepared.frames.plane), bool)
    seen = prepared.frames.mask_to_network(everything, prepared.indices)
    return seen if prepared.regions is None else seen & prepared.regions
