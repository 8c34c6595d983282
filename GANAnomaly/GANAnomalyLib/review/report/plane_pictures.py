"""Where a finding lies: its slice, close up, and the two planes across, as drawings with a numbered box."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from ...pictures import manifest_facts as facts
from ...results.colours import grey
from ...results.result import AnalysisResult, Finding
from ...volume.body import body_box
from ...volume.modality import modality_of
from ...volume.orient import AxialStack
from ...volume.volume import Volume
from .drawing_shapes import Drawing, Label, Line, box
from .report_words import Words

SIDE = 122.0
"""Points: four pictures beside each other fit between the margins of both papers."""
_PIXELS = 320
_MARGIN_MM, _AROUND_MM = 8.0, 45.0
_FINE = 128
_LEAST_BOX = 7.0
"""Points: smaller boxes would hide what they mark, and a point is shown as one."""
_LETTERS = {"axial": ("R", "L", "A", "P"), "coronal": ("R", "L", "S", "I"), "sagittal": ("A", "P", "S", "I")}
"""At the left, right, upper and lower border."""


@dataclass(frozen=True)
class _Plane:
    """Pixels (H, W) as they are shown, the size of one in mm, and a box (row, column; row, column) on them."""

    name: str
    pixels: np.ndarray
    mm: tuple[float, float]
    box: tuple[float, float, float, float]
    caption: str


class PlanePictures:
    """Drawings of places in one volume.

    Parameters
    ----------
    result: tells the window.
    volume: the image that was analysed.
    words: the report's language.
    """

    def __init__(self, result: AnalysisResult, volume: Volume, words: Words) -> None:
        self._volume, self._words = volume, words
        self._stack = AxialStack.from_volume(volume)
        self._window, self._level = facts.window_level(result)
        self.placed = volume.meta.get("kind") != "picture"

    @property
    def slices(self) -> int:
        """How many there are."""
        return len(self._stack.slices)

    def of_finding(self, finding: Finding) -> list[Drawing]:
        """Its slice, the slice close up, and the planes across where there are any."""
        ijk = np.array(finding.box_ijk, dtype=float).T
        corners = self._stack.ijk_to_stack(np.stack([ijk[0], ijk[1] - 1]))
        return self._planes(corners, finding.slice, str(finding.rank))

    def of_place(self, centre_ras: tuple[float, float, float], size_mm: tuple[float, ...], name: str) -> list[Drawing]:
        """As :meth:`of_finding`, of a place that a reader marked; none where it lies outside the image."""
        centre = self._volume.ijk(np.array(centre_ras))
        half = np.maximum(np.array(size_mm) / np.array(self._volume.spacing) - 1, 0) / 2
        corners = self._stack.ijk_to_stack(np.stack([centre - half, centre + half]))
        middle = corners.mean(axis=0)
        if not (np.isfinite(middle).all() and (middle > -1).all() and (middle < self._stack.slices.shape).all()):
            return []
        return self._planes(corners, self.slice_at(centre_ras), name)

    def slice_at(self, centre_ras: tuple[float, float, float]) -> int:
        """The slice nearest to a point, within the image."""
        place = self._stack.ijk_to_stack(self._volume.ijk(np.array(centre_ras)))[0]
        return int(np.clip(round(float(np.nan_to_num(place))), 0, self.slices - 1))

    def _planes(self, corners: np.ndarray, index: int, name: str) -> list[Drawing]:
        stack, words = self._stack, self._words
        low, high = corners.min(axis=0) - 0.5, corners.max(axis=0) + 0.5
        index = min(max(index, 0), self.slices - 1)
        axial = stack.slices[index]
        part = self._part(index)
        slice_mm, row_mm, column_mm = stack.spacing_mm
        caption = words.say("Slice {number}", number=index) if self.placed else words.say("The image")
        flat = _Plane(stack.plane, axial, (row_mm, column_mm), (low[1], low[2], high[1], high[2]), caption)
        drawings = [self._drawn(flat, part, name), self._close(flat, name)]
        if self.slices > 1:
            # Feet below: slices run from there, and rows of a picture from above.
            upside = slice(None, None, -1)
            up = self.slices - 1 - high[0], self.slices - 1 - low[0]
            row, column = (
                int(np.clip(round(float(corners[:, n].mean())), 0, stack.slices.shape[n] - 1)) for n in (1, 2)
            )
            coronal = _Plane(
                "coronal",
                stack.slices[upside, row],
                (slice_mm, column_mm),
                (up[0], low[2], up[1], high[2]),
                words.say("Coronal"),
            )
            sagittal = _Plane(
                "sagittal",
                stack.slices[upside, :, column],
                (slice_mm, row_mm),
                (up[0], low[1], up[1], high[1]),
                words.say("Sagittal"),
            )
            drawings.append(self._drawn(coronal, (0, self.slices, part[2], part[3]), name))
            drawings.append(self._drawn(sagittal, (0, self.slices, part[0], part[1]), name))
        return drawings

    def _part(self, index: int) -> tuple[int, int, int, int]:
        """Rows and columns that show the body, a margin around it; all of them where there is none."""
        plane = self._stack.slices[index : index + 1]
        height, width = plane.shape[1:]
        if not self.placed:
            return 0, height, 0, width
        # A box needs no fine outline.
        step = max(min(height, width) // _FINE, 1)
        slice_mm, row_mm, column_mm = self._stack.spacing_mm
        spacing, floor = (slice_mm, row_mm * step, column_mm * step), self._level - self._window / 2
        body = modality_of(self._volume.modality).find_body(plane[:, ::step, ::step], floor, spacing)
        r0, r1, c0, c1 = (step * side for side in body_box(body.mask, _MARGIN_MM, spacing))
        return max(r0, 0), min(r1, height), max(c0, 0), min(c1, width)

    def _close(self, plane: _Plane, name: str) -> Drawing:
        """The place itself, larger and with its corners marked only, so that nothing covers it."""
        r0, c0, r1, c1 = plane.box
        reach_mm = max(_AROUND_MM, 0.75 * max((r1 - r0) * plane.mm[0], (c1 - c0) * plane.mm[1]))
        if not self.placed:
            reach_mm = max(0.15 * max(plane.pixels.shape) * plane.mm[0], 0.75 * (r1 - r0) * plane.mm[0])
        half = reach_mm / plane.mm[0], reach_mm / plane.mm[1]
        middle = (r0 + r1) / 2, (c0 + c1) / 2
        height, width = plane.pixels.shape
        part = (
            int(np.clip(np.floor(middle[0] - half[0]), 0, height - 1)),
            int(np.clip(np.ceil(middle[0] + half[0]) + 1, 1, height)),
            int(np.clip(np.floor(middle[1] - half[1]), 0, width - 1)),
            int(np.clip(np.ceil(middle[1] + half[1]) + 1, 1, width)),
        )
        return self._drawn(plane, part, name, close=True)

    def _drawn(self, plane: _Plane, part: tuple[int, int, int, int], name: str, close: bool = False) -> Drawing:
        r0, r1, c0, c1 = part
        height_mm, width_mm = (r1 - r0) * plane.mm[0], (c1 - c0) * plane.mm[1]
        scale = SIDE / max(height_mm, width_mm)
        height, width = height_mm * scale, width_mm * scale
        left, top = (SIDE - width) / 2, (SIDE - height) / 2
        pixels = grey(plane.pixels[r0:r1, c0:c1], self._window, self._level)
        enlarge = _PIXELS / SIDE
        png = _png(pixels, (max(round(width * enlarge), 1), max(round(height * enlarge), 1)))

        def at(row: float, column: float) -> tuple[float, float]:
            # Pixel edges: a box's ends are half a pixel outside its outermost pixels.
            return left + (column + 0.5 - c0) / (c1 - c0) * width, top + (row + 0.5 - r0) / (r1 - r0) * height

        (x0, y0), (x1, y1) = at(plane.box[0], plane.box[1]), at(plane.box[2], plane.box[3])
        x0, x1 = _widened(x0, x1)
        y0, y1 = _widened(y0, y1)
        shapes: list[Line | Label] = list(_corners(x0, y0, x1, y1)) if close else [box(x0, y0, x1, y1)]
        if not close:
            shapes.append(_number(name, x0, y0, x1, y1))
        if self.placed and not close:
            shapes += _letters(plane.name)
        caption = self._words.say("Close up") if close else plane.caption
        alt = self._words.say("{picture}: finding {name} in a box", picture=caption, name=name)
        return Drawing(SIDE, SIDE, png, (left, top, width, height), shapes, caption, alt, dark=True)


def picture_of(path_bytes: bytes, width: float, caption: str, alt: str) -> Drawing | None:
    """A drawing of a PNG as it is, in grey; None where it cannot be read."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(path_bytes), formats=("PNG",)) as image:
            if image.width * image.height > 16_000_000:
                return None
            pixels = np.asarray(image.convert("L"))
    except (OSError, ValueError, SyntaxError):
        return None
    height = width * pixels.shape[0] / pixels.shape[1]
    return Drawing(width, height, _png(pixels, pixels.shape[::-1]), (0.0, 0.0, width, height), [], caption, alt)


def _png(pixels: np.ndarray, size: tuple[int, ...]) -> bytes:
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    if (image.width, image.height) != size:
        image = image.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _widened(low: float, high: float) -> tuple[float, float]:
    """A side of at least :data:`_LEAST_BOX` points around the same middle, within the drawing."""
    missing = max(_LEAST_BOX - (high - low), 0.0) / 2
    return max(low - missing, 0.5), min(high + missing, SIDE - 0.5)


def _corners(x0: float, y0: float, x1: float, y1: float) -> list[Line]:
    reach = min(x1 - x0, y1 - y0, 40.0) / 4
    return [
        Line(((x + sx * reach, y), (x, y), (x, y + sy * reach)), 1.0, "mark")
        for x, y, sx, sy in ((x0, y0, 1, 1), (x1, y0, -1, 1), (x0, y1, 1, -1), (x1, y1, -1, -1))
    ]


def _number(name: str, x0: float, y0: float, x1: float, y1: float) -> Label:
    """The finding's number above its box, or below it where there is no room."""
    y = y0 - 2.5 if y0 > 12 else min(y1 + 9.0, SIDE - 3)
    return Label(float(np.clip((x0 + x1) / 2, 8, SIDE - 8)), y, name, 8.5, "middle", "mark", bold=True)


def _letters(plane: str) -> list[Line | Label]:
    left, right, up, down = _LETTERS[plane]
    middle = SIDE / 2
    return [
        Label(3, middle + 2.5, left, 6.5, "start", "mark"),
        Label(SIDE - 3, middle + 2.5, right, 6.5, "end", "mark"),
        Label(middle, 8, up, 6.5, "middle", "mark"),
        Label(middle, SIDE - 3, down, 6.5, "middle", "mark"),
    ]
