"""What a class of options declares is what its command offers."""

from __future__ import annotations

from dataclasses import dataclass

import click
import pytest
from click.testing import CliRunner

from GANAnomalyLib.cli.options import click_options, given, taken
from GANAnomalyLib.option_fields import Options, option


@dataclass(frozen=True)
class Walk(Options):
    """A walk."""

    steps: int = option(10, "How many steps.", above=0)
    far: float | None = option(None, "How far.", flags="--far --distance", metavar="KM", shown="as far as it goes")
    pace: str = option("slow", "How fast.", choices=("slow", "fast"))
    size: int = option(1, "Of shoes.", choices=(1, 3))
    rest: bool = option(True, "Without a rest.", flags="--no-rest")
    sing: bool = option(False, "Sing.")
    slices: tuple[int, int] | None = option(None, "Which part.")
    heights: tuple[float, float] | None = option(None, "How high.")
    maps: dict[str, str] = option(dict, "NAME=FILE.")
    inner: int = option(3, doc="Not for the command line.")


def run(*arguments: str, switches: bool = False):
    seen: list[Walk] = []

    @click.command()
    @click_options(Walk, switches=switches)
    def command(**options):
        seen.append(taken(Walk, options))
        assert options == {}

    result = CliRunner().invoke(command, arguments)
    return result, seen[0] if seen else None


def test_help_says_what_is_declared():
    text = " ".join(run("--help")[0].output.split())
    for words in (
        "--steps INTEGER How many steps. [default: 10]",
        "--far, --distance KM How far. [default: as far as it goes]",
        "--pace [slow|fast] How fast. [default: slow]",
        "--size [1|3] Of shoes. [default: 1]",
        "--no-rest Without a rest. --sing Sing.",
        "--slices FIRST:STOP Which part.",
        "--heights LOW:HIGH How high.",
        "--maps NAME=VALUE",
    ):
        assert words in text
    assert "inner" not in text
    assert "--sing BOOL Sing. [default: false]" in " ".join(run("--help", switches=True)[0].output.split())


def test_what_is_not_given_keeps_the_declared_default():
    assert run()[1] == Walk()
    assert given({"steps": None, "sing": False}) == {"sing": False}


def test_what_is_given_arrives_as_declared():
    arguments = ["--steps=3", "--distance=2.5", "--size=3", "--no-rest", "--sing", "--slices=4", "--heights=-1.5:2"]
    found = run(*arguments, "--maps=a=1", "--maps=b=c")[1]
    assert found == Walk(
        3, 2.5, size=3, rest=False, sing=True, slices=(4, 5), heights=(-1.5, 2.0), maps={"a": "1", "b": "c"}
    )
    assert run("--sing", "1", switches=True)[1] == run("--sing", switches=True)[1] == Walk(sing=True)
    assert run("--sing", "off", switches=True)[1] == Walk()


@pytest.mark.parametrize(
    "arguments", [["--steps=x"], ["--pace=fats"], ["--slices=5:4"], ["--heights=4"], ["--maps=a"], ["--inner=4"]]
)
def test_what_cannot_be_read_is_refused(arguments):
    result, found = run(*arguments)
    assert result.exit_code == 2
    assert found is None
