"""Completions of many windows' holes, with everything they share done once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from ..network import Drop, Inpainter
from ..network.generator import with_mask
from .coarse import Coarse
from .fine import Fine, Margins
from .spans import Span

PRUNE_FROM = 128 * 32
"""Side of a window times ngf: below this, one completion at a time costs more than its dropped channels."""


@dataclass
class Begun:
    """What the first completion of a window leaves for its others."""

    prefix: torch.Tensor
    margins: Margins

    @property
    def bytes(self) -> int:
        """Memory it holds."""
        tensors = [self.prefix, self.margins.image, *(t for b in self.margins.branches for t in b if t is not None)]
        return sum(tensor.nbytes for tensor in tensors)


class Completer:
    """Fills the hole ``hole`` of windows of side ``size`` (divisible by 8).

    Gives what the inpainter gives there, to rounding. ``dropped`` names all layers that ever have dropout. Leaving
    dropped channels out takes one completion at a time, which pays on a CPU where each is much work: ``prune`` None
    chooses.
    """

    def __init__(
        self, inpainter: Inpainter, size: int, hole: Span, dropped: Iterable[str], prune: bool | None = None
    ) -> None:
        device = next(inpainter.parameters()).device
        names = frozenset(dropped)
        self.hole = hole
        self.mask = torch.zeros(1, 1, size, size, device=device)
        self.mask[..., hole.first : hole.stop, hole.first : hole.stop] = 1
        if prune is None:
            prune = device.type == "cpu" and size * inpainter.ngf >= PRUNE_FROM
        self.coarse = Coarse(inpainter.coarse_generator, size, hole, names, prune)
        self.fine = Fine(inpainter.fine_generator, self.mask, hole, names)

    def begin(self, windows: torch.Tensor, drop: Drop) -> tuple[torch.Tensor, list[Begun]]:
        """The first completions (N, C, hole, hole) of new windows (N, C, size, size), and what their others need."""
        mask = self.mask.expand(len(windows), -1, -1, -1)
        x = with_mask(windows * (1 - mask), mask).contiguous(memory_format=torch.channels_last)
        prefix = self.coarse.prefix(x)
        holes, margins = self.fine.first(x, self.coarse.complete(prefix, drop), drop)
        return holes, [Begun(prefix[row : row + 1].clone(), margin) for row, margin in enumerate(margins)]

    def go_on(self, begun: list[Begun], drop: Drop) -> torch.Tensor:
        """More completions (N, C, hole, hole), one for each entry of ``begun`` (repeat a window's for several)."""
        prefix = torch.cat([window.prefix for window in begun])
        return self.fine.again([window.margins for window in begun], self.coarse.complete(prefix, drop), drop)
