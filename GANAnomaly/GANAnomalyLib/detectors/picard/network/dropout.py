"""Channel-wise dropout at inference: what makes the completions of one hole differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import nn

from ....errors import InputError

Drop = dict[str, torch.Tensor]
"""By layer name (N, channels): 0, or 1 / (1 - p), for each channel of each sample."""

DEFAULT_LAYERS = tuple(
    f"coarse_generator.{name}"
    for name in (
        "conv2_downsample",
        "conv3",
        "conv4_downsample",
        "conv5",
        "conv6",
        "conv7_atrous",
        "conv8_atrous",
        "conv9_atrous",
        "conv10_atrous",
    )
)
"""The published ones: the coarse network's middle; the fine network drops none."""


def drop_layers(inpainter: nn.Module, names: Iterable[str] | None = None) -> dict[str, int]:
    """Layers to drop channels of, with their number of channels; by default :data:`DEFAULT_LAYERS`.

    Raises :class:`InputError` for a name that is no layer of the network.
    """
    layers = dict(inpainter.named_modules())
    found = {}
    for name in DEFAULT_LAYERS if names is None else names:
        conv = getattr(layers.get(name), "conv", None)
        if not isinstance(conv, nn.Conv2d):
            raise InputError(f"The inpainter has no layer {name!r} to drop channels of, as in {DEFAULT_LAYERS[0]!r}.")
        found[name] = conv.out_channels
    return found


def draw_drop(layers: Mapping[str, int], count: int, p: float, generator: torch.Generator) -> Drop:
    """Draw multipliers for ``count`` samples; the same generator state gives the same ones.

    Raises :class:`InputError` for a rate outside [0, 1).
    """
    if not 0.0 <= p < 1.0:
        raise InputError(f"The dropout rate must lie in [0, 1), not {p}.")
    return {
        name: (torch.rand((count, channels), generator=generator) >= p).float() / (1.0 - p)
        for name, channels in layers.items()
    }
