"""The one-page picture of a result: what was found, where, and how each slice scored."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from ..domain.verdict import UNKNOWN
from ..files import write_whole
from ..models.score_units import CALIBRATED, score_text, short_unit
from ..results.colours import finding_colour, grey, heat_limits, heat_rgba, heat_table
from ..results.result import AnalysisResult, Finding, domain_of
from ..results.usual import UsualLine, standing
from ..volume.orient import AxialStack
from ..volume.volume import Volume
from . import manifest_facts as facts
from .result_maps import read_map
from .score_curve import INK, LINE, PAPER, QUIET, draw_curve

_PAGE_INCHES, _DPI = (13.0, 10.4), 120
_LETTERS = {"axial": "RLAP", "coronal": "RLSI", "sagittal": "RLSI"}
_HEADING = 125
"""Letters that fit below the heading."""
_THUMBNAILS = 3
_TABLE_ROWS = 6
_LINE = 76
"""Letters of a sentence in a line beside the curve."""
_NONE = "No patch scored high enough to be listed."
_MM_AROUND_THUMBNAIL = 60.0


def write_summary(result: AnalysisResult, volume: Volume, path: Path | str, title: str = "") -> None:
    """Write the summary as a PNG of 1560 x 1248 pixels, whole or not at all.

    Parameters
    ----------
    result: an open result, its maps on the volume's grid.
    volume: the analysed volume.
    path: where to.
    title: what was analysed, in the user's words; no file name is taken, it may hold a patient's.

    Raises :class:`InputError` when a map is missing or of another volume, :class:`GANAnomalyError` when the picture
    cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    page = _Page(result, volume)
    # A figure of its own: pyplot keeps every figure it makes and picks a backend for the whole process.
    figure = Figure(figsize=_PAGE_INCHES, dpi=_DPI, facecolor=PAPER)
    canvas = FigureCanvasAgg(figure)
    _draw_heading(figure, page, title)
    _draw_slice(figure, page)
    draw_curve(figure.add_axes((0.06, 0.085, 0.43, 0.29)), result, page.findings)
    _draw_thumbnails(figure, page)
    _draw_table(figure, page)
    figure.text(0.5, 0.016, facts.RESEARCH_ONLY, color=QUIET, ha="center", fontsize=10)
    write_whole(path, canvas.print_png, "the picture")


class _Page:
    """The numbers on the page: slices as they are shown, heat limits, and where findings lie in them."""

    def __init__(self, result: AnalysisResult, volume: Volume) -> None:
        heat = read_map(result.path("heatmap"), volume)
        reconstruction = read_map(result.path("reconstruction"), volume)
        self.result, self.volume = result, volume
        # A picture has neither a modality nor millimetres, and nobody knows which of its sides is whose right.
        self.placed = volume.meta.get("kind") != "picture"
        self.modality = volume.modality or ("CT" if self.placed else "Picture")
        self.findings = sorted(result.findings, key=lambda finding: finding.rank)
        self.domain = domain_of(result.manifest)
        self.line = UsualLine.of(result.manifest.get("slice_thresholds"))
        self.window, self.level = facts.window_level(result)
        self.low, self.high = heat_limits(heat, facts.heatmap_threshold(result))
        self.stack = AxialStack.from_volume(volume)
        self.heat = AxialStack.from_volume(volume.like(heat)).slices
        self.reconstruction = AxialStack.from_volume(volume.like(reconstruction)).slices
        self.shown = self.stack.slices
        if volume.colours is not None:
            restored = read_map(result.path("reconstruction_colours"), volume, np.uint8)
            self.shown, self.reconstruction = (self.stack.colours(c) for c in (volume.colours, restored))

    @property
    def slice(self) -> int:
        """The slice shown large: the first finding's, else the highest scored, else the middle one."""
        if self.findings:
            return self.findings[0].slice
        scored = [row for row in self.result.scores if isinstance(row.get("score"), (int, float))]
        if scored:
            return int(max(scored, key=lambda row: row["score"])["slice"])
        return len(self.stack.slices) // 2

    def picture(self, index: int) -> np.ndarray:
        """(H, W) uint8 of a slice, or (H, W, 3) of one in colours."""
        return grey(self.shown[index], self.window, self.level)

    def colours(self, index: int) -> np.ndarray:
        """(H, W, 4) heat to lay over a slice's picture."""
        return heat_rgba(self.heat[index], self.low, self.high)

    def box(self, finding: Finding) -> tuple[float, float, float, float]:
        """(row, column, height, width) of a finding's box in a slice, edges at half pixels."""
        ijk = np.array(finding.box_ijk, dtype=float).T
        corners = self.stack.ijk_to_stack(np.stack([ijk[0], ijk[1] - 1]))[:, 1:]
        first, last = corners.min(axis=0), corners.max(axis=0)
        return first[0] - 0.5, first[1] - 0.5, last[0] - first[0] + 1, last[1] - first[1] + 1

    def pixel(self, finding: Finding) -> tuple[float, float]:
        """(column, row) of a finding's centre."""
        _, row, column = self.stack.ijk_to_stack(self.volume.ijk(np.array(finding.centre_ras)))
        return float(column), float(row)

    def shown_in(self, index: int) -> list[tuple[int, Finding]]:
        """(number, finding) of those that reach a slice."""
        return [(n, f) for n, f in enumerate(self.findings) if f.slices[0] <= index <= f.slices[1]]


def _draw_heading(figure: Any, page: _Page, title: str) -> None:
    figure.text(
        0.03, 0.962, title or f"{page.modality} analysis", color=INK, fontsize=19, fontweight="bold", va="center"
    )
    count = len(page.findings)
    said = f"{count} finding{'' if count == 1 else 's'}" if count else "no findings"
    odd = f"     {page.domain.verdict} scan" if page.domain.reasons else ""
    if page.line is not None and count:
        said += f", {page.line.count(f.score for f in page.findings)} above the usual"
    analysed = len(page.result.scores)
    slices = f"{analysed} slice{'' if analysed == 1 else 's'}"
    scores = ", ".join(dict.fromkeys(filter(None, (facts.metric_title(page.result), facts.unit(page.result)))))
    line = f"Model: {facts.model_title(page.result)}     Scores: {scores}     {slices}, {said}{odd}"
    figure.text(0.03, 0.927, line, color=QUIET, fontsize=11.5 * min(1.0, _HEADING / len(line)), va="center")
    figure.text(0.97, 0.962, "GANAnomaly", color=QUIET, fontsize=13, ha="right", va="center")


def _draw_slice(figure: Any, page: _Page) -> None:
    index = page.slice
    normal = grey(page.reconstruction[index], page.window, page.level)
    pictures = {
        f"{page.modality}, slice {index}": (page.picture(index), None),
        "Closest normal image": (normal, None),
        "Where they differ": (page.picture(index), page.colours(index)),
    }
    for n, (name, (picture, colours)) in enumerate(pictures.items()):
        axes = figure.add_axes((0.03 + 0.305 * n, 0.47, 0.295, 0.405))
        _show(axes, page, picture, colours)
        axes.set_title(name, color=INK, fontsize=12, pad=7)
        for number, finding in page.shown_in(index):
            _draw_box(axes, page, number, finding, label=n == 2)
        if n == 0 and page.placed:
            _draw_ruler(axes, page)
    _draw_heat_scale(figure.add_axes((0.945, 0.53, 0.011, 0.29)), page)


def _show(axes: Any, page: _Page, picture: np.ndarray, colours: np.ndarray | None) -> None:
    """A slice with square millimetres, black around it, and the patient's directions, where known, at its borders."""
    _paint(axes, page, picture, colours)
    axes.set_adjustable("datalim")
    for spine in axes.spines.values():
        spine.set_color(LINE)
    if not page.placed:
        return
    places = [(0.015, 0.5, "left", "center"), (0.985, 0.5, "right", "center")]
    places += [(0.5, 0.985, "center", "top"), (0.5, 0.015, "center", "bottom")]
    letters = "APSI" if page.stack.plane == "sagittal" else _LETTERS[page.stack.plane]
    for letter, (x, y, across, up) in zip(letters, places, strict=True):
        axes.text(x, y, letter, transform=axes.transAxes, color=INK, ha=across, va=up, fontsize=10.5)


def _paint(axes: Any, page: _Page, picture: np.ndarray, colours: np.ndarray | None) -> None:
    """Grey, smoothly enlarged as a viewing station does it, with heat over it where given."""
    row_mm, column_mm = page.stack.spacing_mm[1:]
    aspect = row_mm / column_mm
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, aspect=aspect, interpolation="lanczos")
    if colours is not None:
        axes.imshow(colours, aspect=aspect, interpolation="bilinear")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor("black")


def _draw_box(axes: Any, page: _Page, number: int, finding: Finding, label: bool) -> None:
    from matplotlib.patches import Rectangle

    row, column, height, width = page.box(finding)
    colour = finding_colour(number)
    axes.add_patch(Rectangle((column, row), width, height, fill=False, edgecolor=colour, linewidth=1.8))
    if label:
        axes.text(column + width / 2, row - 1, str(finding.rank), color=colour, ha="center", va="bottom", fontsize=11)


def _draw_ruler(axes: Any, page: _Page) -> None:
    """A round length near a quarter of the picture, at its lower left."""
    column_mm = page.stack.spacing_mm[2]
    quarter = page.stack.slices.shape[2] * column_mm / 4
    length = max((n for n in (5, 10, 20, 50, 100, 200) if n <= quarter), default=5)
    # The picture fills the width or the height of its axes; the data limits only settle here.
    axes.apply_aspect()
    share = length / column_mm / abs(np.diff(axes.get_xlim())[0])
    axes.plot([0.03, 0.03 + share], [0.045, 0.045], transform=axes.transAxes, color=INK, linewidth=2)
    said = f"{length // 10} cm" if length >= 10 else f"{length} mm"
    axes.text(0.03, 0.06, said, transform=axes.transAxes, color=INK, fontsize=9.5, va="bottom")


def _draw_heat_scale(axes: Any, page: _Page) -> None:
    ends = (0, 1, page.low, page.high)
    axes.imshow(heat_table()[:, None], aspect="auto", origin="lower", extent=ends, interpolation="bilinear")
    axes.set_xticks([])
    axes.yaxis.tick_right()
    axes.tick_params(colors=QUIET, labelsize=9.5, length=3)
    unit = short_unit(facts.unit(page.result))
    axes.set_title(f"heat\n{unit}" if unit else "heat", color=QUIET, fontsize=10, pad=6)
    for spine in axes.spines.values():
        spine.set_color(LINE)


def _draw_thumbnails(figure: Any, page: _Page) -> None:
    """The best findings close up, CT with heat, each in its own slice."""
    row_mm, column_mm = page.stack.spacing_mm[1:]
    for n, finding in enumerate(page.findings[:_THUMBNAILS]):
        axes = figure.add_axes((0.54 + 0.145 * n, 0.255, 0.135, 0.169))
        _show_close(axes, page, n, finding, (row_mm, column_mm))
        axes.set_title(f"{finding.rank}: slice {finding.slice}", color=finding_colour(n), fontsize=10.5, pad=5)


def _show_close(axes: Any, page: _Page, number: int, finding: Finding, mm: tuple[float, float]) -> None:
    _paint(axes, page, page.picture(finding.slice), page.colours(finding.slice))
    row, column, height, width = page.box(finding)
    half = max(_MM_AROUND_THUMBNAIL, 0.7 * max(height * mm[0], width * mm[1]))
    middle_row, middle_column = row + height / 2, column + width / 2
    axes.set_xlim(middle_column - half / mm[1], middle_column + half / mm[1])
    axes.set_ylim(middle_row + half / mm[0], middle_row - half / mm[0])
    _draw_box(axes, page, number, finding, label=False)
    for spine in axes.spines.values():
        spine.set_color(finding_colour(number))


def _draw_table(figure: Any, page: _Page) -> None:
    columns = [(0.0, "finding"), (0.12, "score"), (0.34, "slices")]
    columns += [
        (0.525, "centre R, A, S (mm)" if page.placed else "centre column, row"),
        (0.82, "size (mm)" if page.placed else "size (pixels)"),
    ]
    left, width, top, step = 0.54, 0.43, 0.215, 0.0245
    for x, name in columns:
        figure.text(left + x * width, top, name, color=QUIET, fontsize=10)
    rows, unit = page.findings[:_TABLE_ROWS], facts.unit(page.result)
    for n, finding in enumerate(rows):
        first, last = finding.slices
        cells = [
            str(finding.rank),
            # Longer units stand in the heading only: the column is narrow.
            score_text(finding.score, unit if unit == CALIBRATED else ""),
            str(first) if first == last else f"{first} to {last}",
            ", ".join(f"{value:.0f}" for value in (finding.centre_ras if page.placed else page.pixel(finding))),
            " x ".join(f"{value:.0f}" for value in finding.size_mm[: None if page.placed else 2]),
        ]
        for k, ((x, _), cell) in enumerate(zip(columns, cells, strict=True)):
            faint = page.line is not None and finding.score <= page.line.score
            colour = finding_colour(n) if k == 0 else QUIET if faint else INK
            figure.text(left + x * width, top - step * (n + 1), cell, color=colour, fontsize=10.5)
    if not rows:
        withheld = page.domain.verdict == UNKNOWN
        said = [standing([], page.line, unit, page.domain.verdict), *page.domain.reasons] if withheld else [_NONE]
        lines = [line for sentence in said for line in textwrap.wrap(sentence, _LINE)][:_TABLE_ROWS]
        figure.text(left, top - step, "\n".join(lines), color=INK, fontsize=10.5, va="top", linespacing=1.5)
    elif len(page.findings) > _TABLE_ROWS:
        more = f"and {len(page.findings) - _TABLE_ROWS} more in the findings file"
        figure.text(left, top - step * (_TABLE_ROWS + 1), more, color=QUIET, fontsize=9.5)
