"""The model card: what a network is, was trained on, and must not be used for."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import write_json, write_text

CARD_SCHEMA = 1
CARD_SIZE_LIMIT = 4 << 20


@dataclass
class ModelCard:
    """Facts beside the weights, as JSON (``model.safetensors`` has ``model.json``).

    ``window`` and ``level`` are Hounsfield units; ``framing`` says how a slice is brought to the network: "full" (the
    whole image, aspect kept) or "body" (the volume's body box with a margin). ``recommended`` may hold ``metric``,
    ``patch_size``, ``steps``, ``heatmap_threshold``, and ``heatmap_thresholds``, which maps a share of the pixels of
    normal scans ("0.01") to the heat that no larger share exceeds; ``thresholds`` maps a false positive rate ("0.01")
    to the slice score at that rate on held-out normals.
    """

    name: str
    kind: str = "stylegan2"
    title: str = ""
    resolution: int = 0
    channels: int = 1
    architecture: dict[str, Any] = field(default_factory=dict)
    modality: str = "CT"
    anatomy: str = ""
    window: float = 350.0
    level: float = 50.0
    framing: str = "full"
    training_data: str = ""
    training_data_licence: str = ""
    licence: str = ""
    recommended: dict[str, Any] = field(default_factory=dict)
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
        try:
            if path.stat().st_size > CARD_SIZE_LIMIT:
                raise InputError(f"The model card {path.name} is too large to be a card.")
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"The model card {path.name} cannot be read as JSON.", str(error)) from error
        if not isinstance(data, dict) or not isinstance(data.get("name"), str):
            raise InputError(f"{path.name} is not a model card: it has no name.")
        schema = data.get("schema", CARD_SCHEMA)
        if not isinstance(schema, int) or schema > CARD_SCHEMA:
            raise InputError(
                f"The model card {path.name} was written by a newer version of GANAnomaly: update to use it."
            )
        known = {f.name for f in dataclasses.fields(cls)}
        card = cls(**{key: value for key, value in data.items() if key in known})
        card.check(path.name)
        return card

    def check(self, source: str) -> None:
        """Raise :class:`InputError` when a field has another type than the one it was declared with."""
        blank = ModelCard("")
        for item in dataclasses.fields(self):
            value, expected = getattr(self, item.name), getattr(blank, item.name)
            kind: Any = int | float if isinstance(expected, float) else type(expected)
            if not isinstance(value, kind) or isinstance(value, bool):
                raise InputError(f"{source} is not a usable model card: its {item.name} is {str(value)[:60]!r}.")
        pixels = self.recommended.get("heatmap_thresholds", {})
        if not isinstance(pixels, dict):
            raise InputError(f"{source} is not a usable model card: its heatmap_thresholds is {str(pixels)[:60]!r}.")
        numbers = [*self.thresholds.values(), *pixels.values(), self.window, self.level]
        if not all(_is_number(n) for n in numbers) or not self.window > 0:
            raise InputError(f"{source} is not a usable model card: window, level and thresholds must be numbers.")


def set_recommended(path: Path, **values: Any) -> ModelCard:
    """Change what a card recommends; everything else in the file stays, also what a newer version put there.

    The file is replaced whole or not at all. Raises :class:`InputError` when it is no card, would be none with these
    values, or cannot be written; GANAnomalyError when the disk is full.
    """
    path = Path(path)
    ModelCard.read(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    data["recommended"] = {**data.get("recommended", {}), **values}
    known = {item.name for item in dataclasses.fields(ModelCard)}
    card = ModelCard(**{key: value for key, value in data.items() if key in known})
    card.check(path.name)
    write_json(path, data, "the model's card")
    return card


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
