"""``gananomaly evaluate heatmap`` as a person meets it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from evaluate.sets import SHAPE, boxed_set, write_csv

from GANAnomalyLib.cli.app import app


def evaluate(*arguments):
    return CliRunner().invoke(app, ["evaluate", "heatmap", *map(str, arguments)])


@pytest.fixture
def given(tmp_path):
    table = write_csv(tmp_path / "boxes.csv", boxed_set(tmp_path, lift=0.4))
    return ["--heatmaps", tmp_path / "heat", "--truth", table, "--bootstrap", 50]


def test_a_table_and_a_folder(given, tmp_path):
    out = tmp_path / "out"
    done = evaluate(*given, "--out", out, "--top", 2)
    assert done.exit_code == 0, done.output
    for words in (
        "pixels: AUROC",
        "images: average precision",
        "highest patch on a lesion, by its centre",
        "one of 2 highest patches on a lesion, by overlap (IoU 0.1)",
        "6 cases, 4 with a lesion",
        str(out / "results.json"),
    ):
        assert words in done.stdout
    again = evaluate(*given, "--out", out)
    assert again.exit_code == 2
    assert "--force" in again.stderr


def test_answer_for_machines(given, tmp_path):
    ignore = tmp_path / "ignore"
    ignore.mkdir()
    np.save(ignore / "case3.npy", np.tri(*SHAPE) > 0)
    done = evaluate(*given, "--ignore", ignore, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert data["measures"]["pixel_auroc"]["low"] < data["measures"]["pixel_auroc"]["value"]
    assert [row["case"] for row in data["per_case"]] == [f"case{n}" for n in range(6)]
    assert [row["ignored_pixels"] for row in data["per_case"]] == [0, 0, 0, int(np.tri(*SHAPE).sum()), 0, 0]
    assert data["per_case"][0]["pixel_auroc"] is None
    saved = json.loads((tmp_path / "out" / "results.json").read_text())
    assert saved["measures"] == data["measures"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["--truth", "nowhere"], "nowhere"),
        (["--top", "0"], "--top"),
        (["--patch-size", "33"], "do not fit"),
        (["--seed", "-1"], "seed"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(given, tmp_path, change, words):
    done = evaluate(*given, "--out", tmp_path / "out", *change)
    assert done.exit_code == 2
    sentences = [line for line in done.stderr.splitlines() if line.startswith("gananomaly:")]
    assert len(sentences) == 1
    assert words in sentences[0]
    assert not (tmp_path / "out").exists()


def test_a_heatmap_that_is_not_finite_is_named(given, tmp_path):
    heat = np.load(tmp_path / "heat" / "case4.npy")
    heat[0, 0] = np.inf
    np.save(tmp_path / "heat" / "case4.npy", heat)
    done = evaluate(*given, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "heatmap of case4 holds 1 pixels" in done.stderr
