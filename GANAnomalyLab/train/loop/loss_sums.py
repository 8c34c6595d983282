"""Losses summed over a stretch of a run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor

Losses = Mapping[str, "float | Tensor"]
"""What a step measured by name: a number, or a sum and its count as a tensor (2,) that stays on its device."""


class Sums:
    """Sums and counts of what steps measured; tensors stay on their device, so that nothing waits for it.

    ``totals`` are plain values and tensors, to be kept in a state.
    """

    def __init__(self, totals: Mapping[str, Any] | None = None) -> None:
        self.totals: dict[str, Any] = dict(totals or {})

    def add(self, losses: Losses) -> None:
        """One step's; a loss that a step lacks is averaged over the others."""
        for name, value in losses.items():
            before = self.totals.get(name)
            if isinstance(value, Tensor):
                value = value.detach().double() if value.device.type != "mps" else value.detach()
                self.totals[name] = value if before is None else before.to(value.device) + value
            else:
                self.totals[name] = [value, 1] if before is None else [before[0] + value, before[1] + 1]

    def means(self) -> dict[str, float]:
        """The mean of each; waits for the device."""
        found = {}
        for name, total in self.totals.items():
            value, count = total.tolist() if isinstance(total, Tensor) else total
            if count:
                found[name] = value / count
        return found

    def not_finite(self, watched: tuple[str, ...] = ()) -> str:
        """The first of these (of all, where none is named) whose mean is no finite number, or ""."""
        means = self.means()
        return next((name for name in watched or means if not math.isfinite(means.get(name, 0.0))), "")
