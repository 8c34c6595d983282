"""Small drawings that a page of HTML (as SVG) and a PDF show alike: a grey picture with lines, boxes and words over it.

Units are points (1/72 inch), from the upper left corner. Nothing in them needs a colour: what marks a place is white
with a black edge, and numbered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["ink", "quiet", "mark"]
"""Black, grey, or white with a black edge (over pictures)."""
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True)
class Line:
    """A line through points, ``closed`` to an outline; ``filled`` with its own tone. ``dashes`` in points."""

    points: tuple[tuple[float, float], ...]
    width: float = 0.8
    tone: Tone = "ink"
    closed: bool = False
    filled: bool = False
    dashes: tuple[float, ...] = ()


@dataclass(frozen=True)
class Label:
    """A few words; ``y`` is their base line."""

    x: float
    y: float
    text: str
    size: float = 7.0
    anchor: Anchor = "middle"
    tone: Tone = "ink"
    bold: bool = False


@dataclass(frozen=True)
class Drawing:
    """``picture`` is a grey PNG that fills ``picture_box`` (x, y, width, height), b"" for none; the space around it is
    black where ``dark``. ``caption`` stands below, ``alt`` says what is shown to those who cannot see it."""

    width: float
    height: float
    picture: bytes = b""
    picture_box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    shapes: list[Line | Label] = field(default_factory=list)
    caption: str = ""
    alt: str = ""
    dark: bool = False


def box(x0: float, y0: float, x1: float, y1: float, width: float = 1.0, tone: Tone = "mark") -> Line:
    """The outline of a rectangle."""
    return Line(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), width, tone, closed=True)
