"""One convolution of the inpainter, run on a part of its map as if on the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from ..network.layers import Activation, twice
from .spans import Span, inputs, outputs


@dataclass(frozen=True)
class Layer:
    """A convolution with its place in the network.

    ``name`` is the one dropout knows it by. ``doubled``: its input is enlarged to twice its size first. ``size_in``
    (before that) and ``size_out`` are the sides of its maps in pixels.
    """

    name: str
    weight: torch.Tensor
    bias: torch.Tensor
    stride: int
    dilation: int
    activation: Activation | None
    doubled: bool
    size_in: int
    size_out: int

    def needs(self, out: Span) -> Span:
        """The part of the input that the outputs ``out`` depend on."""
        whole = self.size_in * (2 if self.doubled else 1)
        span = self._reads(out).within(whole)
        return Span(span.first // 2, (span.stop + 1) // 2) if self.doubled else span

    def reaches(self, changed: Span) -> Span:
        """The outputs that a change of the input in ``changed`` can alter."""
        if self.doubled:
            changed = Span(2 * changed.first, 2 * changed.stop)
        return outputs(changed, self.weight.shape[-1], self.stride, self.dilation).within(self.size_out)

    def run(
        self,
        x: torch.Tensor,
        have: Span,
        out: Span,
        weight: torch.Tensor | None = None,
        bias: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The outputs ``out`` (N, C_out, size, size), from the part ``have`` (N, C_in, size, size) of the input.

        ``weight`` and ``bias`` take the place of the layer's own, for some of its channels.
        """
        need = self.needs(out).of(have)
        x, held = x[..., need, need], self.needs(out)
        if self.doubled:
            x, held = twice(x), Span(2 * held.first, 2 * held.stop)
        wanted = self._reads(out)
        inside = wanted.meet(held)
        x = x[..., inside.of(held), inside.of(held)]
        # Beyond the map's edge there are zeros, as when the whole map is padded.
        before, after = inside.first - wanted.first, wanted.stop - inside.stop
        if 0 <= before - after < self.stride:
            after = before  # what a stride leaves over on the far side is never read
        padding = before
        if before != after:
            x, padding = F.pad(x, (before, after, before, after)), 0
        weight, bias = self.weight if weight is None else weight, self.bias if bias is None else bias
        x = F.conv2d(x, weight, bias, self.stride, padding, self.dilation)
        return x if self.activation is None else self.activation(x)

    def _reads(self, out: Span) -> Span:
        return inputs(out, self.weight.shape[-1], self.stride, self.dilation)


def layers_of(stage: torch.nn.Module, prefix: str, names: Iterable[str], size: int) -> list[Layer]:
    """The layers ``names`` of a stage in their order, for an input of side ``size``; ``prefix`` begins their names."""
    found = []
    for name in names:
        block = getattr(stage, name)
        # The decoders enlarge their maps before these two.
        doubled = name.endswith(("conv13", "conv15"))
        stride = block.conv.stride[0]
        after = size * (2 if doubled else 1) // stride
        found.append(
            Layer(
                f"{prefix}{name}",
                block.conv.weight.detach(),
                block.conv.bias.detach(),
                stride,
                block.conv.dilation[0],
                block.activation,
                doubled,
                size,
                after,
            )
        )
        size = after
    return found


def backwards(layers: list[Layer], out: Span) -> list[Span]:
    """What each layer has to give so that the last one can give ``out``."""
    spans = [out]
    for layer in reversed(layers[1:]):
        spans.append(layer.needs(spans[-1]))
    return spans[::-1]


def times(x: torch.Tensor, multipliers: torch.Tensor | None) -> torch.Tensor:
    """Apply dropout multipliers (N, C), or none, to (N, C, h, w)."""
    return x if multipliers is None else x * multipliers[:, :, None, None].to(x)
