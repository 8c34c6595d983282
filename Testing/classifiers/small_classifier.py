"""A tiny classifier as a file, with weights of a seed or chosen ones."""

from __future__ import annotations

from pathlib import Path

from GANAnomalyLib.classifiers.architecture import ClassifierArchitecture
from GANAnomalyLib.classifiers.network import build
from GANAnomalyLib.models.card import CLASSIFIER, ModelCard
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.running.seeded import seeded


def write_classifier(
    path: Path, classes: tuple[str, ...] = ("benign", "malignant"), seed: int = 0, channels: int = 3, **changes
) -> Path:
    """A network of 4 channels for pictures of 16 pixels; ``changes`` go into the card's architecture."""
    architecture = ClassifierArchitecture("small", classes, 16, width=4, fit=changes.pop("fit", "pad"))
    with seeded(seed):
        network = build(architecture)
    card = ModelCard(path.stem, CLASSIFIER, title=path.stem, resolution=16, channels=channels, modality="")
    card.architecture = {**architecture.to_dict(), **changes}
    save_model(path, {f"network.{name}": value for name, value in network.state_dict().items()}, card, force=True)
    return path
