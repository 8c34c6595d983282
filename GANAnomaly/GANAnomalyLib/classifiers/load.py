"""A classifier in memory, and the way to it from a file that may come from anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..detectors.restorer.weights_fit import fitted
from ..errors import InputError
from ..models.card import ModelCard
from ..models.checkpoint.safetensor_files import read_safetensors
from ..models.imagenet import normalised
from ..models.registry import find_model
from ..models.store import SUFFIX, card_path, model_hash
from .architecture import NETWORKS, ClassifierArchitecture
from .grad_cam import grad_cam
from .network import ClassNetwork, build

PREFIX = "network."


@dataclass
class ClassifierModel:
    """A classifier; pictures for it are (n, 1 or 3, R, R) float32 in [-1, 1], of any size R.

    :meth:`logits` has gradients, so that a training can ask a frozen classifier what it thinks of its pictures.
    """

    card: ModelCard
    architecture: ClassifierArchitecture
    network: ClassNetwork
    path: Path = Path()
    model_hash: str = field(default="", kw_only=True)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes 0, 1, ..."""
        return self.architecture.classes

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters()).device

    def to(self, device: str) -> None:
        """Bring the network to a device, as torch names it."""
        self.network.to(device)

    def logits(self, pictures: Tensor) -> Tensor:
        """(n, L): one number a class, whose softmax are the probabilities."""
        out: Tensor = self.network(as_seen(pictures, self.architecture.side))
        return out

    @torch.no_grad()
    def probabilities(self, pictures: Tensor) -> Tensor:
        """(n, L) from 0 to 1, each row of sum 1."""
        return self.logits(pictures.to(self.device)).float().softmax(1)

    @torch.no_grad()
    def features(self, pictures: Tensor) -> Tensor:
        """(n, K): what the last layer sees of the pictures."""
        seen = as_seen(pictures.to(self.device), self.architecture.side)
        return self.network.pooled(self.network.maps(seen)).float()

    def looked_at(self, pictures: Tensor, classes: Tensor) -> Tensor:
        """(n, R, R) from 0 to 1: what speaks for a class of each picture, ``classes`` (n,); see :func:`grad_cam`."""
        seen = as_seen(pictures.to(self.device), self.architecture.side)
        maps = grad_cam(self.network, seen, classes.to(self.device))
        side = pictures.shape[-2:]
        return functional.interpolate(maps[:, None], side, mode="bilinear", align_corners=False)[:, 0]


def as_network_input(planes: np.ndarray) -> np.ndarray:
    """(C, R, R) float32 in [-1, 1] of pixels as they are stored, uint8 or uint16: what a classifier learns from."""
    out = planes.astype(np.float32)
    out *= np.float32(2 / np.iinfo(planes.dtype).max)
    out -= np.float32(1)
    return out


def as_seen(pictures: Tensor, side: int) -> Tensor:
    """Pictures (n, 1 or 3, R, R) in [-1, 1] as a network sees them: (n, 3, side, side), normalised as for ImageNet."""
    if pictures.shape[1] == 1:
        pictures = pictures.expand(-1, 3, -1, -1)
    if pictures.shape[-2:] != (side, side):
        pictures = functional.interpolate(pictures, (side, side), mode="bilinear", antialias=True)
    return normalised((pictures + 1) / 2)


def load_classifier(
    name_or_path: str | Path, device: str = "cpu", extra_folders: Iterable[Path | str] = ()
) -> ClassifierModel:
    """A classifier by registered name, or by the path of its .safetensors file, in evaluation mode, without gradients.

    Raises :class:`InputError` for one that is missing, has no card, is no classifier, or whose weights are not those
    that the card was written for.
    """
    path = find_model(name_or_path, extra_folders)
    beside = card_path(path)
    if path.suffix != SUFFIX or not beside.is_file():
        raise InputError(
            f"{path.name} is no classifier with a card: give the .safetensors file that gananomaly train classifier "
            "made, with its .json beside it."
        )
    card = ModelCard.read(beside)
    architecture = ClassifierArchitecture.of(card)
    digest = model_hash(path)
    if card.sha256 and card.sha256.lower() != digest:
        raise InputError(
            f"The weights {path.name} are not the ones its card {beside.name} was written for (their hashes differ): "
            "copy both files again from where they came from."
        )
    tensors = read_safetensors(path)
    held = {name[len(PREFIX) :]: value for name, value in tensors.items() if name.startswith(PREFIX)}
    network = build(architecture)
    state = fitted(network.state_dict(), held, f"the model {card.name}", NETWORKS[architecture.network])
    network.load_state_dict(state, strict=False)  # counters may be missing
    model = ClassifierModel(card, architecture, network.eval().requires_grad_(False), path, model_hash=digest)
    model.to(device)
    return model
