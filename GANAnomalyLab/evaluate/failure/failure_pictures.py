"""Figures of failures: scores against Dice, risk against coverage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...report.drawing import QUIET, colour, dress, legend_beside, marker, new_figure, plain_text, style

_INSIDE = 5


def dice_figure(
    points: Sequence[tuple[str, float, float]], unit: str, dice: float, threshold: float, title: str = "Score and Dice"
) -> Any:
    """A mark a case: ``points`` are (set, score, Dice); lines where failures and where warnings begin."""
    sets = list(dict.fromkeys(name for name, _, _ in points))
    many = len(sets) > _INSIDE
    figure, (axes,) = new_figure(8.6 if many else 6.4, 4.8)
    for n, name in enumerate(sets):
        held = np.array([(score, value) for other, score, value in points if other == name])
        label = plain_text(name, 40) if len(sets) > 1 else None
        axes.scatter(held[:, 0], held[:, 1], s=30, color=colour(n), marker=marker(n), alpha=0.85, label=label)
    axes.axhline(dice, color=QUIET, linewidth=0.9, linestyle="--")
    axes.axvline(threshold, color=QUIET, linewidth=0.9, linestyle=":")
    dress(axes, title, f"{unit} in and around the organ", "Dice", None if many else "best")
    if many:
        legend_beside(figure, axes)
    return figure


def coverage_figure(risk: np.ndarray, best: np.ndarray, title: str = "Risk and coverage") -> Any:
    """The mean of 1 - Dice (n,) of the 1 to n cases kept, that of a score that knows it, and chance."""
    figure, (axes,) = new_figure(6.4, 4.8)
    coverage = np.arange(1, len(risk) + 1) / len(risk)
    for n, (name, curve) in enumerate((("this score", risk), ("knowing the Dice", best))):
        axes.plot(coverage, curve, color=colour(n), linestyle=style(n), linewidth=2,
                  label=f"{name}: mean {curve.mean():.3f}")  # fmt: skip
    axes.axhline(risk[-1], color=QUIET, linewidth=0.9, linestyle=":", label=f"chance: {risk[-1]:.3f}")
    axes.set_xlim(0, 1.01)
    axes.set_ylim(bottom=0)
    dress(axes, title, "share of cases kept", "mean of 1 - Dice", "best")
    return figure
