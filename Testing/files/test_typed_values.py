"""Declarations hold plain values to what they say, and name the field at fault."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypedDict

import pytest

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.typed_values import Words, WrongKind, any_number, at_least, at_most, checked, nameable, read_as


@dataclass
class Inner:
    rank: Annotated[int, at_least(1)]
    pair: tuple[int, int] = (0, 0)


@dataclass
class Outer:
    name: str
    kind: Literal["ct", "film"] = "ct"
    size: float | None = None
    on: bool = False
    inner: list[Inner] = field(default_factory=list)
    shares: dict[str, float] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    either: int | str = 0


class Open(TypedDict, total=False):
    size: int


def test_what_fits_is_made():
    held = {"name": "x", "size": 3, "inner": [{"rank": 1, "pair": [4, 5]}], "shares": {"0.1": 2}, "newer": 7}
    made = checked(Outer, held)
    assert made == Outer("x", size=3, inner=[Inner(1, (4, 5))], shares={"0.1": 2})


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ([], "must be names with values, not a list"),
        ({}, "name is missing"),
        ({"name": None}, "name must be a text, not None"),
        ({"name": "x", "kind": "mr"}, "kind must be one of ct, film, not 'mr'"),
        ({"name": "x", "size": math.nan}, "size must be a number, not nan"),
        ({"name": "x", "size": True}, "size must be a number, not True"),
        ({"name": "x", "size": 2**70}, "size must be a number, not 1180591620717411303424"),
        ({"name": "x", "on": 1}, "on must be true or false, not 1"),
        ({"name": "x", "inner": {}}, "inner must be a list, not an object"),
        ({"name": "x", "inner": [{"rank": 1}, {"rank": 0}]}, "inner[1].rank must be at least 1, not 0"),
        ({"name": "x", "inner": [{"rank": 1, "pair": [1]}]}, "inner[0].pair must be two whole numbers, not a list"),
        ({"name": "x", "inner": [{"rank": 1, "pair": [1, 2.5]}]}, "inner[0].pair[1] must be a whole number, not 2.5"),
        ({"name": "x", "shares": {"0.1": "2"}}, "shares.0.1 must be a number, not '2'"),
        ({"name": "x", "either": []}, "either must be a whole number or a text, not a list"),
        ({"name": "x", "either": "9" * 200}, None),
    ],
)
def test_the_field_at_fault_is_named(held, words):
    if words is None:
        checked(Outer, held)
        return
    with pytest.raises(WrongKind) as found:
        checked(Outer, held)
    assert str(found.value).strip() == words


def test_what_a_typed_dict_declares_is_left_as_it_is():
    held = {"size": 3, "newer": [1]}
    assert checked(Open, held) is held
    assert checked(Annotated[dict[str, Any], Open], held) is held
    for kind in (Open, Annotated[dict[str, Any], Open]):
        with pytest.raises(WrongKind, match="size must be a whole number"):
            checked(kind, {"size": "3"})


def test_checks_and_words_of_a_value():
    place = Annotated[tuple[int, int], Words("first and stop")]
    with pytest.raises(WrongKind, match="must be first and stop, not a list"):
        checked(place, [1, "x"])
    with pytest.raises(WrongKind, match="at most 5"):
        checked(Annotated[int, at_most(5)], 6)
    with pytest.raises(WrongKind, match="that no name can have"):
        checked(Annotated[str, nameable], "a\0b")
    assert math.isnan(checked(Annotated[Any, any_number], math.nan))
    with pytest.raises(WrongKind, match="must be a number"):
        checked(Annotated[Any, any_number], "x")


def test_the_sentence_names_the_file_and_the_field():
    with pytest.raises(InputError) as found:
        read_as(Outer, {"name": 5}, "card.json", "make it anew")
    assert found.value.message == "card.json cannot be used: its name must be a text, not 5; make it anew."
