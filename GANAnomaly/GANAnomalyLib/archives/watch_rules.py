"""Which of the studies that come in are analysed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from ..option_fields import Options, option
from .archive_protocol import SeriesFound, StudyFound, Wanted


def _pattern(text: str) -> str | None:
    try:
        re.compile(text)
    except re.error as error:
        return f"must be a regular expression, and {text[:60]!r} is not ({error})"
    return None


def _day(text: str) -> str | None:
    return None if re.fullmatch(r"\d{8}", text) else f"must be a date as in 20260131, not {text[:20]!r}"


@dataclass
class WatchRules(Options):
    """What a series must be like. Of a study with several such the one with most images is analysed."""

    modality: str = option("CT", "The modality.")
    body_part: str | None = option(None, "The body part, as in CHEST.")
    description: Annotated[str, _pattern] | None = option(
        None, "A regular expression that its description, or its study's, must match; capitals do not count."
    )
    min_slices: int = option(16, "The fewest images; an image of many frames counts as one.", low=1)
    since: Annotated[str, _day] | None = option(
        None,
        "Studies from this day on: 20260131.",
        metavar="DATE",
        shown="the day of the first watch into --out, later two weeks before the last look",
    )

    def wanted(self, since: str) -> Wanted:
        """What the archive is asked for."""
        return Wanted(modality=self.modality, since=since)

    def fits(self, series: SeriesFound, study: StudyFound) -> bool:
        """Whether a series, whose images are counted, is to be analysed."""
        wanted = Wanted(modality=self.modality, body_part=self.body_part)
        said = (series.description, study.description)
        return (
            wanted.fits_series(series, study)
            and (series.instances or 0) >= self.min_slices
            and (self.description is None or any(re.search(self.description, text, re.I) for text in said))
        )

    def choose(self, found: Sequence[SeriesFound], study: StudyFound) -> SeriesFound | None:
        """The series to analyse, or None."""
        fitting = [one for one in found if self.fits(one, study)]
        return max(fitting, key=lambda one: (one.instances or 0, -(one.number or 0), one.uid), default=None)
