"""Building a restorer from its card and tensors, and from a published state dict: nobody trusts any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import InputError
from ...models.card import ModelCard
from ...models.checkpoint.safetensor_files import read_safetensors
from ...models.store import model_hash, save_model
from ...running.seeded import seeded
from ..kinds import find_kind
from ..loaded_model import LoadedModel, calibration_tensors
from ..needs import needing
from .architecture import Architecture
from .perceptual_distance import LPIPS_NAMES, PREFIX, Perceptual, perceptual_of
from .published_files import published_state, shapes_of
from .weights_fit import fitted

Networks = dict[str, nn.Module]
Shapes = Mapping[str, tuple[int, ...]]


@dataclass
class RestorerModel(LoadedModel):
    """A restorer's networks by name, and what its anomaly map compares pictures with (None: it needs nothing)."""

    parts: Networks
    perceptual: Perceptual | None = field(default=None, kw_only=True)

    def networks(self) -> Iterator[nn.Module]:
        """See :class:`LoadedModel`."""
        yield from self.parts.values()
        if self.perceptual is not None:
            yield self.perceptual

    def tensors(self) -> dict[str, Tensor]:
        """See :class:`LoadedModel`: "<network>.<name>" and "perceptual.<name>", these in half precision."""
        held = {f"{part}.{name}": value for part, one in self.parts.items() for name, value in one.state_dict().items()}
        return held | ({} if self.perceptual is None else self.perceptual.stored())


@dataclass(frozen=True)
class Published:
    """What a published state dict is.

    Attributes
    ----------
    resolution, channels: of the images. architecture: what a card says of the networks.
    converted: makes of the published tensors those of the model file, "<network>.<name>".
    """

    resolution: int
    architecture: dict[str, Any]
    converted: Callable[[dict[str, Tensor]], dict[str, Tensor]]
    channels: int = 1


def under(part: str = "network") -> Callable[[dict[str, Tensor]], dict[str, Tensor]]:
    """A ``converted`` for published names that are our network's own."""
    return lambda tensors: {f"{part}.{name}": value for name, value in tensors.items()}


@dataclass(frozen=True)
class Restorer:
    """How models of one kind are read: a kind's ``load.py`` makes one and names its methods.

    Attributes
    ----------
    kind: its name. architecture: the class of what cards say.
    build: networks by name from (architecture, resolution, channels).
    recognise: from names and shapes of a published state dict (``model_weights`` left off) what it is, None for
        another kind's. needs_perceptual: whether its anomaly map compares features.
    """

    kind: str
    architecture: type[Any]
    build: Callable[[Any, int, int], Networks]
    recognise: Callable[[Shapes], Published | None] | None = None
    needs_perceptual: bool = False

    def networks(self, architecture: Architecture, resolution: int, channels: int) -> Networks:
        """New networks; raises :class:`InputError` for images of a size that they cannot have."""
        architecture.fits(resolution)
        with needing(find_kind(self.kind).title):
            return self.build(architecture, resolution, channels)

    def load_model(self, path: Path, card: ModelCard, device: str) -> RestorerModel:
        """A model file with its card. Raises :class:`InputError` where they do not fit together."""
        tensors = read_safetensors(path)
        model = self.made(card, tensors)
        model.path, model.calibration = path, calibration_tensors(tensors)
        model.to(device)
        return model

    def made(self, card: ModelCard, tensors: Mapping[str, Tensor]) -> RestorerModel:
        """The networks that ``card.architecture`` describes, in evaluation mode, filled with ``tensors``."""
        architecture = self.architecture.of(card)

        def build() -> Networks:
            with seeded(0):
                return self.networks(architecture, card.resolution, card.channels)

        # On "meta" nothing is allocated: a card may claim any size, the file's own tensors are what counts.
        try:
            with torch.device("meta"):
                wanted = self.networks(architecture, card.resolution, card.channels)
        except (RuntimeError, TypeError, ValueError) as error:
            raise InputError(f"The card of {card.name} does not describe its network.", str(error)) from error
        held = {part: _under(tensors, f"{part}.") for part in wanted}
        for part, one in wanted.items():
            held[part] = fitted(one.state_dict(), held[part], f"the weights of {card.name}", f"the {self.kind} network")
        parts = build()
        for part, one in parts.items():
            one.load_state_dict(held[part], strict=False)  # what is missing was made with the network
            one.eval().requires_grad_(False)
        perceptual = None
        if self.needs_perceptual:
            perceptual = perceptual_of(_under(tensors, PREFIX), card.name)
            card.architecture = {**card.architecture, "perceptual": perceptual.name}
        return RestorerModel(card, parts, perceptual=perceptual)

    def load_published(self, path: Path, device: str) -> RestorerModel | None:
        """A published state dict; None for what is none of this kind. Raises :class:`InputError` for one that is and
        does not fit, layer by layer."""
        shapes = None if self.recognise is None else shapes_of(path)
        found = None if shapes is None or self.recognise is None else self.recognise(shapes)
        if found is None:
            return None
        state = published_state(path)
        card = ModelCard(path.stem, self.kind, resolution=found.resolution, channels=found.channels, source=path.name)
        card.architecture = found.architecture
        own = {name: value for name, value in state.items() if not name.startswith(LPIPS_NAMES)}
        lpips = {f"{PREFIX}{name}": value for name, value in _under(state, LPIPS_NAMES).items()}
        model = self.made(card, {**found.converted(own), **lpips})
        model.path, model.model_hash = path, model_hash(path)
        model.to(device)
        return model

    def convert_published(
        self, source: Path, destination: Path, card: ModelCard, which: str, force: bool
    ) -> ModelCard | None:
        """A published state dict as one model file; None for anything else."""
        model = self.load_published(source, "cpu")
        if model is None:
            return None
        made = model.card
        card = replace(
            card,
            kind=self.kind,
            resolution=made.resolution,
            channels=made.channels,
            architecture=made.architecture,
            source=card.source or f"published checkpoint {source.name}",
        )
        return save_model(destination, model.tensors(), card, force)


def _under(tensors: Mapping[str, Tensor], start: str) -> dict[str, Tensor]:
    return {name[len(start) :]: value for name, value in tensors.items() if name.startswith(start)}
