"""CTK's widgets as far as a module's panel uses them: the properties, slots and signals of CTK's headers."""

from __future__ import annotations

from PySide6.QtCore import Property, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QMessageBox,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QWidget,
)

COLLAPSED_HEIGHT = 10


class ctkCollapsibleButton(QAbstractButton):
    """A titled section; its child widgets hide while it is collapsed. Checked means open, as in CTK."""

    contentsCollapsed = Signal(bool)

    def __init__(self, *arguments) -> None:
        text = arguments[0] if arguments and isinstance(arguments[0], str) else ""
        parents = [a for a in arguments if isinstance(a, QWidget)]
        super().__init__(*parents)
        self._hidden: list[QWidget] = []
        self._collapsed_height = COLLAPSED_HEIGHT
        self._flat = False
        self.setText(text)
        self.setCheckable(True)
        self.setChecked(True)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        self.setContentsMargins(0, self._title_height(), 0, 0)
        self.toggled.connect(self._on_toggled)

    def _title_height(self) -> int:
        return self.fontMetrics().height() + 8

    @Slot(bool)
    def setCollapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    collapsed = Property(bool, lambda self: not self.isChecked(), setCollapsed, notify=contentsCollapsed)

    def _set_collapsed_height(self, height: int) -> None:
        self._collapsed_height = height

    collapsedHeight = Property(int, lambda self: self._collapsed_height, _set_collapsed_height)

    def _set_flat(self, flat: bool) -> None:
        self._flat = flat

    flat = Property(bool, lambda self: self._flat, _set_flat)

    def _on_toggled(self, opened: bool) -> None:
        children = [child for child in self.children() if isinstance(child, QWidget)]
        if opened:
            for child in self._hidden:
                child.setVisible(True)
            self._hidden = []
            self.setMaximumHeight(16777215)
        else:
            self._hidden = [child for child in children if not child.isHidden()]
            for child in self._hidden:
                child.setVisible(False)
            self.setMaximumHeight(self._title_height() + self._collapsed_height)
        self.updateGeometry()
        self.contentsCollapsed.emit(not opened)

    def minimumSizeHint(self):
        layout = self.layout() if self.isChecked() else None
        # The total includes the contents margins, in which the title is drawn.
        hint = layout.totalMinimumSize() if layout else QSize()
        return hint.expandedTo(QSize(self.fontMetrics().horizontalAdvance(self.text()) + 40, self._title_height()))

    def sizeHint(self):
        layout = self.layout() if self.isChecked() else None
        return (layout.totalSizeHint() if layout else QSize()).expandedTo(self.minimumSizeHint())

    def hitButton(self, position) -> bool:
        return position.y() <= self._title_height()

    def paintEvent(self, event) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        option.initFrom(self)
        option.rect.setHeight(self._title_height())
        option.features = QStyleOptionButton.ButtonFeature.None_
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        arrow = QStyle.PrimitiveElement.PE_IndicatorArrowDown
        if not self.isChecked():
            arrow = QStyle.PrimitiveElement.PE_IndicatorArrowRight
        text = option.rect.adjusted(24, 0, -4, 0)
        option.rect.setRect(6, (self._title_height() - 12) // 2, 12, 12)
        painter.drawPrimitive(arrow, option)
        painter.drawItemText(text, Qt.AlignLeft | Qt.AlignVCenter, self.palette(), self.isEnabled(), self.text())


class ctkComboBox(QComboBox):
    """Shows its default text while nothing is chosen."""

    def _set_default_text(self, text: str) -> None:
        self.setPlaceholderText(text)

    defaultText = Property(str, lambda self: self.placeholderText(), _set_default_text)
    setDefaultText = _set_default_text

    def _current_data(self) -> str:
        data = self.currentData()
        return "" if data is None else str(data)

    def setCurrentUserDataAsString(self, data: str) -> None:
        self.setCurrentIndex(self.findData(data))

    currentUserDataAsString = Property(str, _current_data, setCurrentUserDataAsString)


class ctkMessageBox(QMessageBox):
    """The box behind slicer.util's errorDisplay and confirm... functions; the harness answers it."""

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self._dont_show_again_key = ""

    def _set_key(self, key: str) -> None:
        self._dont_show_again_key = key

    dontShowAgainSettingsKey = Property(str, lambda self: self._dont_show_again_key, _set_key)
