"""Everything set up for the slices to be explained, and the fingerprint by which the same analysis is known again."""

from __future__ import annotations

import numpy as np

from ..detectors.base import DetectorOptions
from ..detectors.explain import make_detector
from ..errors import InputError
from ..files import hash_array
from ..running.background import cancellable
from ..running.messages import Message
from ..running.progress import ProgressCallback
from ..volume import hash_volume
from .analysis_state import Analysis
from .prepare import Resolved, prepare


def run_stage(analysis: Analysis, progress: ProgressCallback) -> None:
    """Choose, frame and window the slices; set up the detector; give the request its fingerprint."""
    request, volume, model = analysis.request, analysis.volume, analysis.model
    analysis.resolved = resolved = Resolved.of(request, model.card, volume)
    analysis.prepared = cancellable(lambda _: prepare(request, resolved, model.card, volume), analysis.cancel)
    # Before anything is written: a setting that the detector does not have is the user's to correct.
    options = DetectorOptions(
        analysis.device, request.mode, request.steps, request.batch, request.seed, dict(request.settings)
    )
    analysis.detector = make_detector(model, options, request.detector)
    _check_colours(analysis)
    analysis.input_hash = cancellable(lambda _: hash_volume(volume), analysis.cancel)
    analysis.fingerprint = fingerprint(analysis, analysis.device)


def _check_colours(analysis: Analysis) -> None:
    """Colours are neither dropped nor made up unsaid."""
    takes, volume = analysis.detector.colours, analysis.volume
    if volume.colours is not None and not takes:
        raise InputError.of(
            "The picture is in colours, but model {model!r} explains grey ones only: save it in grey, or choose a "
            "model of colour pictures.",
            field="input",
            model=analysis.model.card.name,
        )
    if takes and volume.colours is None and volume.meta.get("kind") == "picture":
        analysis.prepared.warnings.append(Message("grey_for_colours"))


def fingerprint(analysis: Analysis, device: str) -> str:
    """What tells this analysis from every other, as if it had asked for ``device``."""
    regions = analysis.prepared.regions
    region = "" if regions is None else hash_array(np.packbits(regions))
    masking = analysis.detector.masking
    taken = {} if masking is None or masking.source != "card" else {masking.setting: masking.value}
    return analysis.request.fingerprint(analysis.input_hash, analysis.model.model_hash, region, device, taken)
