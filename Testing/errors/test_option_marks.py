"""Sentences that name options, and what errors tell programs."""

from __future__ import annotations

import ast
import pickle
from pathlib import Path

import pytest

from GANAnomalyLib import AnalysisRequest
from GANAnomalyLib.errors import (
    Cancelled,
    FolderInUse,
    GANAnomalyError,
    InputError,
    Note,
    OutOfMemory,
    at_fault,
    in_words,
    marked_notes,
    option,
)

ENGINE = Path(__file__).resolve().parents[2] / "GANAnomaly" / "GANAnomalyLib"


def test_an_option_is_the_terminals_unless_somebody_else_reads():
    error = InputError(f"Take {option('device', 'auto')}, or add {option('allow_any')}: {option('hu_offset', -1024)}.")
    assert error.message == str(error) == "Take --device auto, or add --allow-any: --hu-offset -1024."
    heard = []
    said = in_words(error.marked, lambda name, value: heard.append((name, value)) or "it")
    assert said == "Take it, or add it: it."
    assert heard == [("device", "auto"), ("allow_any", ""), ("hu_offset", "-1024")]
    assert in_words("no mark \u27e8Not one\u27e9") == "no mark \u27e8Not one\u27e9"


def test_no_sentence_of_the_engine_spells_an_option():
    """The command line may: nobody else reads it."""
    found = []
    for path in ENGINE.rglob("*.py"):
        if "cli" in path.relative_to(ENGINE).parts:
            continue
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "").endswith(
                ("Error", "Result", "Memory", "InUse")
            ):
                texts = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant)]
                found += [f"{path.name}: {text}" for text in texts if isinstance(text, str) and " --" in f" {text}"]
    assert found == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [(GANAnomalyError, "failed"), (InputError, "input"), (FolderInUse, "in_use"), (OutOfMemory, "memory")],
)
def test_an_error_has_a_code(kind, code):
    error = kind(f"No {option('steps')}.", field="steps", values={"given": 3})
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, again.field, again.values) == (code, "steps", {"given": 3})
    assert (again.message, again.marked) == (error.message, error.marked)
    assert Cancelled().code == "cancelled"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"metric": "unheard of"}, "metric"),
        ({"region": "mask"}, "mask"),
        ({"device": "abacus"}, "device"),
        ({"steps": -1}, "steps"),
        ({"patch_size": 0}, "patch_size"),
        ({"slices": (5, 2)}, "slices"),
        ({"top": "many"}, "top"),
        ({"seed": -1}, "seed"),
        ({"settings": {"a": object()}}, "settings"),
    ],
)
def test_the_request_names_the_field_at_fault(wrong, field):
    with pytest.raises(InputError) as caught:
        AnalysisRequest("ct", **wrong).validate()
    assert caught.value.field == field


def test_the_innermost_field_counts():
    with pytest.raises(InputError) as caught, at_fault("input"), at_fault("mask"):
        raise InputError("No.")
    assert caught.value.field == "mask"


def test_a_note_keeps_its_marks_beside_the_terminals_words():
    note = pickle.loads(pickle.dumps(Note(f"Add {option('hu_offset', -1024)}.")))
    assert note == "Add --hu-offset -1024."
    assert marked_notes([note, "Plain.", Note("Plain too.")]) == {str(note): note.marked}
