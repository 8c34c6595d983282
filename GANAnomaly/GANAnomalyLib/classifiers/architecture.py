"""What a classifier's card says of its network, its classes and the pictures it takes; no torch is needed for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
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
MOST_CLASSES = 1000
_AGAIN = "get the model again"
DECIDED = ("rejected", "accepted")
"""Classes of a classifier of findings: what readers decided."""


def _network(name: str) -> str | None:
    return None if name in NETWORKS else f"must be one of {', '.join(NETWORKS)}, not {name[:40]!r}"


def _fit(name: str) -> str | None:
    return None if name in FITS else f"must be one of {', '.join(FITS)}, not {name[:40]!r}"


def _classes(names: tuple[str, ...]) -> str | None:
    if not 2 <= len(names) <= MOST_CLASSES:
        return f"must name 2 to {MOST_CLASSES} classes, not {len(names)}"
    return None if len(set(names)) == len(names) and all(names) else "must be names that differ"


@dataclass(frozen=True)
class FindingsSeen:
    """Whose findings a classifier of them learnt from, and how it saw them: it can be asked about no others.

    ``model`` and ``hash`` are the detector's; ``patch_size`` the pixels of a finding's picture, ``window`` and
    ``level`` what it is shown in; ``metric`` and ``score_unit`` what its score counts, and in what.
    """

    model: str
    hash: str
    patch_size: Annotated[int, at_least(1), at_most(1 << 12)]
    window: float
    level: float
    metric: str
    score_unit: str

    @classmethod
    def of_result(cls, manifest: Mapping[str, Any]) -> FindingsSeen:
        """What a result's manifest says; raises :class:`InputError` for one that does not say it."""
        model, settings = manifest.get("model") or {}, manifest.get("settings") or {}
        said = {"model": model.get("name"), "hash": model.get("hash")}
        said |= {name: settings.get(name) for name in ("patch_size", "window", "level", "metric")}
        said["score_unit"] = settings.get("score_unit", "")
        return read_as(cls, said, "The result", "run the analysis again")

    def differs(self, other: FindingsSeen) -> str:
        """In words, what another one has otherwise: "of the model lung, not of demo"; "" where it has the same."""
        if self.hash != other.hash:
            again = " as it was then" if self.model == other.model else ""
            return f"of the model {other.model}, not of {self.model}{again}"
        for name, unit in (("patch_size", "pixels a patch"), ("window", "window"), ("level", "level")):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                return f"of {unit} {theirs:g}, not {mine:g}"
        if (self.metric, self.score_unit) != (other.metric, other.score_unit):
            return f"scored by {other.metric} in {other.score_unit}, not by {self.metric} in {self.score_unit}"
        return ""


@dataclass(frozen=True)
class ClassifierArchitecture:
    """``classes`` are the names of outputs 0, 1, ...; ``side`` the pixels that the network sees a picture in, ``fit``
    one of :data:`FITS`; ``width`` the channels that the small network begins with. ``findings`` tells that it learnt
    from readers' decisions, its classes being :data:`DECIDED`, and about which findings it can be asked."""

    network: Annotated[str, _network]
    classes: Annotated[tuple[str, ...], _classes]
    side: Annotated[int, at_least(16), at_most(1024)]
    fit: Annotated[str, _fit] = FITS[0]
    width: Annotated[int, at_least(1), at_most(256)] = 16
    findings: FindingsSeen | None = None

    @classmethod
    def of(cls, card: ModelCard) -> ClassifierArchitecture:
        """What a card says; raises :class:`InputError` for another kind of model, or values that cannot be."""
        if card.kind != CLASSIFIER:
            raise InputError(
                f"The model {card.name} is a {card.kind} model, which tells no classes apart: give a classifier, as "
                "gananomaly train classifier makes it."
            )
        found = read_as(cls, card.architecture, f"The card of {card.name}", _AGAIN)
        if found.findings is not None and (found.classes != DECIDED or card.resolution != found.findings.patch_size):
            raise InputError(f"The card of {card.name} contradicts itself on the findings it learnt from: {_AGAIN}.")
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a card."""
        values = dataclasses.asdict(self) | {"classes": list(self.classes)}
        if self.findings is None:
            del values["findings"]
        return values
