"""Which findings stand out: those above what few of a model's normal slices show, and those within the usual."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..domain.verdict import UNKNOWN
from ..models.score_units import score_text, threshold_at
from ..running.messages import Message

PERCENTS = (1, 2, 5)
"""Of normal slices, how many in a hundred may reach what is called within the usual."""
DEFAULT_PERCENT = 5


@dataclass(frozen=True)
class UsualLine:
    """The slice score that ``percent`` in a hundred of a model's held-out normal slices reach."""

    percent: int
    score: float

    @classmethod
    def of(cls, thresholds: object, percent: int = DEFAULT_PERCENT) -> UsualLine | None:
        """The line by a manifest's ``slice_thresholds``; None where they do not tell it."""
        score = threshold_at(thresholds, percent / 100)
        return None if score is None else cls(percent, score)

    @property
    def one_in(self) -> int:
        """Of how many normal slices one reaches it: 20 for 5 percent."""
        return round(100 / self.percent)

    def count(self, scores: Iterable[float]) -> int:
        """How many of some scores lie above."""
        return sum(score > self.score for score in scores)


def rarer_than(score: float, thresholds: object) -> float | None:
    """The smallest share of normal slices, of those a manifest tells (0.01), whose score this one is above; None for a
    score within the usual, or where nothing is known."""
    lines = (UsualLine.of(thresholds, percent) for percent in PERCENTS)
    return next((line.percent / 100 for line in lines if line is not None and score > line.score), None)


def standing(scores: Sequence[float], line: UsualLine | None, unit: str, verdict: str | None = None) -> Message:
    """What is to be said above a list of findings: how many of them lie above the line, or why there are none;
    ``verdict`` is the manifest's on the whole scan."""
    count = len(scores)
    if not count:
        return Message("findings_withheld") if verdict == UNKNOWN else Message("no_findings")
    if line is None:
        return Message("usual_unknown", count=count)
    above, one_in, score = line.count(scores), line.one_in, score_text(line.score, unit)
    if not above:
        return Message("none_above_usual", count=count, one_in=one_in, score=score)
    if above == count:
        return Message("all_above_usual", count=count, one_in=one_in, score=score)
    return Message("some_above_usual", above=above, count=count, one_in=one_in, score=score)
