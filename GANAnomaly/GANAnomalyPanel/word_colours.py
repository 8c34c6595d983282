"""Colours of words that are legible in a light window and in a dark one."""

from __future__ import annotations

from typing import Any

import qt

_WORDS = {"wrong": ("#b3301f", "#ff8a75"), "doubt": ("#8a5200", "#f0ad4e")}
"""In a light window and in a dark one."""
_MIDDLE = 128
_FAINT = 0.6


def words(widget: Any, meaning: str) -> str:
    """A style sheet for what a widget says: "wrong" or "doubt"."""
    return f"color: {_WORDS[meaning][is_dark(widget)]};"


def is_dark(widget: Any) -> bool:
    """Whether a widget's window is dark."""
    return widget.palette.color(qt.QPalette.Window).lightness() < _MIDDLE


def faint_ink(widget: Any) -> Any:
    """The colour (QColor) of words that stand back, as what is greyed does, yet can be read."""
    ink, paper = (widget.palette.color(qt.QPalette.Active, role) for role in (qt.QPalette.Text, qt.QPalette.Base))
    mixed = [
        round(_FAINT * one + (1 - _FAINT) * other)
        for one, other in zip(
            (ink.red(), ink.green(), ink.blue()), (paper.red(), paper.green(), paper.blue()), strict=True
        )
    ]
    return qt.QColor(*mixed)
