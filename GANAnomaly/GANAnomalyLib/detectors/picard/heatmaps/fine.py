"""The fine completion's hole alone: only what the hole can reach is computed again for each completion.

Outside the hole the second stage reads the image itself. So a window's first completion is run in full and leaves, for
each layer, the margin that others need; they compute the rest, which the hole reaches.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ..network import Drop
from ..network.generator import FineGenerator
from .partial_attention import Attention
from .partial_convolution import Layer, backwards, layers_of, times
from .spans import Span

PREFIX = "fine_generator."
_DECODER = tuple(f"allconv{number}" for number in range(11, 18))


class Branch:
    """A chain of layers on the filled image, wanted at ``out``, of which completions change what ``hole`` reaches."""

    def __init__(self, layers: list[Layer], hole: Span, out: Span, dropped: frozenset[str]) -> None:
        self.layers = layers
        self.full = backwards(layers, out)
        changed = hole
        reached = []
        for layer in layers:
            # Dropout changes a whole map.
            changed = Span(0, layer.size_out) if layer.name in dropped else layer.reaches(changed)
            reached.append(changed)
        self.needed, self.made = [out] * len(layers), [out.meet(reached[-1])] * len(layers)
        for place in range(len(layers) - 2, -1, -1):
            self.needed[place] = layers[place + 1].needs(self.made[place + 1])
            self.made[place] = self.needed[place].meet(reached[place])
        self.input = layers[0].needs(self.made[0])

    def first(self, x: torch.Tensor, drop: Drop) -> tuple[torch.Tensor, list[torch.Tensor | None]]:
        """The output from the whole input (N, C + 2, size, size), and what to keep of each layer for the others."""
        have, kept = Span(0, self.layers[0].size_in), []
        for layer, span, needed, made in zip(self.layers, self.full, self.needed, self.made, strict=True):
            x = times(layer.run(x, have, span), drop.get(layer.name))
            have, part = span, needed.of(span)
            kept.append(None if needed == made else _own(x[..., part, part]))
        return x, kept

    def again(self, x: torch.Tensor, kept: list[torch.Tensor | None], drop: Drop) -> torch.Tensor:
        """The output for another completion: ``x`` (N, C + 2, input, input), ``kept`` with a row for each."""
        have = self.input
        for layer, needed, made, canvas in zip(self.layers, self.needed, self.made, kept, strict=True):
            x = times(layer.run(x, have, made), drop.get(layer.name))
            if canvas is not None:
                part = made.of(needed)
                canvas[..., part, part] = x
                x = canvas
            have = needed
        return x


@dataclass
class Margins:
    """What one window's first completion leaves: tensors (1, C, size, size) by branch and layer."""

    image: torch.Tensor
    branches: list[list[torch.Tensor | None]]


class Fine:
    """The second stage for windows of side ``size`` with a hole at ``hole``; ``mask`` is (1, 1, size, size)."""

    def __init__(self, stage: FineGenerator, mask: torch.Tensor, hole: Span, dropped: frozenset[str]) -> None:
        size = mask.shape[-1]
        quarter = Span(0, size // 4)
        self.hole, self.mask = hole, mask
        self.decoder = layers_of(stage, PREFIX, _DECODER, quarter.size)
        self.decoder_spans = backwards(self.decoder, hole)
        self.deep = self.decoder[0].needs(self.decoder_spans[0])
        self.after = layers_of(stage, PREFIX, stage.after_matching, quarter.size)
        self.after_spans = backwards(self.after, self.deep)
        self.matched = self.after[0].needs(self.after_spans[0])
        self.attention = Attention(mask, quarter.size, self.matched)
        self.branches = [
            Branch(layers_of(stage, PREFIX, stage.encoder, size), hole, self.deep, dropped),
            Branch(layers_of(stage, PREFIX, stage.matcher, size), hole, quarter, dropped),
        ]
        self.input = _around([branch.input for branch in self.branches])

    def first(self, x: torch.Tensor, stage1: torch.Tensor, drop: Drop) -> tuple[torch.Tensor, list[Margins]]:
        """Holes (N, C, hole, hole) and each window's margins; ``x`` (N, C + 2, size, size), ``stage1`` the holes."""
        at = self.hole.of(Span(0, x.shape[-1]))
        x[:, : stage1.shape[1], at, at] = stage1
        runs = [branch.first(x, drop) for branch in self.branches]
        part = self.input.of(Span(0, x.shape[-1]))
        margins = [
            Margins(_own(x[row : row + 1, :, part, part]), [_row(kept, row) for _, kept in runs])
            for row in range(len(x))
        ]
        return self._finish([out for out, _ in runs], drop), margins

    def again(self, margins: list[Margins], stage1: torch.Tensor, drop: Drop) -> torch.Tensor:
        """Holes (N, C, hole, hole) of more completions, one for each entry of ``margins`` (repeated as needed)."""
        x = torch.cat([margin.image for margin in margins])
        at = self.hole.of(self.input)
        x[:, : stage1.shape[1], at, at] = stage1
        outs = []
        for number, branch in enumerate(self.branches):
            kept = [
                None if column[0] is None else torch.cat(column)
                for column in zip(*(margin.branches[number] for margin in margins), strict=True)
            ]
            part = branch.input.of(self.input)
            outs.append(branch.again(x[..., part, part], kept, drop))
        return self._finish(outs, drop)

    def _finish(self, outs: list[torch.Tensor], drop: Drop) -> torch.Tensor:
        """From both branches' maps to the hole."""
        x, have = self.attention(outs[1]), self.matched
        for layer, span in zip(self.after, self.after_spans, strict=True):
            x, have = times(layer.run(x, have, span), drop.get(layer.name)), span
        x, have = torch.cat([outs[0], x], 1), self.deep
        for layer, span in zip(self.decoder, self.decoder_spans, strict=True):
            x, have = times(layer.run(x, have, span), drop.get(layer.name)), span
        return x.clamp(-1.0, 1.0)


def _around(spans: list[Span]) -> Span:
    return Span(min(span.first for span in spans), max(span.stop for span in spans))


def _row(kept: list[torch.Tensor | None], row: int) -> list[torch.Tensor | None]:
    """One window's part, by itself: a view would keep the whole batch in memory."""
    return [None if tensor is None else _own(tensor[row : row + 1]) for tensor in kept]


def _own(part: torch.Tensor) -> torch.Tensor:
    return part.clone(memory_format=torch.preserve_format)
