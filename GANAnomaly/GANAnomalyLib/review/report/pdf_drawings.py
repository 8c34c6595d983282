"""Drawings and labels on a page of ReportLab: vectors over grey pictures, text that can be selected."""

from __future__ import annotations

import io
from typing import Any

from .drawing_shapes import Drawing, Label, Line
from .pdf_fonts import Letters

QUIET = 0.35
"""The grey of what matters less, where 0 is black."""


def flowable(drawing: Drawing, letters: Letters, width: float) -> Any:
    """A drawing of a width in points, its caption below, for ReportLab's Platypus."""
    from reportlab.platypus import Flowable

    class Drawn(Flowable):  # type: ignore[misc]  # ReportLab says no types
        """A drawing of a given width, its caption below."""

        def __init__(self) -> None:
            super().__init__()
            self.width = width
            self._scale = width / drawing.width
            self._caption = drawing.caption
            self.height = drawing.height * self._scale + (11 if self._caption else 0)

        def wrap(self, *_available: float) -> tuple[float, float]:
            return self.width, self.height

        def draw(self) -> None:
            canvas = self.canv
            if self._caption:
                write_label(canvas, letters, Label(0, 0, self._caption, 7, "start", "quiet"), 0, 2)
            canvas.saveState()
            canvas.translate(0, self.height)
            canvas.scale(self._scale, self._scale)
            _paint(canvas, letters, drawing)
            canvas.restoreState()

    return Drawn()


def _paint(canvas: Any, letters: Letters, drawing: Drawing) -> None:
    """Draw below the origin: y runs downwards in drawings, and upwards on a page."""
    from reportlab.lib.utils import ImageReader

    if drawing.dark:
        canvas.setFillGray(0)
        canvas.rect(0, -drawing.height, drawing.width, drawing.height, stroke=0, fill=1)
    if drawing.picture:
        x, y, width, height = drawing.picture_box
        canvas.drawImage(ImageReader(io.BytesIO(drawing.picture)), x, -y - height, width, height)
    for shape in drawing.shapes:
        if isinstance(shape, Label):
            write_label(canvas, letters, shape, shape.x, -shape.y)
            continue
        if shape.tone == "mark":
            _trace(canvas, shape, shape.width + 1.4, 0.0)
        _trace(canvas, shape, shape.width, {"ink": 0.0, "quiet": 0.5, "mark": 1.0}[shape.tone])


def _trace(canvas: Any, shape: Line, width: float, grey: float) -> None:
    path = canvas.beginPath()
    path.moveTo(shape.points[0][0], -shape.points[0][1])
    for x, y in shape.points[1:]:
        path.lineTo(x, -y)
    if shape.closed:
        path.close()
    canvas.setLineWidth(width)
    canvas.setStrokeGray(grey)
    canvas.setFillGray(grey)
    canvas.setDash(list(shape.dashes))
    canvas.drawPath(path, stroke=1, fill=int(shape.filled))


def write_label(canvas: Any, letters: Letters, label: Label, x: float, y: float) -> None:
    """A label at a base line; what is marked gets a black edge, and what is black a white one, drawn first."""
    x -= letters.width(label.text, label.size, label.bold) * {"start": 0.0, "middle": 0.5, "end": 1.0}[label.anchor]
    fill = {"ink": 0.0, "quiet": QUIET, "mark": 1.0}[label.tone]
    passes = [(0, fill, fill)] if label.tone == "quiet" else [(2, 1.0 - fill, 1.0 - fill), (0, fill, fill)]
    for mode, fill, stroke in passes:
        text = canvas.beginText(x, y)
        text.setTextRenderMode(mode)
        canvas.setLineWidth(1.8)
        canvas.setLineJoin(1)
        canvas.setDash([])
        canvas.setFillGray(fill)
        canvas.setStrokeGray(stroke)
        for font, run in letters.runs(label.text, label.bold):
            text.setFont(font, label.size)
            text.textOut(run)
        text.setTextRenderMode(0)
        canvas.drawText(text)
