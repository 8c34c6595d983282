"""The model, and the device it works on."""

from __future__ import annotations

from ..detectors.loading import load_model
from ..errors import InputError, at_fault, option
from ..running.devices import choose_device
from ..running.messages import Message
from ..running.progress import ProgressCallback
from .analysis_state import Analysis
from .request import AnalysisRequest


def run_stage(analysis: Analysis, progress: ProgressCallback) -> None:
    """Load the model that the request names."""
    progress(0.0, Message("loading_model"))
    analysis.device = choose_device(analysis.request.device)
    with at_fault("model"):
        analysis.model = load_model(analysis.request.model, device="cpu")
    _check_channels(analysis.model.channels, analysis.request, analysis.volume.meta.get("kind") == "picture")


def _check_channels(channels: int, request: AnalysisRequest, picture: bool) -> None:
    if channels not in (1, 3):
        raise InputError.of(
            "The model makes images of {channels} channels: only grey and RGB models can be used.", channels=channels
        )
    if channels == 3 and not request.allow_any and not picture:
        raise InputError(
            "The model makes colour images (3 channels) but a scan has one: choose a grey model, or add "
            f"{option('allow_any')}.",
            field="model",
        )
