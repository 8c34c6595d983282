"""Pairs beside each other, and how far images are apart."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...report.distributions import stairs
from ...report.drawing import colour, dress, new_figure
from .authenticity_evaluation import Authenticity
from .picture_sets import REAL, SYNTHETIC
from .projector import colours

_GAP = 4


def pair_picture(found: Authenticity, synthetic: int, real: int) -> bytes:
    """A PNG: the synthetic image on the left, the real one on the right."""
    from PIL import Image

    both = [colours(found.sets[name].pixels(n)) for name, n in ((SYNTHETIC, synthetic), (REAL, real))]
    side = both[0].shape[0]
    sheet = Image.new("RGB", (2 * side + _GAP, side), (128, 128, 128))
    for n, pixels in enumerate(both):
        sheet.paste(Image.fromarray(pixels), (n * (side + _GAP), 0))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def distance_figure(distances: Mapping[str, np.ndarray], space: str, title: str = "Distances to the nearest") -> Any:
    """Histograms over each other, by name (n,) cosine distances, NaN left out."""
    held = {name: values[np.isfinite(values)] for name, values in distances.items()}
    held = {name: values for name, values in held.items() if len(values)}
    figure, (axes,) = new_figure(6.8, 4.4)
    most = max(float(values.max()) for values in held.values())
    bars = int(np.clip(2 * np.sqrt(min(map(len, held.values()))), 8, 40))
    edges = np.linspace(0, most or 1, bars + 1)
    for n, (name, values) in enumerate(held.items()):
        stairs(axes, np.histogram(values, edges)[0] / len(values), edges, colour(n), f"{name} (n = {len(values):,})")
    axes.set_ylim(0, axes.get_ylim()[1] * 1.22)
    dress(axes, title, f"cosine distance in {space}", "share", "best")
    return figure
