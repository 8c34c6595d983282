"""``gananomaly evaluate localisation`` as a person meets it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from evaluate.located import write_mask, write_result

from GANAnomalyLib.cli.app import app


def evaluate(*arguments):
    return CliRunner().invoke(app, ["evaluate", "localisation", *map(str, arguments)])


@pytest.fixture
def given(tmp_path, monkeypatch):
    monkeypatch.setattr("GANAnomalyLab.report.drawing.DPI", 70)
    for group, column in (("needles", 4), ("ascites", 30)):
        for n in range(2):
            decided = ["accepted" if n else "unsure"]
            write_result(tmp_path / group / f"{group}{n}", [(5.0, [(2, 4, column * n)])], decisions=decided)
            write_mask(tmp_path / "masks" / f"{group}{n}.nrrd", (2, 3, 6, 8, 6, 8))
    return ["--results", tmp_path / "needles", "--results", tmp_path / "ascites", "--bootstrap", 50]


def test_a_table_and_a_folder(given, tmp_path):
    out = tmp_path / "out"
    done = evaluate(*given, "--truth", tmp_path / "masks", "--out", out)
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    # Of each set the one at column 0 hits, and column 4 of the needles.
    for words in (
        "2 of 2 100%",
        "1 of 2 50%",
        "3 of 4 75%",
        "75% ± 35% over 2 sets",
        "Lesions found",
        "Patients are not",
    ):
        assert words in said
    assert str(out / "report.html") in done.stdout
    again = evaluate(*given, "--truth", tmp_path / "masks", "--out", out)
    assert (again.exit_code, "--force" in again.stderr) == (2, True)


def test_reviews_for_machines(given, tmp_path):
    done = evaluate(*given, "--reviews", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert data["headline"] == "top1_decision"
    assert data["all"]["measures"]["top1_decision"]["hits"] == 2
    assert data["all"]["not_counted"] == {"unsure": 2}
    assert [row["hit"] for row in data["per_case"]] == [None, 1, None, 1]
    saved = json.loads((tmp_path / "out" / "results.json").read_text())
    assert saved["sets"] == data["sets"]
    assert saved["inputs"]["decisions"].startswith("sha256:")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "--truth with masks or boxes, or --reviews"),
        (["--reviews", "--truth", "x"], "one of the two"),
        (["--truth", "nowhere"], "nowhere"),
        (["--reviews", "--top", "0"], "--top"),
        (["--reviews", "--cases", "none.csv"], "none.csv"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(given, tmp_path, more, words):
    done = evaluate(*given, *more, "--out", tmp_path / "out")
    assert done.exit_code == 2
    sentences = [line for line in done.stderr.splitlines() if line.startswith("gananomaly:")]
    assert len(sentences) == 1
    assert words in sentences[0]
    assert not (tmp_path / "out").exists()
