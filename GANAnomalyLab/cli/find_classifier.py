"""A classifier by name, file, or the folder of the run that made it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from GANAnomalyLib.classifiers.load import ClassifierModel


def find_classifier(model: str, device: str) -> ClassifierModel:
    """The model, of a run its newest, on a device as options name it; raises :class:`InputError`."""
    from GANAnomalyLib.classifiers.load import load_classifier
    from GANAnomalyLib.running.devices import choose_device

    from ..train.run_models import find_snapshot

    return load_classifier(find_snapshot(model) if Path(model).is_dir() else model, choose_device(device))
