"""The input, from its file or folder to a checked volume. Loads no more than a file needs to be refused."""

from __future__ import annotations

from ..errors import at_fault
from ..modalities import CT
from ..models.registry import card_of
from ..running.background import cancellable
from ..running.messages import Message
from ..running.progress import ProgressCallback
from ..volume.read import read_volume
from .analysis_state import Analysis


def run_stage(analysis: Analysis, progress: ProgressCallback) -> None:
    """Read the input."""
    request = analysis.request
    progress(0.0, Message("reading_volume"))
    card = card_of(request.model)  # a model that cannot be used is told of after the input
    modality = CT if card is None else card.modality
    with at_fault("input"):
        analysis.volume = cancellable(
            lambda report: read_volume(
                request.input, request.series, request.allow_any, report, request.hu_offset, modality, colours=True
            ),
            analysis.cancel,
            progress,
        )
    analysis.cancel.check()
