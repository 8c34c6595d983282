"""Who is taken for whom: confusion matrices side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .drawing import COLOURS, INK, PAPER, QUIET, new_figure, nothing_given, plain_text, texts

_ACROSS = 3


def confusion_figure(matrices: Mapping[str, np.ndarray], classes: Sequence[str]) -> Any:
    """Counts (L, L) by name: rows are what images are, columns what they are taken for; darker is a larger share of a
    row."""
    nothing_given(matrices)
    rows = -(-len(matrices) // _ACROSS)
    size = 2.4 + 0.35 * len(classes)
    figure, panels = new_figure(size * min(len(matrices), _ACROSS) + 1, size * rows + 0.4, len(matrices), rows)
    for axes, (name, counts) in zip(panels, matrices.items(), strict=True):
        shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
        axes.imshow(np.ones_like(shares), cmap="gray", vmin=0, vmax=1)
        for row, column in np.ndindex(*counts.shape):
            share = float(shares[row, column])
            axes.add_patch(_square(column, row, share))
            axes.text(
                column,
                row,
                str(int(counts[row, column])),
                ha="center",
                va="center",
                color=PAPER if share > 0.55 else INK,
                fontsize=9.5,
            )
        axes.set_xticks(range(len(classes)), texts(classes, 14), rotation=30, ha="right")
        axes.set_yticks(range(len(classes)), texts(classes, 14))
        axes.tick_params(colors=QUIET, labelsize=8.5, length=0)
        axes.set_title(plain_text(name, 34), color=INK, fontsize=11, loc="left")
        axes.set_xlabel("taken for", color=QUIET, fontsize=9)
        axes.set_ylabel("is", color=QUIET, fontsize=9)
        for spine in axes.spines.values():
            spine.set_visible(False)
    return figure


def _square(column: int, row: int, share: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=COLOURS[0], alpha=0.06 + 0.9 * share, linewidth=0)
