"""Sentences of the engine, in the words of the panel."""

from __future__ import annotations

from slicer.i18n import tr as _


def in_panel_words(sentence: str) -> str:
    """The engine speaks of command line options; here they are fields."""
    fields = {
        "--device cpu": _("'Device: processor' under Advanced"),
        "--device auto": _("'Device: automatic' under Advanced"),
        "--allow-any": _("'Accept any image' under Advanced"),
        "--force": _("another folder"),
        "--hu-offset -1024": _("'Values lack their intercept' under Advanced"),
        "--mask": _("the segment above"),
        "--metric": _("'Metric' under Advanced"),
        "--patch-size": _("'Patch size' under Advanced"),
        "--slices": _("the slices under Advanced"),
        "--steps": _("'Steps' under Advanced"),
        "--window": _("'Window' under Advanced"),
    }
    for option, field in fields.items():
        sentence = sentence.replace(option, field)
    return sentence


def time_left(seconds: float | None) -> str:
    """ "(about 2 min left)"; "" while it is not known."""
    if seconds is None:
        return ""
    if seconds < 5:
        return _("(a few seconds left)")
    if seconds < 90:
        return _("(about {count} s left)").format(count=int(round(seconds / 5) * 5))
    return _("(about {count} min left)").format(count=round(seconds / 60))
