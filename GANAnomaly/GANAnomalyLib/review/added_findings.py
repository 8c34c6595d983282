"""What the model missed and a reader marked, and what the reader says of the whole case."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Literal, cast

from ..errors import InputError
from ..files.typed_values import at_least, at_most
from .coded_labels import LONGEST, Label
from .store.review_ids import new_id

VerdictWord = Literal["normal", "abnormal", "inadequate", ""]
VERDICTS = ("normal", "abnormal", "inadequate", "")
"""What can be said of a case; "inadequate" is technically so, "" is nothing yet."""
Confidence = Annotated[int, at_least(1), at_most(5)]
"""How sure a reader is: 1 not at all, 5 entirely."""

MOST = 1000
"""More places than this no reader marks."""
_LONGEST_NAME, _LONGEST_TIME = 64, 40


def _a_name(text: str) -> str | None:
    return None if 0 < len(text) <= _LONGEST_NAME and text.isprintable() else "is no name of a mark"


def _a_time(text: str) -> str | None:
    return None if len(text) <= _LONGEST_TIME and text.isprintable() else "is no time"


def _a_size(size: tuple[float, float, float]) -> str | None:
    return None if all(0 <= value <= 1e5 for value in size) else "must be three lengths in mm"


def _a_place(place: tuple[float, float, float]) -> str | None:
    return None if all(math.isfinite(value) and abs(value) <= 1e6 for value in place) else "must be a place in mm"


def _a_label(label: Label) -> str | None:
    texts = (label.scheme, label.code, label.meaning)
    good = all(len(text) <= LONGEST and (text.isprintable() or not text) for text in texts)
    return None if good else "must be a term of one line"


SaidLabel = Annotated[Label, _a_label]
SaidTime = Annotated[str, _a_time]


@dataclass(frozen=True)
class ReaderFinding:
    """A place that a reader marked: a point (``size_mm`` 0) or a box.

    ``centre_ras`` is in millimetres in the image's own coordinates when it was analysed, ``size_mm`` along its i, j
    and k axes. ``mark`` names the place through all its changes; ``decided`` is an ISO time in UTC, or "".
    """

    centre_ras: Annotated[tuple[float, float, float], _a_place]
    size_mm: Annotated[tuple[float, float, float], _a_size] = (0.0, 0.0, 0.0)
    label: SaidLabel = field(default_factory=Label)
    comment: str = ""
    confidence: Confidence | None = None
    decided: SaidTime = ""
    mark: Annotated[str, _a_name] = field(default_factory=lambda: str(new_id()))

    @property
    def is_point(self) -> bool:
        """Whether it has no extent."""
        return not any(self.size_mm)


@dataclass(frozen=True)
class CaseVerdict:
    """What a reader says of the whole case, and how sure the reader is."""

    verdict: VerdictWord = ""
    confidence: Confidence | None = None
    decided: SaidTime = ""


def check_verdict(word: str) -> VerdictWord:
    """The word itself; raises :class:`InputError` unless it is one of :data:`VERDICTS`."""
    if word not in VERDICTS:
        raise InputError(f"A verdict is normal, abnormal or inadequate, not {str(word)[:40]!r}.")
    return cast("VerdictWord", word)


def check_confidence(value: int | None) -> int | None:
    """1 to 5, or None; raises :class:`InputError` for anything else."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5):
        return value
    raise InputError(f"A confidence is a whole number from 1 to 5, not {str(value)[:40]!r}.")
