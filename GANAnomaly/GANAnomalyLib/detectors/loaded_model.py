"""A model in memory: its card, its networks, and what its file carries beside them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..models.card import ModelCard

if TYPE_CHECKING:
    import torch


@dataclass
class LoadedModel(ABC):
    """What every kind of model has; each kind adds its own networks.

    ``calibration`` holds tensors by name (on the CPU), and so does ``domain``: what its normals are like, as
    :class:`GANAnomalyLib.domain.reference.Reference` stores it, whatever the kind. ``model_hash`` is the SHA-256 of the
    file, as 64 hex digits.
    """

    card: ModelCard
    path: Path = field(default=Path(), kw_only=True)
    model_hash: str = field(default="", kw_only=True)
    calibration: dict[str, torch.Tensor] = field(default_factory=dict, kw_only=True)
    domain: dict[str, torch.Tensor] = field(default_factory=dict, kw_only=True)

    @abstractmethod
    def networks(self) -> Iterator[torch.nn.Module]:
        """Every network of the model, in evaluation mode and asking for no gradients."""

    @abstractmethod
    def tensors(self) -> dict[str, torch.Tensor]:
        """The networks' tensors under the names that a model file has; ``calibration`` is not among them."""

    @property
    def channels(self) -> int:
        """Of the images that the networks work on: 1 for grey, 3 for colour."""
        return self.card.channels

    @property
    def restores(self) -> bool:
        """Whether a reconstruction is the slice as it would be if normal, and can be judged as that; most are."""
        return True

    def to(self, device: str) -> None:
        """Bring the networks to a device, as torch names it."""
        for network in self.networks():
            network.to(device)


def calibration_tensors(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Those of a model file's tensors that say what normals show: named "calibration.*", which is left off."""
    start = "calibration."
    return {name[len(start) :]: tensor for name, tensor in tensors.items() if name.startswith(start)}
