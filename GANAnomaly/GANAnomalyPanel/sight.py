"""Room for what the reader is to see: the panel's width, and scrolling to what is new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def keep_width(root: Any, sections: Sequence[Any], others: Sequence[Any]) -> None:
    """Make a panel as wide from the first as with all its ``sections`` open and all ``others`` shown: none of what
    comes later widens it, and makes the views smaller."""
    collapsed, hidden = [section.collapsed for section in sections], [other.isHidden() for other in others]
    for section in sections:
        section.collapsed = False
    for other in others:
        other.visible = True
    root.layout().invalidate()
    root.minimumWidth = root.layout().minimumSize().width()
    for other, was in zip(others, hidden, strict=True):
        other.visible = not was
    for section, was in zip(sections, collapsed, strict=True):
        section.collapsed = was


def bring_into_sight(widget: Any) -> None:
    """Scroll the panel just so far that a widget is seen whole."""
    area = widget.parentWidget()
    while area is not None and not area.inherits("QScrollArea"):
        area = area.parentWidget()
    if area is not None:
        area.ensureWidgetVisible(widget, 0, 0)
