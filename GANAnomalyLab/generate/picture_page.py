"""Many pictures on one page, each with its name."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

_SMALLEST_TILE, _LARGEST_TILE = 192, 512
_LARGEST_PAGE = 12_000
_GAP, _LABEL, _HEAD, _FOOT = 8, 22, 40, 30
_INK, _QUIET, _PAPER = "#f1f3f5", "#9aa4b0", "#15181d"


def tile_side(resolution: int, columns: int) -> int:
    """Screen pixels a picture is wide and high: whole multiples for small networks, less where the page gets large."""
    side = resolution * math.ceil(_SMALLEST_TILE / resolution) if resolution < _SMALLEST_TILE else resolution
    return max(16, min(side, _LARGEST_TILE, _LARGEST_PAGE // max(columns, 1) - _GAP))


def columns_for(count: int) -> int:
    """Columns of a page that is a little wider than high."""
    return min(count, max(1, math.ceil(math.sqrt(count * 1.4))))


def draw_page(pictures: Sequence[np.ndarray], labels: Sequence[str], title: str) -> np.ndarray:
    """Pictures (R, R) or (R, R, 3) uint8 in reading order, a label below each, a title above: uint8 (H, W[, 3])."""
    columns = columns_for(len(pictures))
    rows = -(-len(pictures) // columns)
    page = _Page(tile_side(len(pictures[0]), columns), rows, columns, _colour(pictures), title, "")
    for number, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        page.place(number // columns, number % columns, picture, label)
    return page.pixels()


def draw_crossing(
    rows: Sequence[tuple[str, np.ndarray]],
    columns: Sequence[tuple[str, np.ndarray]],
    cells: Sequence[Sequence[np.ndarray]],
    title: str,
    foot: str,
) -> np.ndarray:
    """A table of pictures: ``rows`` and ``columns`` are heads (label, picture), ``cells[row][column]`` what they give.

    Heads stand a little apart from the cells. Pictures are (R, R) or (R, R, 3) uint8; so is the page.
    """
    sources = [picture for _, picture in (*rows, *columns)]
    side = tile_side(len(sources[0]), max(len(columns), len(rows)) + 1)
    page = _Page(side, len(rows) + 1, len(columns) + 1, _colour(sources), title, foot, apart=2 * _GAP)
    for number, (label, picture) in enumerate(columns, 1):
        page.place(0, number, picture, label, head=True)
    for number, (label, picture) in enumerate(rows, 1):
        page.place(number, 0, picture, label, head=True)
        for column, cell in enumerate(cells[number - 1], 1):
            page.place(number, column, cell, "")
    return page.pixels()


class _Page:
    """A dark page with places for tiles; ``apart`` is the extra space after the first row and column (heads)."""

    def __init__(self, side: int, rows: int, columns: int, colour: bool, title: str, foot: str, apart: int = 0) -> None:
        from PIL import Image, ImageDraw

        self.side, self.apart = side, apart
        self.step = side + _GAP, side + _GAP + _LABEL
        width = _GAP + columns * self.step[0] + apart
        height = _HEAD + rows * self.step[1] + apart + (_FOOT if foot else 0)
        self.image: Image.Image = Image.new("RGB" if colour else "L", (width, height), _PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.draw.text((_GAP, 11), _fitting(self.draw, title, 16, width - 2 * _GAP), fill=_INK, font=_font(16))
        if foot:
            text = _fitting(self.draw, foot, 13, width - 2 * _GAP)
            self.draw.text((_GAP, height - _FOOT + 5), text, fill=_QUIET, font=_font(13))

    def place(self, row: int, column: int, picture: np.ndarray, label: str, head: bool = False) -> None:
        from PIL import Image

        x = _GAP + column * self.step[0] + (self.apart if column else 0)
        y = _HEAD + row * self.step[1] + (self.apart if row else 0)
        tile = Image.fromarray(picture)
        if tile.width != self.side:
            # Whole pixels as squares when enlarging: smoothing would show detail that the network did not make.
            larger = self.side % tile.width == 0 and self.side > tile.width
            tile = tile.resize((self.side,) * 2, Image.Resampling.NEAREST if larger else Image.Resampling.BOX)
        self.image.paste(tile, (x, y))
        if label:
            colour = _INK if head else _QUIET
            self.draw.text((x, y + self.side + 3), _fitting(self.draw, label, 13, self.side), colour, font=_font(13))

    def pixels(self) -> np.ndarray:
        return np.asarray(self.image)


def _colour(pictures: Sequence[np.ndarray]) -> bool:
    return any(picture.ndim == 3 for picture in pictures)


def _fitting(draw: Any, text: str, size: int, width: int) -> str:
    """``text``, its end left out where it is wider than ``width`` pixels; only letters that every Pillow draws."""
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    short, keep = text, len(text)
    while keep > 1 and draw.textlength(short, font=_font(size)) > width:
        keep -= 1
        short = text[:keep].rstrip() + "..."
    return short


def _font(size: int) -> Any:
    from PIL import ImageFont

    try:
        return ImageFont.load_default(size)
    except (ImportError, TypeError):  # a Pillow without FreeType has one size only
        return ImageFont.load_default()
