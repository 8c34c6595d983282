"""Scores over slices as a small picture in the panel; the slice in view is marked, a click goes to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import qt
from slicer.i18n import tr as _

_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 8, 20
_CURVE, _MARK, _USUAL = "#d9644b", "#2f8fd6", "#888888"
"""Seen on white and on dark grey."""
_FILL = 60
"""How much of the curve's colour the area below it has, of 255."""


class ScorePlot(qt.QObject):
    """Draws into a QLabel. ``on_slice(number)`` is called with the slice that was clicked or dragged to."""

    def __init__(self, label, on_slice: Callable[[int], None]) -> None:
        super().__init__(label)
        self._label = label
        self._on_slice = on_slice
        self._slices: list[int] = []
        self._scores: list[float] = []
        self._unit = ""
        self._usual: float | None = None
        self._current: int | None = None
        label.setMouseTracking(False)
        label.installEventFilter(self)

    def set_scores(self, slices: Sequence[int], scores: Sequence[float], unit: str) -> None:
        """Slices in patient order with their highest patch score."""
        self._slices, self._scores = list(slices), [float(score) for score in scores]
        self._unit, self._current = unit, None
        self.draw()

    def set_usual(self, usual: float | None) -> None:
        """The score that few normal slices reach, drawn as a line; None for none."""
        if usual != self._usual:
            self._usual = usual
            self.draw()

    def set_current(self, number: int | None) -> None:
        """Mark a slice; None for none."""
        if number != self._current:
            self._current = number
            self.draw()

    @property
    def current(self) -> int | None:
        """The marked slice."""
        return self._current

    def eventFilter(self, watched, event):
        kind = event.type()
        if kind in (qt.QEvent.Resize, qt.QEvent.PaletteChange):
            self.draw()
        elif kind in (qt.QEvent.MouseButtonPress, qt.QEvent.MouseMove) and self._slices:
            # Moves only arrive while a button is held: a drag scrolls through the slices.
            self._on_slice(self.slice_at(event.pos().x()))
        return False

    def slice_at(self, x: float) -> int:
        """The analysed slice nearest to a horizontal place in the label, in pixels."""
        first, last = self._slices[0], self._slices[-1]
        share = (x - _LEFT) / max(self._width() - _LEFT - _RIGHT, 1)
        wanted = first + min(max(share, 0.0), 1.0) * (last - first)
        return min(self._slices, key=lambda number: abs(number - wanted))

    def draw(self) -> None:
        """Draw anew at the label's size."""
        width, height = self._width(), self._height()
        if width < 20 or height < 20:
            return
        ratio = self._label.devicePixelRatioF()
        picture = qt.QPixmap(int(width * ratio), int(height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(qt.QColor(0, 0, 0, 0))
        if self._slices:
            painter = qt.QPainter(picture)
            painter.setRenderHint(qt.QPainter.Antialiasing, True)
            self._paint(painter, width, height)
            painter.end()
        self._label.setPixmap(picture)

    def _paint(self, painter, width: int, height: int) -> None:
        ink = self._label.palette.color(qt.QPalette.WindowText)
        low, high = 0.0, max([*self._scores, self._usual or 0.0, 1e-9]) * 1.05
        bottom = height - _BOTTOM
        points = [(self._x(n), bottom - (s - low) / (high - low) * (bottom - _TOP)) for n, s in self._pairs()]
        area = qt.QPolygonF([qt.QPointF(x, y) for x, y in [(points[0][0], bottom), *points, (points[-1][0], bottom)]])
        area_colour = qt.QColor(_CURVE)
        area_colour.setAlpha(_FILL)
        painter.setPen(qt.QPen(qt.Qt.NoPen))
        painter.setBrush(qt.QBrush(area_colour))
        painter.drawPolygon(area)
        painter.setPen(qt.QPen(qt.QColor(_CURVE), 1.5))
        painter.setBrush(qt.QBrush(qt.Qt.NoBrush))
        painter.drawPolyline(qt.QPolygonF([qt.QPointF(x, y) for x, y in points]))
        if self._usual is not None:
            level = bottom - self._usual / high * (bottom - _TOP)
            painter.setPen(qt.QPen(qt.QColor(_USUAL), 1, qt.Qt.DashLine))
            painter.drawLine(qt.QPointF(_LEFT, level), qt.QPointF(width - _RIGHT, level))
        painter.setPen(qt.QPen(ink, 1))
        painter.drawLine(qt.QPointF(_LEFT, bottom), qt.QPointF(width - _RIGHT, bottom))
        self._words(painter, high, bottom, width)
        if self._current is not None:
            painter.setPen(qt.QPen(qt.QColor(_MARK), 2))
            x = self._x(self._current)
            painter.drawLine(qt.QPointF(x, _TOP), qt.QPointF(x, bottom))

    def _words(self, painter, high: float, bottom: int, width: int) -> None:
        font = qt.QFont(self._label.font)
        font.setPixelSize(11)
        painter.setFont(font)
        right = int(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
        painter.drawText(qt.QRectF(0, _TOP - 6, _LEFT - 4, 14), right, f"{high / 1.05:.3g}")
        painter.drawText(qt.QRectF(0, bottom - 7, _LEFT - 4, 14), right, "0")
        first, last = str(self._slices[0]), str(self._slices[-1])
        painter.drawText(qt.QRectF(_LEFT, bottom + 3, 60, 14), int(qt.Qt.AlignLeft), first)
        painter.drawText(qt.QRectF(width - _RIGHT - 60, bottom + 3, 60, 14), int(qt.Qt.AlignRight), last)
        middle = qt.QRectF(_LEFT + 30, bottom + 3, width - _LEFT - _RIGHT - 60, 14)
        painter.drawText(middle, int(qt.Qt.AlignHCenter), self._caption())

    def _caption(self) -> str:
        if self._current is None:
            return _("slice, feet to head ({unit})").format(unit=self._unit) if self._unit else _("slice, feet to head")
        scores = dict(self._pairs())
        if self._current not in scores:
            return _("slice {number}: not analysed").format(number=self._current)
        return _("slice {number}: {score} {unit}").format(
            number=self._current, score=f"{scores[self._current]:.3g}", unit=self._unit
        )

    def _pairs(self) -> list[tuple[int, float]]:
        return list(zip(self._slices, self._scores, strict=True))

    def _x(self, number: int) -> float:
        first, last = self._slices[0], self._slices[-1]
        return _LEFT + (number - first) / max(last - first, 1) * (self._width() - _LEFT - _RIGHT)

    def _width(self) -> int:
        return self._label.width

    def _height(self) -> int:
        return self._label.height
