"""One finding as the reader sees it in the list, with the decision on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..results.why import Why
from .coded_labels import Label

Word = Literal["accepted", "rejected", "unsure", ""]
"""A decision; "" for not looked at."""


@dataclass
class FindingRow:
    """A row of the findings list.

    ``slice`` and ``slices`` count in patient order (inferior to superior, zero based, both ends included);
    ``centre_ras`` is in millimetres in the CT's own coordinates, before any transform the CT is under; ``size_mm``
    runs along the CT's i, j and k axes, in whole millimetres. ``decision`` is one of
    :data:`decisions.DECISIONS`, ``decided`` the time of it (ISO, UTC) or "". ``why`` says how the place differs from
    what is usual there; None where that is not known. ``opinion`` is how probably a reader would accept it (0 to 1), by
    a classifier of readers' decisions; None without one. ``confidence`` is how sure the reader is, 1 to 5, None where
    that was not said; ``label`` what the reader calls it.
    """

    rank: int
    score: float
    slice: int
    slices: tuple[int, int]
    centre_ras: tuple[float, float, float]
    size_mm: tuple[float, float, float]
    segment_id: str
    decision: Word = ""
    comment: str = ""
    decided: str = ""
    why: Why | None = None
    opinion: float | None = None
    confidence: int | None = None
    label: Label = field(default_factory=Label)
