"""The engine's sentences in other languages, where no Qt translates them: a file of ``sentences`` for each.

The files are made of the panel's translations (``Testing/translation/update_translations.py``), so that a report says
the same as the panel.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

from ..errors import in_words
from .messages import Message

ENGLISH = "en"
_FOLDER = "sentences"


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages there are, by their codes, English first."""
    names = (item.name for item in (files(__package__) / _FOLDER).iterdir())
    return (ENGLISH, *sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def translator(language: str) -> Callable[[str], str]:
    """From a sentence of the catalogue, places and all, to that of a language; what it has not stays English."""
    known = {} if language == ENGLISH else _sentences(language)
    return lambda text: known.get(text) or text


def in_language(message: str, language: str) -> str:
    """A message, or any other text as it is, in a language; options as the terminal calls them."""
    if not isinstance(message, Message):
        return message
    return in_words(message.translated(translator(language)))


@lru_cache(maxsize=8)
def _sentences(language: str) -> dict[str, str]:
    text = (files(__package__) / _FOLDER / f"{language}.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found
