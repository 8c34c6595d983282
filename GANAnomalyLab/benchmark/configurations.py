"""What the benchmark runs: each model with its metrics, and the simple baselines with theirs."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from GANAnomalyLib.analysis.request import DEVICES
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.modalities import CT, modality_code
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.registry import find_model
from GANAnomalyLib.models.score_units import METRICS
from GANAnomalyLib.models.store import SUFFIX, card_path

from ..evaluate.study import Configuration

DEFAULT_METRIC = "wd"
BASELINE_KIND = "baseline"


@dataclass(frozen=True)
class Entry:
    """One row of the leaderboard to be: a configuration, the model's title and kind, and the metric."""

    configuration: Configuration
    title: str
    kind: str
    metric: str

    @property
    def name(self) -> str:
        return self.configuration.name

    @property
    def baseline(self) -> bool:
        """Whether it is one of the simple baselines."""
        return self.kind == BASELINE_KIND

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {**dataclasses.asdict(self), "configuration": {"name": self.name, "request": self.request}}

    @property
    def request(self) -> dict[str, Any]:
        return dict(self.configuration.request)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Entry:
        """The inverse of :meth:`to_dict`; raises KeyError or TypeError for anything else."""
        held = data["configuration"]
        return cls(
            Configuration(str(held["name"]), dict(held["request"])),
            str(data["title"]),
            str(data["kind"]),
            str(data["metric"]),
        )


def model_card(name_or_path: str) -> ModelCard:
    """The card of a registered model or a model's file; a bare one where it has none. Raises :class:`InputError`."""
    path = find_model(name_or_path)
    beside = card_path(path)
    if path.suffix == SUFFIX and beside.is_file():
        return ModelCard.read(beside)
    return ModelCard(path.stem)


def entries(
    models: Sequence[str], metrics: Sequence[str] | None, baselines: Mapping[str, Path], device: str = "auto"
) -> list[Entry]:
    """A row for each model and metric, then one for each baseline.

    Parameters
    ----------
    models: names or files. metrics: None for all three with a StyleGAN2, and each other model's own one.
    baselines: files by name, scored as the models by default are, or with ``metrics``.

    Raises
    ------
    InputError: an unknown model, metric or device, or two rows of one name.
    """
    for metric in metrics or ():
        if metric not in METRICS:
            raise InputError(f"The metric is one of {', '.join(METRICS)}, not {metric!r}.")
    if device not in DEVICES:
        raise InputError(f"The device is one of {', '.join(DEVICES)}, not {device!r}.")
    found: list[Entry] = []
    for model in models:
        card = model_card(model)
        if modality_code(card.modality) != CT:
            raise InputError(f"The benchmark's cases are CTs, and {card.name} was made for MR: leave it out.")
        own = (str(card.recommended.get("metric", DEFAULT_METRIC)),)
        chosen = metrics or (METRICS if card.kind == "stylegan2" else own)
        # A file is named by its whole path: workers may start elsewhere.
        given = model if Path(model).name == model and not Path(model).exists() else str(Path(model).resolve())
        found += [_entry(card.name, card.title or card.name, card.kind, given, metric, device) for metric in chosen]
    for name, path in baselines.items():
        card = ModelCard.read(card_path(path))
        for metric in metrics or (DEFAULT_METRIC,):
            found.append(_entry(name, card.title, BASELINE_KIND, str(path.resolve()), metric, device))
    names = [entry.name for entry in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"Two rows of the leaderboard would be called {twice[0]!r}: give models of different names.")
    return found


def _entry(name: str, title: str, kind: str, model: str, metric: str, device: str) -> Entry:
    safe = re.sub(r"[^\w.+\-]+", "_", name).strip("_.-")[:80] or "model"
    request = {"model": model, "metric": metric, "device": device}
    return Entry(Configuration(f"{safe}-{metric}", request), title, kind, metric)
