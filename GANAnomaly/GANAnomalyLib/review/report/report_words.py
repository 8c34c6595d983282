"""The report's words in a language: its own sentences, the engine's messages, numbers and times as they are written
there.

A language is a file of ``words`` (English sentence to that language's) beside one of the engine's sentences
(:mod:`GANAnomalyLib.running.languages`).
"""

from __future__ import annotations

import datetime
import json
import re
from functools import lru_cache
from importlib.resources import files

from ...errors import InputError
from ...running.languages import ENGLISH, in_language, languages

_DATES = {"en": "%Y-%m-%d", "de": "%d.%m.%Y"}
_COMMA = ("de",)
"""Languages that write 9,4 for 9.4."""


class Words:
    """``language`` is one of :func:`~GANAnomalyLib.running.languages.languages`; raises :class:`InputError` else."""

    def __init__(self, language: str = ENGLISH) -> None:
        if language not in languages():
            raise InputError(f"A report is written in {' or '.join(languages())}, not in {str(language)[:20]!r}.")
        self.language = language
        self._known = {} if language == ENGLISH else _words(language)

    def say(self, text: str, **values: object) -> str:
        """A sentence of the report, given in English with its values in braces; numbers among them are written in the
        language's own way."""
        said = {name: self.number(value) if isinstance(value, float) else value for name, value in values.items()}
        return self._known.get(text, text).format(**said)

    def message(self, message: str) -> str:
        """A message of the engine; any other text as it is."""
        told = in_language(message, self.language)
        return re.sub(r"(?<=\d)\.(?=\d)", ",", told) if self.language in _COMMA and told is not message else told

    def number(self, value: float, digits: int = 1) -> str:
        """``9.4``, or ``9,4``; no "-0"."""
        text = f"{value:.{digits}f}"
        text = text.lstrip("-") if float(text) == 0 else text
        return text.replace(".", ",") if self.language in _COMMA else text

    def time(self, iso: str) -> str:
        """An ISO time as date and time of day in UTC; "" for a text that is none."""
        try:
            time = datetime.datetime.fromisoformat(iso.replace("Z", "+00:00"))
        except ValueError:
            return ""
        if time.tzinfo is not None:
            time = time.astimezone(datetime.timezone.utc)
        return f"{time.strftime(_DATES.get(self.language, _DATES[ENGLISH]))} {time:%H:%M} UTC"


@lru_cache(maxsize=8)
def _words(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((files(__package__) / "words" / f"{language}.json").read_text(encoding="utf-8"))
    return found
