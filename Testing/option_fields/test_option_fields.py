"""One declaration an option: what may be given, how it is told, the documentation, and plain data both ways."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import MISSING, dataclass
from typing import Annotated, ClassVar

import pytest

from GANAnomalyLib.detectors.settings import Settings, read_value, setting
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.typed_values import Named, Words
from GANAnomalyLib.option_fields import Options, option, usable_as_file_name


def _odd(value: int) -> str | None:
    return None if value % 2 else f"must be odd, not {value}"


@dataclass
class Walk(Options):
    """A walk."""

    WHAT = "walking option"

    place: str = option(MISSING, doc="Where to.")
    steps: int = option(10, "How many steps.", doc="Of one length.", above=0)
    share: float = option(0.5, low=0, high=1)
    rate: float | None = option(None, low=0, below=1)
    part: float = option(0.1, above=0, below=1)
    weight: float = option(1.0, low=0)
    pace: str = option("slow", "How fast.", choices=("slow", "fast"), free=True)
    size: int | None = option(None, choices=(1, 3))
    odd: int = option(1, check_value=_odd)
    between: tuple[int, int] | None = option(None)
    names: Annotated[tuple[str, ...], Words("a list of names")] = option(())
    either: bool | float = option(False, above=0, high=1)
    files: dict[str, str] = option(dict)
    called_: str = option("", check_value=usable_as_file_name)

    def check_together(self) -> None:
        if self.pace == "fast" and self.steps > 100:
            raise InputError("Nobody walks so far so fast: take fewer steps.")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"steps": 0}, "steps must be a whole number above 0, not 0."),
        ({"steps": 1.5}, "steps must be a whole number above 0, not 1.5."),
        ({"steps": True}, "steps must be a whole number above 0, not True."),
        ({"steps": None}, "steps must be a whole number above 0, not None."),
        ({"share": 1.01}, "share must be a number from 0 to 1, not 1.01."),
        ({"share": float("nan")}, "share must be a number from 0 to 1, not nan."),
        ({"rate": 1}, "rate must be a number from 0 to below 1, not 1."),
        ({"part": 0}, "part must be a number above 0 and below 1, not 0."),
        ({"weight": -1}, "weight must be a number of 0 or more, not -1."),
        ({"pace": "fats"}, "pace must be one of slow, fast, not 'fats' (did you mean fast?)."),
        ({"pace": 3}, "pace must be one of slow, fast, not 3."),
        ({"size": 2}, "size must be one of 1, 3, not 2."),
        ({"odd": 4}, "odd must be odd, not 4."),
        ({"between": [1]}, "between must be two whole numbers, not a list."),
        ({"names": "x"}, "names must be a list of names, not 'x'."),
        ({"names": ["x", 3]}, "names must be a list of names, not a list."),
        ({"either": 2}, "either must be true or false or a number above 0 and up to 1, not 2."),
        ({"files": {"a": 3}}, "files.a must be a text, not 3."),
        ({"called_": "a/b"}, "called_ must be usable as a file name, which 'a/b' is not."),
        ({"stesp": 3}, "There is no walking option called 'stesp' (did you mean steps?): check the spelling."),
        ({"pace": "fast", "steps": 101}, "Nobody walks so far so fast: take fewer steps."),
    ],
)
def test_what_cannot_be_is_told_with_what_could(given, words):
    with pytest.raises(InputError) as caught:
        Walk.from_dict({"place": "home", **given})
    assert caught.value.message == words


@pytest.mark.parametrize(
    ("given", "field", "values"),
    [
        ({"steps": 0}, "steps", {"given": 0}),
        ({"pace": "fats"}, "pace", {"given": "'fats'", "choices": ["slow", "fast"]}),
        ({"between": [1]}, "between", {"given": [1]}),
        ({"share": float("nan")}, "share", {}),
        ({"steps": 10**5000}, "steps", {}),
        ({"place": 3.5}, "place", {"given": 3.5}),
        ({"called_": "Ada/b"}, "called_", {}),
    ],
)
def test_programs_are_told_which_field_and_what_it_was(given, field, values):
    with pytest.raises(InputError) as caught:
        Walk.from_dict({"place": "home", **given})
    assert (caught.value.field, caught.value.values) == (field, values)
    json.dumps(caught.value.values, allow_nan=False)


@dataclass
class Kinds(Settings):
    """One of each."""

    detector: ClassVar[str] = "kinds"
    number: float | None = setting("n", label="N")
    whole: int = setting("w", 3)
    switch: bool | None = setting("s")
    share: bool | float | None = setting("s", above=0, high=1)
    choice: str | None = setting("c", choices=("a", "b"), choice_labels={"a": "an a"})
    path: Named | None = setting("p")
    names: Annotated[tuple[str, ...], Words("a list of names")] | None = setting("n")
    text: str = setting("t", "")


def test_what_makes_a_field_is_told_by_the_annotation():
    schema = Kinds.schema()
    assert {name: item.value_kind for name, item in schema.items()} == {name: name for name in schema}
    assert schema["choice"].choice_labels == {"a": "an a"}
    assert read_value(schema["whole"], 4.0) == 4
    assert isinstance(read_value(schema["share"], 1), float)
    assert read_value(schema["share"], True) is True
    with pytest.raises(InputError) as caught:
        Kinds.read({"whole": "x"})
    assert caught.value.field == "settings.whole"


def test_plain_data_both_ways():
    walk = Walk("home", between=(1, 4), names=("a", "b"), either=True, files={"a": "b"}, rate=0)
    assert Walk.from_dict(json.loads(json.dumps(walk.to_dict()))) == walk
    assert Walk("a").files is not Walk("b").files
    assert set(Walk("a").fixed()) == set(Walk.options()) - {"pace"}


def test_lists_become_the_declared_tuples_also_where_nothing_else_can_change():
    @dataclass(frozen=True)
    class Fixed(Options):
        pair: tuple[int, int] = option((0, 1))

    fixed = Fixed([3, 4])  # type: ignore[arg-type]
    fixed.check()
    assert fixed.pair == (3, 4)


def test_the_documentation_comes_from_the_fields():
    lines = (Walk.__doc__ or "").splitlines()
    assert lines[:4] == ["A walk.", "", "Attributes", "----------"]
    assert "steps: How many steps. Of one length." in lines
    assert "place: Where to." in lines


def test_settings_of_detectors_are_named_as_requests_name_them():
    @dataclass
    class Own(Settings):
        """Settings."""

        detector: ClassVar[str] = "own"
        class_index: int | None = setting("which class", name="class", low=0)
        rate: float | None = setting("how fast", above=0, mode="fast")

    assert Own.read({"class": 3.0, "rate": 2}) == Own(3, 2.0)
    assert isinstance(Own.read({"class": 3.0}).class_index, int)
    with pytest.raises(InputError, match="The setting 'class' must be a whole number of 0 or more, not -1"):
        Own.read({"class": -1})
    with pytest.raises(InputError, match="belongs to another mode"):
        Own.read({"rate": 1.0}, "reference")
    with pytest.raises(InputError, match="own detector has no setting 'class_index'"):
        Own.read({"class_index": 1})


def test_declaring_imports_nothing_heavy():
    code = "import GANAnomalyLib.analysis.request, GANAnomalyLab.datasets.dataset_options, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "torch", "click"} & set(done.stdout.split())
