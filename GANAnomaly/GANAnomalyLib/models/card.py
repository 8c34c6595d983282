"""The model card: what a network is, was trained on, and must not be used for."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypedDict

from ..errors import InputError
from ..files import write_json, write_text
from ..files.reading import read_object
from ..files.typed_values import at_least, read_as
from ..modalities import CT, PERCENTILE, PERCENTILE_OF

CARD_SCHEMA = 1
CARD_SIZE_LIMIT = 4 << 20


DEFAULT_KIND = "stylegan2"
"""What a card without a kind, and a checkpoint without a card, is of."""
CLASSIFIER = "classifier"
"""The kind of models that tell classes apart; all other kinds are those of detectors."""


def _above_zero(value: float) -> str | None:
    return None if value > 0 else f"must be greater than zero, not {value}"


def _percentile(value: float) -> str | None:
    return None if 0 < value <= 100 else f"must lie above 0 and up to 100, not {value}"


def _head_or_image(value: str) -> str | None:
    return None if value in PERCENTILE_OF else f"must be one of {', '.join(PERCENTILE_OF)}, not {value!r}"


def _some_width(shown: tuple[float, float]) -> str | None:
    return None if shown[0] > 0 else f"must have a width greater than zero, not {shown[0]}"


class Recommended(TypedDict, total=False):
    """What is read of a card's ``recommended``, beside what detectors have there."""

    metric: str
    patch_size: Annotated[int, at_least(1)]
    steps: Annotated[int, at_least(0)]
    heatmap_threshold: float | None
    heatmap_thresholds: dict[str, float]
    shown: Annotated[tuple[float, float], _some_width]


@dataclass
class ModelCard:
    """Facts beside the weights, as JSON (``model.safetensors`` has ``model.json``).

    ``window`` and ``level`` are Hounsfield units or, where ``modality`` is "MR", percent of an image's white, which so
    many percent (``percentile``) of its head or of the whole image (``percentile_of``) are darker than. ``framing``
    says how a slice is brought to the network: "full" (the whole image, aspect kept), "body" (the volume's body box
    with a margin) or "slice-body" (that of each slice).
    ``pixel_mm`` is the side of a pixel of the normals' own slices, 0 where that is not known.
    ``least_body_cm2`` is the smallest area of body in a slice of its normals. ``recommended`` may hold ``metric``,
    ``patch_size``, ``steps``, ``shown`` (the window and level to read in, where the network sees a wider one),
    ``heatmap_threshold``, and ``heatmap_thresholds``, which maps a share of the pixels of normal scans ("0.01") to the
    heat that no larger share exceeds; ``thresholds`` maps a false positive rate ("0.01") to the slice score at that
    rate on held-out normals.
    """

    name: str
    kind: str = DEFAULT_KIND
    title: str = ""
    resolution: int = 0
    channels: int = 1
    architecture: dict[str, Any] = field(default_factory=dict)
    modality: str = CT
    anatomy: str = ""
    window: Annotated[float, _above_zero] = 350.0
    level: float = 50.0
    percentile: Annotated[float, _percentile] = PERCENTILE
    percentile_of: Annotated[str, _head_or_image] = PERCENTILE_OF[0]
    framing: str = "full"
    pixel_mm: Annotated[float, at_least(0)] = 0.0
    least_body_cm2: Annotated[float, at_least(0)] = 0.0
    training_data: str = ""
    training_data_licence: str = ""
    licence: str = ""
    recommended: Annotated[dict[str, Any], Recommended] = field(default_factory=dict)
    thresholds: dict[str, float] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    not_for: list[str] = field(default_factory=lambda: ["clinical decisions: research use only, not a medical device"])
    sha256: str = ""
    source: str = ""
    schema: int = CARD_SCHEMA

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"

    def write(self, path: Path) -> None:
        write_text(path, self.to_json(), "the model's card")

    @classmethod
    def read(cls, path: Path) -> ModelCard:
        """Read a card; raises :class:`InputError` when it is not one. Unknown keys are ignored (newer cards)."""
        path = Path(path)
        data = read_object(path, CARD_SIZE_LIMIT)
        if not isinstance(data.get("name"), str):
            raise InputError(f"{path.name} is not a model card: it has no name.")
        schema = data.get("schema", CARD_SCHEMA)
        if isinstance(schema, int) and schema > CARD_SCHEMA:
            raise InputError(
                f"The model card {path.name} was written by a newer version of GANAnomaly: update to use it."
            )
        return read_as(cls, data, f"The model card {path.name}")

    def check(self, source: str) -> None:
        """Raise :class:`InputError` when a field is not as declared."""
        read_as(type(self), vars(self), f"The model card {source}")


def set_recommended(path: Path, **values: Any) -> ModelCard:
    """Change what a card recommends; everything else in the file stays, also what a newer version put there.

    The file is replaced whole or not at all. Raises :class:`InputError` when it is no card, would be none with these
    values, or cannot be written; GANAnomalyError when the disk is full.
    """
    path = Path(path)
    ModelCard.read(path)
    data = read_object(path, CARD_SIZE_LIMIT)
    data["recommended"] = {**data.get("recommended", {}), **values}
    card = read_as(ModelCard, data, f"The model card {path.name}")
    write_json(path, data, "the model's card")
    return card
