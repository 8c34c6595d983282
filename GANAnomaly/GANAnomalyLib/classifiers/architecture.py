"""What a classifier's card says of its network, its classes and the pictures it takes; no torch is needed for it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Annotated, Any

from ..errors import InputError
from ..files.typed_values import at_least, at_most, read_as
from ..models.card import CLASSIFIER, ModelCard

NETWORKS = {
    "small": "Small network",
    "lite0": "EfficientNet-Lite0 up to a sixteenth",
    "efficientnet_b2": "EfficientNet-B2",
    "densenet121": "DenseNet-121",
    "resnet50": "ResNet-50",
}
"""Titles by name. The last three are torchvision's."""
FITS = ("pad", "center-crop")
"""What is done with pictures that are not square: all of them in a black square, or the square in their middle."""
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pictures."""
MOST_CLASSES = 1000


def _network(name: str) -> str | None:
    return None if name in NETWORKS else f"must be one of {', '.join(NETWORKS)}, not {name[:40]!r}"


def _fit(name: str) -> str | None:
    return None if name in FITS else f"must be one of {', '.join(FITS)}, not {name[:40]!r}"


def _classes(names: tuple[str, ...]) -> str | None:
    if not 2 <= len(names) <= MOST_CLASSES:
        return f"must name 2 to {MOST_CLASSES} classes, not {len(names)}"
    return None if len(set(names)) == len(names) and all(names) else "must be names that differ"


@dataclass(frozen=True)
class ClassifierArchitecture:
    """``classes`` are the names of outputs 0, 1, ...; ``side`` the pixels that the network sees a picture in, ``fit``
    one of :data:`FITS`; ``width`` the channels that the small network begins with."""

    network: Annotated[str, _network]
    classes: Annotated[tuple[str, ...], _classes]
    side: Annotated[int, at_least(16), at_most(1024)]
    fit: Annotated[str, _fit] = FITS[0]
    width: Annotated[int, at_least(1), at_most(256)] = 16

    @classmethod
    def of(cls, card: ModelCard) -> ClassifierArchitecture:
        """What a card says; raises :class:`InputError` for another kind of model, or values that cannot be."""
        if card.kind != CLASSIFIER:
            raise InputError(
                f"The model {card.name} is a {card.kind} model, which tells no classes apart: give a classifier, as "
                "gananomaly train classifier makes it."
            )
        return read_as(cls, card.architecture, f"The card of {card.name}", "get the model again")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a card."""
        return dataclasses.asdict(self) | {"classes": list(self.classes)}
