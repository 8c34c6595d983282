"""What every figure of a report shares: colours that do not need colour sight, quiet axes, PNG out."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import write_bytes

INK, QUIET, LINE, PAPER = "#1d2430", "#5a6675", "#d9dee5", "#ffffff"

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#3d3d3d", "#56b4e9", "#8b5a2b")
"""For categories, told apart also without red or green: after Okabe and Ito 2008, their yellow darkened for paper."""

NORMAL, ABNORMAL = COLOURS[0], COLOURS[1]
STYLES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (7, 2, 1.5, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
DPI = 200
_POINTS = 2000


def new_figure(
    width: float = 6.4, height: float = 5.2, panels: int = 1, rows: int = 1, **axes: Any
) -> tuple[Any, list[Any]]:
    """(figure, its axes in ``rows`` rows), inches; without any state that other figures share."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DPI, facecolor=PAPER, layout="constrained")
    layout: Any = figure.get_layout_engine()
    layout.set(w_pad=0.09, h_pad=0.09)
    columns = -(-panels // rows)
    return figure, [figure.add_subplot(rows, columns, n + 1, **axes) for n in range(panels)]


def dress(axes: Any, title: str = "", across: str = "", up: str = "", legend: str | None = None) -> None:
    """Title, names of the axes, a light grid; ``legend`` is its place, or None for none."""
    axes.set_facecolor(PAPER)
    axes.set_axisbelow(True)
    if title:
        axes.set_title(plain_text(title), color=INK, fontsize=12.5, loc="left", pad=9)
    axes.set_xlabel(plain_text(across), color=QUIET, fontsize=10.5)
    axes.set_ylabel(plain_text(up), color=QUIET, fontsize=10.5)
    axes.tick_params(colors=QUIET, labelsize=9.5)
    axes.grid(color=LINE, linewidth=0.7)
    for side, spine in axes.spines.items():
        spine.set_color(QUIET)
        spine.set_linewidth(0.8)
        spine.set_visible(side in ("left", "bottom"))
    if legend is not None and axes.get_legend_handles_labels()[0]:
        axes.legend(loc=legend, frameon=True, framealpha=0.85, edgecolor="none", labelcolor=INK, fontsize=9.5)


def legend_beside(figure: Any, axes: Any) -> None:
    """A legend to the right of the plot, for more lines than it has room for."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", frameon=False, labelcolor=INK, fontsize=9.5)


def colour(n: int) -> str:
    """The colour of the ``n``-th category."""
    return COLOURS[n % len(COLOURS)]


def style(n: int) -> Any:
    """The line of the ``n``-th category: no two of the same colour look the same, and print tells neighbours apart."""
    return STYLES[(n + n // len(COLOURS)) % len(STYLES)]


def marker(n: int) -> str:
    """The mark of the ``n``-th category."""
    return MARKERS[(n + n // len(COLOURS)) % len(MARKERS)]


def plain_text(text: Any, most: int = 80) -> str:
    """Text as matplotlib is to show it: a dollar begins no formula, and an enormous name is cut."""
    from .cell_text import clean

    words = clean(text)
    words = words if len(words) <= most else words[: most - 1] + "…"
    return words.replace("$", r"\$")


def finite_values(values: Any, what: str, empty: bool = False) -> np.ndarray:
    """``values`` as (n,) float64; :class:`InputError` naming ``what`` when there are none or one is not finite."""
    try:
        out = np.asarray(values, dtype=np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise InputError(f"{what} are not all numbers: correct them.", str(error)) from error
    if not out.size and not empty:
        raise InputError(f"{what} are empty: there is nothing to draw.")
    bad = int(np.count_nonzero(~np.isfinite(out)))
    if bad:
        raise InputError(
            f"{bad} of the {out.size} {what[0].lower()}{what[1:]} are not finite numbers (NaN or infinity)."
        )
    return out


def nothing_given(items: Any) -> None:
    """Raise :class:`InputError` when a figure is asked of nothing."""
    if not items:
        raise InputError("There is nothing to draw: the figure got no values.")


def thin(x: np.ndarray, y: np.ndarray, points: int = _POINTS) -> tuple[np.ndarray, np.ndarray]:
    """At most so many points of a curve as can be seen, evenly along it, ends included."""
    if len(x) <= points:
        return x, y
    way = np.append(0.0, np.cumsum(np.abs(np.diff(x)) / _span(x) + np.abs(np.diff(y)) / _span(y)))
    kept = np.unique(np.searchsorted(way, np.linspace(0, way[-1], points)).clip(0, len(x) - 1))
    return x[kept], y[kept]


def squared(axes: Any) -> None:
    """Both axes 0..1, of one length."""
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    axes.set_aspect("equal")


def is_figure(thing: Any) -> bool:
    """Whether it is a matplotlib Figure, without importing matplotlib for it."""
    return hasattr(thing, "savefig") and hasattr(thing, "get_facecolor")


def is_light(figure: Any) -> bool:
    """Whether a figure stands on a light ground."""
    red, green, blue, opaque = figure.get_facecolor()
    return opaque < 0.5 or 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5


def png_bytes(figure: Any) -> bytes:
    """The figure as PNG; the same figure gives the same bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    out = io.BytesIO()
    if figure.get_layout_engine() is not None:
        # Done anew at each drawing, the layout would move a little every time.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    FigureCanvasAgg(figure).print_png(out, metadata={"Software": None}, pil_kwargs={"compress_level": 4})
    return out.getvalue()


def save_png(figure: Any, path: Path | str) -> None:
    """Write the figure as PNG, whole or not at all; GANAnomalyError when the disk refuses."""
    write_bytes(path, png_bytes(figure), "the figure")


def texts(names: Iterable[Any], most: int = 28) -> list[str]:
    """Names for ticks and bars, the long ones cut."""
    return [plain_text(name, most) for name in names]


def _span(values: np.ndarray) -> float:
    return float(np.ptp(values)) or 1.0
