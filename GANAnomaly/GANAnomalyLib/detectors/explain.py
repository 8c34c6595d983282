"""A model at work: the one way from slices to what a model says of them, for analysis, thresholds and benchmarks."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from ..running.progress import CancelToken, ProgressCallback, no_progress
from .base import Detector, DetectorOptions, SliceResult
from .kinds import find_kind
from .loaded_model import LoadedModel


def make_detector(model: LoadedModel, options: DetectorOptions | None = None, name: str = "auto") -> Detector:
    """The detector for a model: the one of its kind, or another one by name.

    Raises :class:`InputError` for a name nobody has, and for a detector that cannot use this kind of model.
    """
    kind = find_kind(model.card.kind if name == "auto" else name)
    if kind.name != model.card.kind:
        raise InputError(
            f"The model {model.card.name!r} is a {model.card.kind} model: the {kind.name} detector cannot use it.",
            field="detector",
        )
    return kind.detector(model, options or DetectorOptions())


def explain(
    model: LoadedModel,
    slices: np.ndarray,
    options: DetectorOptions | None = None,
    indices: list[int] | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> list[SliceResult]:
    """What a model says of ``slices`` (N, R, R) or, for one that takes colours, (N, 3, R, R), float32 in [-1, 1], in
    their order: for thresholds and benchmarks.

    Raises as :func:`make_detector`, and :class:`~GANAnomalyLib.errors.Cancelled`.
    """
    indices = list(range(len(slices))) if indices is None else indices
    found = {item.index: item for item in make_detector(model, options).explain(slices, indices, progress, cancel)}
    return [found[index] for index in indices]
