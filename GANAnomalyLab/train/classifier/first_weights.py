"""What a classifier begins from: ImageNet weights that are here, that a file holds, or that may be fetched."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from GANAnomalyLib.classifiers.architecture import NETWORKS
from GANAnomalyLib.classifiers.network import ClassNetwork, LiteNetwork
from GANAnomalyLib.errors import InputError

if TYPE_CHECKING:
    from .settings import ClassifierSettings

_LAST = ("fc.", "classifier.")
_OLD_NAMES = re.compile(r"\.(norm|relu|conv)\.([12])\.")
"""In published DenseNets, whose layers have been renamed since."""


def take_first_weights(network: ClassNetwork, settings: ClassifierSettings, say: Callable[[str], None]) -> None:
    """Set the network's body to ImageNet weights where the settings say so; its last layer stays as it is.

    Nothing is fetched unless ``allow_download``. Raises :class:`InputError` for a file that holds other weights.
    """
    if isinstance(network, LiteNetwork):
        if settings.pretrained:
            from ..memory.trainer import published_weights

            network.body.load_state_dict({name: value.float() for name, value in published_weights().items()})
        return
    if not settings.weights and not settings.allow_download:
        return
    from ...evaluate.quality.feature_weights import find_weights, misfit, read_weights

    given = {settings.network: settings.weights} if settings.weights else {}
    path = find_weights(settings.network, given, settings.allow_download, say=say)
    tensors = {_OLD_NAMES.sub(r".\1\2.", name): value for name, value in read_weights(Path(path)).items()}
    body = network.get_submodule("body")
    wanted = {name: value for name, value in body.state_dict().items() if not name.startswith(_LAST)}
    held = {name: value for name, value in tensors.items() if name in wanted}
    lost = [name for name in wanted if name not in held and not name.endswith("num_batches_tracked")]
    if lost or any(held[name].shape != wanted[name].shape for name in held):
        error = InputError(f"{path} holds other weights than those of {NETWORKS[settings.network]}")
        raise misfit(Path(path), settings.network, error)
    body.load_state_dict(held, strict=False)
