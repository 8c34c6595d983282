"""Is the scan what the model was made on? Of one that is not, findings are listed only where they were asked for."""

from __future__ import annotations

import numpy as np

from ..detectors.loaded_model import LoadedModel
from ..domain.compare_scan import judge
from ..domain.reference import Reference
from ..domain.slice_traits import describe
from ..domain.verdict import UNKNOWN, Domain
from ..modalities import MR
from ..models.score_units import threshold_at
from ..running.background import cancellable
from ..running.messages import Message
from ..running.progress import ProgressCallback
from ..volume import modality_of
from .analysis_state import Analysis, Scored
from .prepare import Prepared
from .request import AnalysisRequest
from .result_manifest import thresholds_of


def run_stage(analysis: Analysis, progress: ProgressCallback) -> None:
    """Compare the scan with the model's normals, and withhold findings of one that it does not know."""
    progress(0.0, Message("comparing_scan"))
    analysis.domain = cancellable(lambda _: _judged(analysis), analysis.cancel)
    if analysis.domain.verdict == UNKNOWN and not analysis.request.findings_anyway:
        analysis.scored.findings = []


def _judged(analysis: Analysis) -> Domain:
    return domain_of(analysis.model, analysis.request, analysis.prepared, analysis.scored)


def domain_of(model: LoadedModel, request: AnalysisRequest, prepared: Prepared, scored: Scored) -> Domain:
    """Whether a scan that was prepared and scored is what the model was made on."""
    reference = Reference.stored({name: tensor.numpy() for name, tensor in model.domain.items()})
    rows: np.ndarray | None = None
    card, body = model.card, prepared.body
    look = modality_of(card.modality)
    if reference is not None and body is not None and (body.hounsfield or look.code == MR):
        voxels = prepared.volume.voxels
        white = None if body.hounsfield else look.white(voxels, card.percentile, card.percentile_of)
        pixel_mm = prepared.frames.pixel_mm(prepared.indices)
        rows = describe(prepared.stack.slices, body, pixel_mm, prepared.indices, white)
    line = threshold_at(thresholds_of(request, card, scored), 0.01)
    high = 0 if line is None else sum(row["patch_score"] > line for row in scored.rows)
    return judge(reference, rows, prepared.indices, high)
