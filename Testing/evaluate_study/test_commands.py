"""``gananomaly evaluate study`` and ``sweep`` as a person meets them."""

from __future__ import annotations

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from evaluate.asked import evaluate
from evaluate.asked import rows_of as table
from evaluate_study.conftest import CONFIGURATIONS
from evaluate_study.test_summary import made_tables

from GANAnomalyLab.evaluate.evaluation_options import Settings
from GANAnomalyLab.evaluate.study import Configuration
from GANAnomalyLab.evaluate.study.sweep import conclude_sweep
from GANAnomalyLab.evaluate.study.write_conclusions import conclude
from GANAnomalyLab.statistics import permutation
from GANAnomalyLib import CancelToken
from GANAnomalyLib.errors import Cancelled, InputError

FEW = Settings(draws=50)
OPTIONS = ["--model", "encoder", "--steps", 0, "--patch-size", 6, "--top", 4, "--device", "cpu", "--bootstrap", 50]


@pytest.fixture(autouse=True)
def few_permutations(monkeypatch):
    monkeypatch.setattr(permutation, "RESAMPLES", 500)


@pytest.fixture
def copied(study, tmp_path) -> Path:
    shutil.copytree(study[0], tmp_path / "out")
    return tmp_path / "out"


def given(sets: Path) -> list[object]:
    sources = ["--baseline", sets / "normals", "--anomaly", f"metal={sets / 'metal'}", "--masks", sets / "masks"]
    return [*sources, *OPTIONS]


class Words(HTMLParser):
    """What a page says, and whether it asks for anything from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said, self.asked = "", []
        self.feed(text)

    def handle_data(self, data):
        self.said += data

    def handle_starttag(self, tag, attributes):
        self.asked += [value for name, value in attributes if name in ("src", "href") and not value.startswith("#")]


@pytest.mark.slow
def test_study_from_the_command_line(sets, tmp_path):
    out = tmp_path / "study"
    done = evaluate("study", *given(sets), "--metric", "mse", "--out", out)
    assert done.exit_code == 0, done.output
    said = ("Detection", "metal", "its highest patch", "Fewer than ten patients: metal", str(out / "report.html"))
    for words in said:
        assert words in done.stdout
    data = json.loads((out / "results.json").read_text())
    assert [row["group"] for row in data["summary"]] == ["metal", "mean"]
    assert list(data["configurations"]) == ["mse"]
    again = evaluate("study", *given(sets), "--metric", "mse", "--out", out, "--json", "--volume-score", "max")
    assert again.exit_code == 0, again.output
    answer = json.loads(again.stdout)
    assert answer["scoring"]["volume"] == "max"
    assert str(out / "distances" / "mse" / "metal.csv") in answer["files"]
    assert {row["status"] for row in table(out / "cases.csv")} == {"reused"}
    other = evaluate("study", *given(sets), "--metric", "mse", "--region", "body", "--out", out)
    assert other.exit_code == 2
    assert "other settings" in other.stderr


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("study", ["--baseline", "nowhere", "--anomaly", "a=nowhere", "--out", "x"], "nowhere does not exist"),
        ("study", ["--baseline", "a", "--anomaly", "nowhere", "--out", "x"], "needle=needles/"),
        ("study", ["--anomaly", "a=b", "--out", "x"], "--baseline"),
        (
            "study",
            ["--baseline", "a", "--anomaly", "a=b", "--out", "x", "--volume-score", "median"],
            "score is max",
        ),
        ("sweep", ["--out", "x"], "--baseline and --anomaly, or --benchmark"),
        ("sweep", ["--out", "x", "--benchmark", "--baseline", "a"], "not both"),
        ("sweep", ["--out", "x", "--baseline", "a", "--anomaly", "a=b", "--kind", "air"], "add --benchmark"),
        ("sweep", ["--out", "y", "--model", "encoder", "--benchmark", "--kind", "unicorn"], "no anomaly 'unicorn'"),
    ],
)
def test_what_is_asked_wrongly(command, arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = evaluate(command, *arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert not (tmp_path / "x").exists()


@pytest.mark.slow
@pytest.mark.minutes
def test_sweep_from_the_command_line(sets, tmp_path):
    out = tmp_path / "sweep"
    few = [*given(sets), "--metric", "wd", "--metric", "mse", "--set", "warp_steps=0", "--out", out]
    done = evaluate("sweep", *few)
    assert done.exit_code == 0, done.output
    names = {"encoder_wd_patch6_steps0_warp_steps0", "encoder_mse_patch6_steps0_warp_steps0"}
    rows = table(out / "sweep.csv")
    assert {row["configuration"] for row in rows} == names
    assert {row["metric"] for row in rows} == {"wd", "mse"}
    areas = [float(row["slice_auroc"]) for row in rows]
    assert areas == sorted(areas, reverse=True)
    assert "*: no other is both faster and as good." in done.stdout
    page = Words((out / "report.html").read_text())
    assert "confirm the choice on patients that were not in this sweep" in page.said
    assert json.loads((out / "results.json").read_text())["kind"] == "sweep"


@pytest.mark.slow
@pytest.mark.minutes
def test_report_says_what_was_done(study, copied, sets):
    found = conclude(study[1], CONFIGURATIONS, copied, FEW)
    text = (copied / "report.html").read_text()
    page = Words(text)
    for words in ("Localisation", "Configurations compared", "To repeat it", "Research use only", "DeLong", "MiB"):
        assert words in page.said
    assert study[1].cases[0]["model_hash"] in page.said
    # Pictures are in the page, and nothing in it names a folder of this machine.
    assert all(value.startswith("data:") for value in page.asked)
    assert str(sets) not in text
    (row,) = [row for row in found.rows if (row["configuration"], row["group"]) == ("mse", "metal")]
    assert f"{row['volume_auroc']:.3f}" in page.said
    assert [row["configuration"] for row in table(copied / "summary.csv")] == ["wd", "wd", "mse", "mse"]
    assert len(table(copied / "comparisons.csv")) == 2


def test_failures_and_sets_without_masks_are_told(tmp_path):
    tables = made_tables(masked=False)
    tables.cases.append(
        {**tables.cases[-1], "case": "x", "status": "failed", "message": "<b>broken</b>", "score": None}
    )
    found = conclude(tables, [Configuration("wd"), Configuration("mse")], tmp_path, FEW)
    assert any("1 of 27 analyses failed" in note for note in found.notes)
    assert any("needle has no lesion masks" in note for note in found.notes)
    text = (tmp_path / "report.html").read_text()
    assert "&lt;b&gt;broken" in text
    assert "Localisation" not in text


def test_sweep_falls_back_to_volumes_and_marks_what_none_beats(tmp_path):
    names = ("a", "b", "c", "d")
    tables = made_tables(5, names, masked=False)
    chosen = [Configuration(name, {"steps": n}) for n, name in enumerate(names)]
    found = conclude_sweep(tables, chosen, ["steps"], tmp_path, settings=FEW)
    assert found.quality == "volume_auroc"
    assert any("judged by volumes" in note for note in found.notes)
    for row in found.rows:
        better = [
            other
            for other in found.rows
            if other is not row
            and other["volume_auroc"] >= row["volume_auroc"]
            and other["seconds_per_slice"] <= row["seconds_per_slice"]
        ]
        assert row["pareto"] == int(not better)
    with pytest.raises(InputError, match="judged by"):
        conclude_sweep(tables, chosen, ["steps"], tmp_path, "beauty")


def test_conclusions_stop_when_asked(tmp_path):
    cancel = CancelToken()

    def stop(fraction, message):
        if "Comparing" in message:
            cancel.cancel()

    with pytest.raises(Cancelled):
        conclude(made_tables(), [Configuration("wd")], tmp_path, FEW, stop, cancel)
    assert not list(tmp_path.iterdir())
