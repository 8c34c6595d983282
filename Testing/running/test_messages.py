"""Messages: codes with values, their sentences, and that every one the code sends is in the catalogue."""

from __future__ import annotations

import ast
import pickle
import string
from pathlib import Path

import pytest

from GANAnomalyLib.running.catalogue import SENTENCES
from GANAnomalyLib.running.messages import Message

ROOT = Path(__file__).resolve().parents[2]
ENGINE = [*(ROOT / "GANAnomaly").rglob("*.py"), *(ROOT / "GANAnomalyLab").rglob("*.py")]


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def sent() -> list[tuple[str, str, set[str]]]:
    """(file and line, code, names of values) of every message in the source."""
    found = []
    for path in ENGINE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message" and node.args:
                given = node.args[0]
                names = {item.arg or "" for item in node.keywords}
                for code in (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,):
                    if isinstance(code, ast.Constant):
                        found.append((f"{path.name}:{node.lineno}", str(code.value), names))
    return found


def test_every_message_has_a_sentence_with_its_values():
    wrong = [item for item in sent() if item[1] not in SENTENCES or places(SENTENCES[item[1]]) != item[2]]
    assert wrong == []


def test_every_sentence_is_sent():
    assert set(SENTENCES) - {code for _, code, _ in sent()} == set()


def test_a_message_is_its_sentence_and_keeps_code_and_values():
    message = Message("scoring_slice", number=3, count=10)
    assert message == "Scoring slice 3 of 10"
    assert (message.code, message.values) == ("scoring_slice", {"number": 3, "count": 10})


def test_another_language_gets_the_same_values():
    inner = Message("projection_step", number=1, count=9)
    message = Message("one_slice", number=2, count=4, doing=inner)
    words = {
        "Slice {number} of {count}: {doing}": "Schicht {number} von {count}: {doing}",
        "Projection step {number} of {count}": "Schritt {number} von {count}",
    }
    assert message.translated(lambda sentence: words[sentence]) == "Schicht 2 von 4: Schritt 1 von 9"
    assert message.translated(lambda sentence: sentence) == message


@pytest.mark.parametrize("again", [lambda m: pickle.loads(pickle.dumps(m)), lambda m: Message.from_dict(m.to_dict())])
def test_a_message_crosses_to_another_process(again):
    message = Message("one_slice", number=2, count=4, doing=Message("projection_step", number=1, count=9))
    other = again(message)
    assert (other, other.code, other.values["doing"].code) == (message, "one_slice", "projection_step")


def test_codes_of_a_newer_worker_are_shown_as_they_are():
    assert Message.from_dict({"code": "something_newer", "values": {"number": 3}}) == "something_newer"
    assert Message.from_dict({"code": "scoring_slice", "values": {"wrong": 3}}) == "?scoring_slice"
