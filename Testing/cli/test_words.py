"""The small pieces: option values, progress, tables, and that every command teaches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

from GANAnomalyLab.cli.commands.demo import verdict
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.cli.bar import Bar, duration
from GANAnomalyLib.cli.commands.info import axes
from GANAnomalyLib.cli.commands.score import means
from GANAnomalyLib.cli.finding_tables import findings_table, place, result_findings
from GANAnomalyLib.cli.options import NameValue, SliceRange
from GANAnomalyLib.models.score_units import CALIBRATED
from GANAnomalyLib.results.result import AnalysisResult, Finding
from GANAnomalyLib.results.why import Why

COMMANDS = app.list_commands(click.Context(app))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches(name):
    done = CliRunner().invoke(app, [name, "--help"])
    assert done.exit_code == 0
    assert "Example:" in done.output
    assert f"gananomaly {name}" in done.output.partition("Example:")[2]
    assert "What comes out" in done.output
    assert "--json" in done.output
    listed = CliRunner().invoke(app, ["--help"]).output
    (line,) = [line for line in listed.splitlines() if line.startswith(f"  {name} ")]
    assert not line.endswith("...")


@pytest.mark.parametrize(("text", "value"), [("40:80", (40, 80)), (" 0 : 1 ", (0, 1)), ("7", (7, 8))])
def test_slice_range(text, value):
    assert SliceRange().convert(text, None, None) == value


@pytest.mark.parametrize("text", ["", ":", "4:", ":4", "8:8", "9:3", "-1:3", "a:b", "1.5:3"])
def test_bad_slice_range(text):
    with pytest.raises(click.BadParameter):
        SliceRange().convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [("lr=0.1", ("lr", 0.1)), ("space=w+", ("space", "w+")), ("a=b=c", ("a", "b=c")), ("x=", ("x", ""))],
)
def test_setting(text, value):
    assert NameValue().convert(text, None, None) == value
    with pytest.raises(click.BadParameter):
        NameValue().convert(text.replace("=", " "), None, None)


def test_durations():
    assert [duration(s) for s in (3.4, 75, 3725)] == ["3 s", "1 min 15 s", "1 h 2 min"]


def test_bar_away_from_a_terminal_speaks_in_lines_and_seldom(capsys):
    with Bar() as bar:
        for step in range(1000):
            bar(step / 1000, f"slice {step}")
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert lines[0] == "  0 %  slice 0"
    assert lines[-1].startswith("100 %  done in ")
    assert len(lines) < 5


def test_what_was_finished_before_does_not_count_as_pace(capsys, monkeypatch):
    clock = iter(n * 1.0 for n in range(1000))
    monkeypatch.setattr("GANAnomalyLib.cli.bar.time.monotonic", lambda: next(clock))
    with Bar() as bar:
        for step in range(101):
            bar(0.5 + step * 0.001, "taken up again")
    last = capsys.readouterr().err.splitlines()[-2]
    assert "left" in last
    assert "6 min" in last or "7 min" in last, "0.4 of the work, a thousandth a second"


def test_place_is_in_the_patients_directions():
    assert place((-12.4, 30.0, -0.6)) == "L 12  A 30  I 1"
    assert axes(np.diag([-1.0, -1.0, 1.0])) == ["L", "P", "S"]
    assert axes(np.array([[0, 0, 1], [1, 0, 0], [0, -1, 0.0]])) == ["A", "I", "R"]


def test_means():
    rows = [{"metric": "wd", "region": "full", "dist": value} for value in (1.0, 3.0)]
    assert means(rows) == [{"metric": "wd", "region": "full", "dist": 2.0, "pictures": 2}]


def finding(rank, box):
    return Finding(rank, rank, 50.0 - rank, "wd", 5, (4, 6), box, (10.0, -20.0, 300.0), (9.0, 9.0, 9.0))


def test_verdict_needs_a_real_overlap():
    mask = np.zeros((10, 20, 30), dtype=bool)
    mask[4:6, 5:10, 8:18] = True  # 100 voxels
    far, touching = finding(1, ((20, 25), (12, 18), (0, 3))), finding(2, ((17, 25), (9, 15), (5, 10)))
    on_it = finding(3, ((6, 12), (4, 9), (4, 6)))
    assert verdict(mask, [on_it, touching, far]) == {"found": True, "rank": 3}
    assert verdict(mask, [touching, far]) == {"found": False, "rank": None}
    assert verdict(mask, []) == {"found": False, "rank": None}


def test_findings_table(capsys):
    findings_table([finding(1, ((0, 1), (0, 1), (0, 1)))], "Findings", {1: "the [needle]"})
    shown = capsys.readouterr().out
    for words in ("49.0 grey levels", "4 to 6", "R 10  P 20  S 300", "9 x 9 x 9", "the [needle]"):
        assert words in shown
    findings_table([finding(1, ((0, 1), (0, 1), (0, 1)))], "Findings", unit=CALIBRATED)
    assert "49.0x usual" in capsys.readouterr().out
    findings_table([], "Findings")
    assert "Findings: No finding." in capsys.readouterr().out


def test_findings_say_why_where_it_is_known(capsys):
    box = ((0, 1), (0, 1), (0, 1))
    known, unknown = replace(finding(1, box), why=Why("brighter", 300, True)), finding(2, box)
    findings_table([known, unknown], "Findings")
    shown = capsys.readouterr().out
    assert "why" in shown
    assert "brighter by over 300 HU" in " ".join(shown.split())
    findings_table([unknown], "Findings")
    assert "why" not in capsys.readouterr().out, "results made before have no such column"


def made(*findings):
    facts = {"slice_thresholds": {"0.05": 48.5}, "settings": {"score_unit": "grey levels"}}
    return AnalysisResult(Path("result"), facts, list(findings), [])


def test_a_titled_table_says_what_is_usual_too(capsys):
    result_findings(made(*(finding(rank, ((0, 1), (0, 1), (0, 1))) for rank in (1, 2, 3))), "The CT", top=2)
    title, standing = capsys.readouterr().out.splitlines()[:2]
    assert title == "The CT"
    assert standing.startswith("1 of 2 are above what 1 of 20 normal slices shows")


def test_no_findings_are_said_once(capsys):
    result_findings(made())
    assert capsys.readouterr().out == "No findings.\n"
    result_findings(made(), "The CT")
    assert capsys.readouterr().out == "The CT\nNo findings.\n"
