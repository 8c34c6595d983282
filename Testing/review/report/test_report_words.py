"""The report's own sentences: every one in every language, with the same places."""

from __future__ import annotations

import ast
import json
import string
from pathlib import Path

import pytest

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.pictures import manifest_facts
from GANAnomalyLib.review import report
from GANAnomalyLib.review.report import report_content
from GANAnomalyLib.review.report.report_words import Words
from GANAnomalyLib.running.catalogue import SENTENCES
from GANAnomalyLib.running.languages import in_language, languages
from GANAnomalyLib.running.messages import Message

FOLDER = Path(report.__file__).parent


def said() -> set[str]:
    """What stands in ``say("...")``, and the words that are chosen from."""
    found = {*report_content._VERDICT_WORDS.values(), *report_content._DECISION_WORDS.values()}
    found |= set(manifest_facts._METRIC_TITLES.values())
    for path in FOLDER.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(call, "func", None)
            if isinstance(call, ast.Call) and "say" in (getattr(name, "attr", ""), getattr(name, "id", "")):
                found |= {call.args[0].value} if isinstance(call.args[0], ast.Constant) else set()
    return found


@pytest.fixture(params=languages()[1:])
def language(request) -> str:
    return request.param


def test_there_is_german():
    assert languages() == ("en", "de")


def test_every_sentence_is_there_and_none_too_many(language):
    known = json.loads((FOLDER / "words" / f"{language}.json").read_text(encoding="utf-8"))
    assert set(known) == said()
    assert all(known.values())
    assert list(known) == sorted(known)


def test_places_are_the_same(language):
    known = json.loads((FOLDER / "words" / f"{language}.json").read_text(encoding="utf-8"))

    def places(text: str) -> list[str]:
        return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)

    assert [text for text, other in known.items() if places(text) != places(other)] == []


def test_messages_of_the_engine(language):
    message = Message("why_brighter_over", hu=175)
    assert in_language(message, "en") == "brighter by over 175 HU"
    assert in_language(message, "de") == "heller um über 175 HU"
    assert in_language("of another version", "de") == "of another version"
    assert "\u27e8" not in in_language(Message("largest_series", count=2, listed="1, 2", number=1), "de")
    assert set(SENTENCES) > {"why_brighter_over"}


def test_numbers_and_times():
    english, german = Words("en"), Words("de")
    assert (english.number(9.44), german.number(9.44), german.number(-0.04)) == ("9.4", "9,4", "0,0")
    assert german.message(Message("score_usual", score="9.4")) == "9,4x üblich"
    assert english.time("2026-03-01T12:30:00+01:00") == "2026-03-01 11:30 UTC"
    assert german.time("2026-03-01T11:30:00Z") == "01.03.2026 11:30 UTC"
    assert english.time("yesterday") == ""


def test_a_language_that_is_not_there():
    with pytest.raises(InputError, match="en or de"):
        Words("fr")
