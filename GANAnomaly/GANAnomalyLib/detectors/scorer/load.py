"""Building a scorer and its base from one file, of which neither card nor tensors are trusted."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...errors import InputError
from ...files.typed_values import read_as
from ...models.card import ModelCard
from ...models.checkpoint.safetensor_files import read_safetensors
from ..kinds import detector_kinds
from ..loaded_model import LoadedModel
from . import planes
from .energy import Energy
from .network import ScorerNetwork
from .scales import Scales

KIND = "scorer"
NETWORK, ENERGY, SCALES, BASE = "network.", "energy.", "scales", "base."
SEEN = ("resolution", "window", "level", "framing")
"""What a scorer's card and its base's agree on: both see the same slices."""
MOST_LEVELS, WIDEST, MOST_SHRINK = 8, 1024, 8


@dataclass
class ScorerModel(LoadedModel):
    """A base, what is usual of its remainders, and the network; None where there is the energy only."""

    base: LoadedModel
    network: ScorerNetwork | None
    energy: Energy
    scales: Scales

    @property
    def restores(self) -> bool:
        """See :class:`LoadedModel`: the reconstruction is the base's."""
        return self.base.restores

    def networks(self) -> Iterator[nn.Module]:
        """See :class:`LoadedModel`."""
        yield from self.base.networks()
        if self.network is not None:
            yield self.network

    def to(self, device: str) -> None:
        """See :class:`LoadedModel`."""
        self.base.to(device)
        if self.network is not None:
            self.network.to(device)

    def tensors(self) -> dict[str, torch.Tensor]:
        """See :class:`LoadedModel`; the base's are among them."""
        return scorer_tensors(self.base, self.network, self.energy, self.scales)


def load_model(path: Path, card: ModelCard, device: str) -> ScorerModel:
    """A model file with its card. Raises :class:`InputError` where they do not fit together."""
    tensors = read_safetensors(path)
    base = _base(card, _named(tensors, BASE), device)
    network = build_network(card, _named(tensors, NETWORK))
    energy = Energy.stored({name: value.numpy() for name, value in _named(tensors, ENERGY).items()}, card.resolution)
    scales = Scales.stored(tensors.get(SCALES, torch.empty(0)).numpy())
    model = ScorerModel(card, base, network, energy, scales, path=path)
    model.to(device)
    return model


def build_network(card: ModelCard, tensors: Mapping[str, torch.Tensor]) -> ScorerNetwork | None:
    """The network that ``card.architecture`` describes: ``widths`` of its levels and ``shrink``; None without both.

    Raises :class:`InputError` where card and tensors do not fit together.
    """
    widths, shrink = card.architecture.get("widths"), card.architecture.get("shrink", 1)
    if widths is None and not tensors:
        return None
    levels: list[int] = widths if isinstance(widths, list) else []
    right = 2 <= len(levels) <= MOST_LEVELS and all(type(one) is int and 0 < one <= WIDEST for one in levels)
    if not right or type(shrink) is not int or not 1 <= shrink <= MOST_SHRINK:
        raise InputError(f"The card of {card.name} does not describe its network: get the model again.")
    try:
        # On "meta" nothing is allocated: a card may claim any size, the file's own tensors are what counts.
        with torch.device("meta"):
            network = ScorerNetwork(planes.COUNT, levels, shrink)
        network.load_state_dict({name: value.float() for name, value in tensors.items()}, strict=True, assign=True)
    except (RuntimeError, TypeError, ValueError) as error:
        raise InputError(
            f"The weights of {card.name} are not those its card describes: get the model again.", str(error)
        ) from error
    return network.eval().requires_grad_(False)


def scorer_tensors(
    base: LoadedModel, network: nn.Module | None, energy: Energy, scales: Scales
) -> dict[str, torch.Tensor]:
    """The tensors as a model file holds them."""
    held = {} if network is None else {f"{NETWORK}{name}": value for name, value in network.state_dict().items()}
    usual = {f"{ENERGY}{name}": torch.from_numpy(array) for name, array in energy.tensors().items()}
    carried = {f"{BASE}{name}": value for name, value in base.tensors().items()}
    return {**held, **usual, SCALES: torch.from_numpy(scales.values), **carried}


def base_facts(base: LoadedModel) -> dict[str, Any]:
    """The base's card as the scorer's ``architecture`` has it under "base"; its hash says which file it came from."""
    return dataclasses.asdict(dataclasses.replace(base.card, sha256=base.model_hash or base.card.sha256))


def check_base(card: ModelCard) -> None:
    """Raise :class:`InputError` for a model that cannot be a base."""
    if card.kind == KIND:
        raise InputError(f"The model {card.name} is a scorer already: give the model that it was made for.")
    if card.kind not in detector_kinds():
        raise InputError(f"The base {card.name} is of kind {card.kind!r}, which this version cannot load.")
    if card.channels != 1:
        raise InputError(
            f"The base {card.name} explains pictures in colours, and a scorer looks at grey ones: give a base of grey "
            f"images, or analyse with {card.name} itself, which scores colours."
        )


def _base(card: ModelCard, tensors: Mapping[str, torch.Tensor], device: str) -> LoadedModel:
    from safetensors.torch import save_file

    said = card.architecture.get("base")
    base: ModelCard = read_as(ModelCard, said, f"The base on the card of {card.name}", "get the model again")
    check_base(base)
    if any(getattr(base, name) != getattr(card, name) for name in SEEN):
        raise InputError(f"The card of {card.name} and that of its base differ: get the model again.")
    # Kinds read files, and check them; other packages' do, too.
    with tempfile.TemporaryDirectory(prefix="gananomaly-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "base.safetensors"
        save_file({name: value.contiguous() for name, value in tensors.items()}, path)
        model: LoadedModel = detector_kinds()[base.kind].module("load").load_model(path, base, device)
    model.path, model.model_hash = Path(), base.sha256
    return model


def _named(tensors: Mapping[str, torch.Tensor], start: str) -> dict[str, torch.Tensor]:
    return {name[len(start) :]: value for name, value in tensors.items() if name.startswith(start)}
