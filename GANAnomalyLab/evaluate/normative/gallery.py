"""The same few slices for every model: what there was, what each restored, its map, and the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.results.colours import finding_colour, heat_table
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.running.background import interruptible
from GANAnomalyLib.running.progress import CancelToken

from ...report.drawing import INK, new_figure, plain_text
from .comparison_tables import MAP_ONLY, Judged, healthy_cases, lesion_slices
from .normative_evaluation import HEALTHY
from .normative_report import ANALYSES
from .restored_scans import Scan, SliceView, read_view

RULE = (
    "Of each dataset the slice that shows the largest area of lesion, and, of the slices that show most of each scan's "
    "lesions, the one of median area; of the healthy scans the middle slice of the middle one by name."
)
SAID = (
    "Above the input and each model's restoration, below the truth and each model's map, from 0 to twice the heat that "
    "{percent} of healthy pixels exceed; the line is the lesion's edge. {rule}{no_restoration}"
)
_PER_BAND = 6
_PANEL = 1.32


@dataclass(frozen=True)
class Shown:
    """One slice: its ``words``, and by model what is to be seen of it, with the heat at the end of the colours."""

    words: str
    views: Mapping[str, tuple[SliceView, float]]


def chosen_slices(judged: Sequence[Judged]) -> dict[str, list[tuple[str, int, str]]]:
    """By dataset, the (case, slice, words) that :data:`RULE` chooses; the same for all models, by the truth alone."""
    finished = [one for one in judged if one.data]
    out: dict[str, list[tuple[str, int, str]]] = {}
    for name, rows in lesion_slices(judged).items():
        places = {len(rows) // 2: "lesion of median area", 0: "largest lesion"} if rows else {}
        out[name] = [(rows[n]["case"], rows[n]["slice"], words) for n, words in sorted(places.items())]
    common = sorted(set.intersection(*(healthy_cases(one) for one in finished)))
    if common:
        case = common[len(common) // 2]
        numbers = [row["slice"] for row in AnalysisResult.read(finished[0].folder / ANALYSES / HEALTHY / case).scores]
        out[HEALTHY] = [(case, numbers[len(numbers) // 2], "healthy")]
    return out


def read_shown(
    judged: Sequence[Judged], dataset: str, case: str, number: int, words: str, mask: Path | None, cancel: CancelToken
) -> Shown:
    """A slice as all finished models see it. Raises :class:`InputError` for a result that cannot be read."""
    views = {}
    for one in judged:
        if one.data:
            cancel.check()
            scan = Scan(case, one.folder / ANALYSES / dataset / case, mask)
            view = interruptible(cancel, read_view, scan, number)
            views[_called(one)] = view, _top(one, view)
    return Shown(f"{case}, slice {number}: {words}", views)


def gallery_figure(shown: Sequence[Shown]) -> Any:
    """A figure of two rows for each slice and six models: input and restorations, truth and maps."""
    models = list(shown[0].views)
    bands = [models[first : first + _PER_BAND] for first in range(0, len(models), _PER_BAND)]
    columns = 1 + len(bands[0])
    rows = 2 * len(bands) * len(shown)
    tall = max(_ratio(next(iter(one.views.values()))[0]) for one in shown)
    figure, panels = new_figure(columns * _PANEL, rows * _PANEL * tall + 0.3 * rows, rows * columns, rows)
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    for axes in panels:
        axes.set_axis_off()
    at = 0
    for one in shown:
        for band in bands:
            above, below = panels[at : at + columns], panels[at + columns : at + 2 * columns]
            at += 2 * columns
            _draw(one, band, above, below, band is bands[0])
    return figure


def said(judged: Sequence[Judged]) -> str:
    """What the pictures show, in words."""
    rates = [rate for one in judged for rate in one.data.get("thresholds", {})]
    memory = any(one.data and not one.data.get("restores", True) for one in judged)
    lowest = f"{100 * min(map(float, rates)):g} %" if rates else "few"
    return SAID.format(percent=lowest, rule=RULE, no_restoration=f" *: {MAP_ONLY}." if memory else "")


def _draw(one: Shown, band: Sequence[str], above: Sequence[Any], below: Sequence[Any], first: bool) -> None:
    view = one.views[band[0]][0]
    _grey(above[0], view.original[view.box], view, "input")
    _grey(below[0], view.original[view.box], view, "truth")
    _edge(below[0], view, filled=True)
    if first:
        above[0].set_title(f"{plain_text(one.words, 70)}\ninput", fontsize=8, color=INK, pad=2, loc="left")
    for n, name in enumerate(band, 1):
        seen, top = one.views[name]
        _grey(above[n], seen.restored[seen.box], seen, plain_text(name, 16))
        below[n].imshow(seen.heat[seen.box], cmap=_colours(), vmin=0, vmax=top, aspect=_aspect(seen))
        _edge(below[n], seen)


def _grey(axes: Any, picture: np.ndarray, view: SliceView, title: str) -> None:
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, aspect=_aspect(view))
    axes.set_title(title, fontsize=8, color=INK, pad=2, loc="left")


def _edge(axes: Any, view: SliceView, filled: bool = False) -> None:
    if view.lesion is None or not view.lesion[view.box].any():
        return
    lesion = view.lesion[view.box].astype(float)
    colour = finding_colour(0)
    if filled:
        axes.contourf(lesion, levels=[0.5, 1.5], colors=[colour], alpha=0.35)
    axes.contour(lesion, levels=[0.5], colors=[colour], linewidths=0.8)


def _colours() -> Any:
    from matplotlib.colors import ListedColormap

    return ListedColormap(heat_table())


def _top(one: Judged, view: SliceView) -> float:
    thresholds = one.data.get("thresholds", {})
    top = 2 * max(thresholds.values(), default=0.0)
    return top if top > 0 else max(float(view.heat.max()), 1e-6)


def _called(one: Judged) -> str:
    return one.name if one.data.get("restores", True) else f"{one.name}*"


def _aspect(view: SliceView) -> float:
    return view.pixel_mm[0] / view.pixel_mm[1]


def _ratio(view: SliceView) -> float:
    """Height over width of what is shown, in millimetres."""
    height, width = view.original[view.box].shape
    return height / width * _aspect(view)
