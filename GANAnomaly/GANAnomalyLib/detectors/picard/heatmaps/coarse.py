"""The coarse completion's hole alone, without the work that does not change it.

Nothing before the first dropout depends on it, so that is done once a window. The decoder runs on what the hole needs.
On the CPU each completion runs with the channels that its dropout left: the others are zero and add nothing.
"""

from __future__ import annotations

import torch

from ..network.dropout import Drop
from ..network.generator import CoarseGenerator
from .partial_convolution import Layer, backwards, layers_of, times
from .spans import Span

PREFIX = "coarse_generator."
_DECODER = tuple(f"conv{number}" for number in range(11, 18))
_ROUND_UP = 16
"""Channels are kept in multiples of this: few shapes for the convolution library to prepare, and whole vectors."""


class Coarse:
    """The first stage for windows of side ``size`` with a hole at ``hole``; ``dropped`` names layers with dropout."""

    def __init__(self, stage: CoarseGenerator, size: int, hole: Span, dropped: frozenset[str], prune: bool) -> None:
        self.layers = layers_of(stage, PREFIX, (*stage.encoder, *_DECODER), size)
        self.spans = backwards(self.layers, hole)
        self.size, self.prune = size, prune
        places = [place for place, layer in enumerate(self.layers) if layer.name in dropped]
        last = len(self.layers) - 1
        self.first, self.final = (places[0], places[-1]) if places else (last, last)

    def prefix(self, x: torch.Tensor) -> torch.Tensor:
        """What all completions share, from (N, C + 2, size, size): the first dropped layer before its dropout."""
        have = Span(0, self.size)
        for layer, span in zip(self.layers[: self.first + 1], self.spans, strict=False):
            x, have = layer.run(x, have, span), span
        return x

    def complete(self, prefix: torch.Tensor, drop: Drop) -> torch.Tensor:
        """(N, C, hole, hole) in [-1, 1] from the shared part, one row for each row of ``drop``."""
        begin = self.first + 1
        if self.prune and self.final < len(self.layers) - 1:
            rows = [self._pruned(prefix[i : i + 1], {k: v[i] for k, v in drop.items()}) for i in range(len(prefix))]
            x, begin = torch.cat(rows), self.final + 2
        else:
            x = times(prefix, drop.get(self.layers[self.first].name))
        for place in range(begin, len(self.layers)):
            layer = self.layers[place]
            x = times(layer.run(x, self.spans[place - 1], self.spans[place]), drop.get(layer.name))
        return x.clamp(-1.0, 1.0)

    def _pruned(self, x: torch.Tensor, drop: Drop) -> torch.Tensor:
        """One completion (1, ...) up to the layer after the last dropout, with the channels that are left."""
        kept, scale = _kept(self.layers[self.first], drop)
        x = x if kept is None else x[:, kept]
        for place in range(self.first + 1, self.final + 2):
            layer = self.layers[place]
            weight, bias = layer.weight, layer.bias
            following, following_scale = _kept(layer, drop)
            if following is not None:
                weight, bias = weight[following], bias[following]
            if kept is not None and scale is not None:
                # The multipliers go into the weights that read the channels: fewer numbers than the maps have.
                weight = weight[:, kept] * scale[None, :, None, None]
            x = layer.run(x, self.spans[place - 1], self.spans[place], weight, bias)
            kept, scale = following, following_scale
        return x


def _kept(layer: Layer, drop: Drop) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """The channels of a layer's output to compute and their multipliers; None without dropout there."""
    multipliers = drop.get(layer.name)
    if multipliers is None:
        return None, None
    order = torch.argsort((multipliers == 0).to(torch.uint8), stable=True)
    left = int((multipliers != 0).sum())
    count = min(max(-(-left // _ROUND_UP) * _ROUND_UP, 1), len(multipliers))
    kept = order[:count].sort().values
    return kept, multipliers[kept]
