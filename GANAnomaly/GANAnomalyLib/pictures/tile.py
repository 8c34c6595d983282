"""One case as a small picture: the slice of its top finding, the edge of what is hot in it, and the patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..results.colours import finding_colour, grey, heat_limits, heat_table
from ..results.result import AnalysisResult
from ..volume import AxialStack, Volume, body_box, modality_of
from . import manifest_facts as facts
from .result_maps import read_map

if TYPE_CHECKING:
    from PIL import Image

TILE = 264
_MARGIN_MM = 8.0
_EDGE_COLOUR = 0.72


@dataclass(frozen=True)
class _View:
    """Where a part of a slice lands in the tile: the part (r0, r1, c0, c1) in pixels and its size (h, w) there."""

    part: tuple[int, int, int, int]
    size: tuple[int, int]
    start: tuple[int, int]

    @classmethod
    def fit(cls, part: tuple[int, int, int, int], row_mm: float, column_mm: float) -> _View:
        height, width = (part[1] - part[0]) * row_mm, (part[3] - part[2]) * column_mm
        scale = TILE / max(height, width)
        size = max(round(height * scale), 1), max(round(width * scale), 1)
        return cls(part, size, ((TILE - size[0]) // 2, (TILE - size[1]) // 2))

    def place(self, row: float, column: float) -> tuple[float, float]:
        """A point of the slice (pixel centres are whole numbers) in the tile."""
        r0, r1, c0, c1 = self.part
        down = (row + 0.5 - r0) / (r1 - r0) * self.size[0] + self.start[0]
        across = (column + 0.5 - c0) / (c1 - c0) * self.size[1] + self.start[1]
        return down, across


def draw_tile(result: AnalysisResult, volume: Volume) -> Image.Image:
    """A square RGB picture of :data:`TILE` pixels, square in millimetres, cropped to the body.

    Without a finding it shows the slice with the highest score. Raises :class:`~GANAnomalyLib.errors.InputError` when
    the result's heatmap is missing or of another volume.
    """
    from PIL import Image, ImageDraw

    heat = read_map(result.path("heatmap"), volume)
    low, _ = heat_limits(heat, facts.heatmap_threshold(result))
    stack = AxialStack.from_volume(volume)
    index = _slice(result, len(stack.slices))
    window, level = facts.window_level(result)
    hot = AxialStack.from_volume(volume.like(heat)).slices[index]
    plane = stack.slices[index] if volume.colours is None else stack.colours(volume.colours)[index]
    row_mm, column_mm = stack.spacing_mm[1:]
    view = _View.fit(_part(volume, stack, index, level - window / 2), row_mm, column_mm)
    rgb = np.zeros((TILE, TILE, 3), np.uint8)
    rows = slice(view.start[0], view.start[0] + view.size[0])
    columns = slice(view.start[1], view.start[1] + view.size[1])
    for channel, values in enumerate(np.moveaxis(np.broadcast_to(np.atleast_3d(plane), (*plane.shape[:2], 3)), -1, 0)):
        picture = _cut(grey(values, window, level).astype(np.float32), view, Image.Resampling.LANCZOS)
        rgb[rows, columns, channel] = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    edge = _edge(_cut(hot, view, Image.Resampling.BILINEAR) >= low)
    table = heat_table()
    rgb[rows, columns][edge] = np.rint(table[round(_EDGE_COLOUR * (len(table) - 1))] * 255)
    tile = Image.fromarray(rgb)
    if result.findings:
        ijk = np.array(result.findings[0].box_ijk, dtype=float).T
        corners = stack.ijk_to_stack(np.stack([ijk[0], ijk[1] - 1]))[:, 1:]
        (top, left), (bottom, right) = corners.min(axis=0) - 0.5, corners.max(axis=0) + 0.5
        first, last = view.place(top, left), view.place(bottom, right)
        colour = tuple(round(255 * part) for part in finding_colour(0))
        ImageDraw.Draw(tile).rectangle((first[1], first[0], last[1], last[0]), outline=colour, width=2)
    return tile


def _slice(result: AnalysisResult, count: int) -> int:
    if result.findings:
        return result.findings[0].slice
    scored = [row for row in result.scores if isinstance(row.get("score"), (int, float))]
    return int(max(scored, key=lambda row: row["score"])["slice"]) if scored else count // 2


def _part(volume: Volume, stack: AxialStack, index: int, floor: float) -> tuple[int, int, int, int]:
    """The body with a margin, never less than the slice would show of it; the whole slice where there is no body."""
    height, width = stack.slices.shape[1:]
    if volume.meta.get("kind") == "picture":
        return 0, height, 0, width
    body = modality_of(volume.modality).find_body(stack.slices[index : index + 1], floor, stack.spacing_mm)
    r0, r1, c0, c1 = body_box(body.mask, _MARGIN_MM, stack.spacing_mm)
    return max(r0, 0), min(r1, height), max(c0, 0), min(c1, width)


def _cut(plane: np.ndarray, view: _View, how: int) -> np.ndarray:
    """The view's part of a slice at the view's size, float32."""
    from PIL import Image

    r0, r1, c0, c1 = view.part
    part = Image.fromarray(np.ascontiguousarray(plane[r0:r1, c0:c1], dtype=np.float32))
    return np.asarray(part.resize((view.size[1], view.size[0]), how))


def _edge(mask: np.ndarray) -> np.ndarray:
    """The outermost pixels of what is marked, up to two deep; the picture's border is no edge."""
    inner = mask
    for _ in range(2):
        padded = np.pad(inner, 1, constant_values=True)
        inner = inner & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    edge: np.ndarray = mask & ~inner
    return edge
