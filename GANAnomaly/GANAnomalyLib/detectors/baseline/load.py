"""Building a baseline from its card and tensors, both of which may come from outside."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Any

import torch

from ...errors import InputError
from ...models.card import ModelCard
from .network import EXPLAINERS, LEAST_SIDE, SHRINK, Explainer

PREFIX = "baseline."
MOST_PIXELS, MOST_NUMBER = 4096, 1 << 20


def build_baseline(card: ModelCard, tensors: Mapping[str, torch.Tensor]) -> Explainer:
    """The network that ``card.architecture`` describes, in evaluation mode, filled with the tensors "baseline.*".

    The architecture has ``kind`` (a key of :data:`~.networks.EXPLAINERS`), the numbers its class takes, and ``warp``
    (bool), which is the detector's. Raises :class:`InputError` where card and tensors do not fit together.
    """
    architecture = dict(card.architecture)
    architecture.pop("warp", None)
    kind = architecture.pop("kind", None)
    made = EXPLAINERS.get(kind) if isinstance(kind, str) else None
    if made is None:
        raise InputError(
            f"The card of {card.name} names no baseline that this version knows: it knows {', '.join(EXPLAINERS)}."
        )
    allowed = {"img_resolution": card.resolution, **architecture}
    known = [name for name in inspect.signature(made).parameters if name != "self"]
    whole = all(
        isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_NUMBER
        for value in allowed.values()
    )
    size = card.resolution
    fits = whole and set(allowed) <= set(known) and size <= MOST_PIXELS
    if not fits or size % LEAST_SIDE or size % SHRINK or (kind == "autoencoder" and not math.log2(size).is_integer()):
        raise InputError(f"The card of {card.name} does not describe its network: get the model again.")
    own = {name[len(PREFIX) :]: value for name, value in tensors.items() if name.startswith(PREFIX)}
    try:
        # On "meta" nothing is allocated: a card may claim any size, the file's own tensors are what counts.
        with torch.device("meta"):
            network = made(**allowed)
        wanted = {name: value.dtype for name, value in network.state_dict().items()}
        if any(own[name].dtype != kind for name, kind in wanted.items() if name in own):
            raise ValueError("a tensor of another type")
        network.load_state_dict(own, strict=True, assign=True)
    except (RuntimeError, TypeError, ValueError) as error:
        raise InputError(
            f"The weights of {card.name} are not those its card describes: get the model again.", str(error)
        ) from error
    if getattr(network, "neighbours", 1) > getattr(network, "count", 1):
        raise InputError(f"The card of {card.name} does not describe its network: get the model again.")
    return network.eval().requires_grad_(False)


def baseline_tensors(network: Explainer) -> dict[str, torch.Tensor]:
    """The network's tensors as a model file holds them."""
    return {f"{PREFIX}{name}": value for name, value in network.state_dict().items()}


def architecture_of(network: Explainer, warp: bool) -> dict[str, Any]:
    """What a card keeps to build the network again."""
    numbers = [name for name in inspect.signature(type(network)).parameters if name not in ("self", "img_resolution")]
    return {"kind": network.kind, "warp": warp, **{name: getattr(network, name) for name in numbers}}
