"""EfficientNet-Lite0's weights, learnt on ImageNet, which come with this package."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS = "efficientnet_lite0.safetensors"


def published_weights() -> dict[str, Tensor]:
    """EfficientNet-Lite0 up to its last stage at a sixteenth, batch normalisation folded in, in half precision.

    For :class:`GANAnomalyLib.detectors.memory.network.LiteFeatures`.
    """
    from GANAnomalyLib.models.checkpoint.safetensor_files import read_safetensors

    with resources.as_file(resources.files(__package__) / WEIGHTS) as path:
        return read_safetensors(path)


def published_hash() -> str:
    """The SHA-256 of the weights' file."""
    from GANAnomalyLib.models.store import model_hash

    with resources.as_file(resources.files(__package__) / WEIGHTS) as path:
        return model_hash(path)
