"""Building the network from its card and tensors, both of which may come from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from GANAnomalyLib.detectors.loaded_model import LoadedModel, calibration_tensors
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.checkpoint.safetensor_files import read_safetensors

from .network import Blur

PREFIX, WIDEST = "blur.", 1024


@dataclass
class BlurModel(LoadedModel):
    """A :class:`Blur` and its card."""

    network: Blur

    def networks(self) -> Iterator[torch.nn.Module]:
        """See :class:`LoadedModel`."""
        yield self.network

    def tensors(self) -> dict[str, torch.Tensor]:
        """See :class:`LoadedModel`."""
        return {f"{PREFIX}{name}": value for name, value in self.network.state_dict().items()}


def load_model(path: Path, card: ModelCard, device: str) -> BlurModel:
    """A model file with its card. Raises :class:`InputError` where they do not fit together."""
    tensors = read_safetensors(path)
    own = {name[len(PREFIX) :]: value for name, value in tensors.items() if name.startswith(PREFIX)}
    shrink, width = (card.architecture.get(name) for name in ("shrink", "width"))
    if not all(isinstance(value, int) and 1 <= value <= WIDEST for value in (shrink, width)):
        raise InputError(f"The card of {card.name} does not describe its network: get the model again.")
    network = Blur(card.channels, shrink, width)
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        raise InputError(
            f"The weights of {card.name} are not those its card describes: get the model again.", str(error)
        ) from error
    model = BlurModel(card, network.eval().requires_grad_(False), path=path, calibration=calibration_tensors(tensors))
    model.to(device)
    return model
