"""``gananomaly evaluate heatmap`` and ``localisation`` as a person meets them, and the help of every evaluation."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from evaluate.asked import evaluate, refused
from evaluate.located import write_mask, write_result
from evaluate.sets import SHAPE, boxed_set, write_csv
from places import PACKAGES


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    monkeypatch.setattr("GANAnomalyLab.report.drawing.DPI", 70)


@pytest.fixture
def heatmaps(tmp_path):
    table = write_csv(tmp_path / "boxes.csv", boxed_set(tmp_path, lift=0.4))
    return ["heatmap", "--heatmaps", tmp_path / "heat", "--truth", table, "--bootstrap", 50]


@pytest.fixture
def findings(tmp_path):
    for group, column in (("needles", 4), ("ascites", 30)):
        for n in range(2):
            decided = ["accepted" if n else "unsure"]
            write_result(tmp_path / group / f"{group}{n}", [(5.0, [(2, 4, column * n)])], decisions=decided)
            write_mask(tmp_path / "masks" / f"{group}{n}.nrrd", (2, 3, 6, 8, 6, 8))
    sets = ["--results", tmp_path / "needles", "--results", tmp_path / "ascites"]
    return ["localisation", *sets, "--bootstrap", 50]


def test_heatmaps_in_words(heatmaps, tmp_path):
    out = tmp_path / "out"
    done = evaluate(*heatmaps, "--out", out, "--top", 2)
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
    refused(evaluate(*heatmaps, "--out", out), "--force")


def test_heatmaps_for_machines(heatmaps, tmp_path):
    ignore = tmp_path / "ignore"
    ignore.mkdir()
    np.save(ignore / "case3.npy", np.tri(*SHAPE) > 0)
    done = evaluate(*heatmaps, "--ignore", ignore, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert data["measures"]["pixel_auroc"]["low"] < data["measures"]["pixel_auroc"]["value"]
    assert [row["case"] for row in data["per_case"]] == [f"case{n}" for n in range(6)]
    assert [row["ignored_pixels"] for row in data["per_case"]] == [0, 0, 0, int(np.tri(*SHAPE).sum()), 0, 0]
    assert data["per_case"][0]["pixel_auroc"] is None
    saved = json.loads((tmp_path / "out" / "results.json").read_text())
    assert saved["measures"] == data["measures"]


def test_a_heatmap_that_is_not_finite_is_named(heatmaps, tmp_path):
    heat = np.load(tmp_path / "heat" / "case4.npy")
    heat[0, 0] = np.inf
    np.save(tmp_path / "heat" / "case4.npy", heat)
    refused(evaluate(*heatmaps, "--out", tmp_path / "out"), "heatmap of case4 holds 1 pixels")


def test_findings_in_words(findings, tmp_path):
    out = tmp_path / "out"
    done = evaluate(*findings, "--truth", tmp_path / "masks", "--out", out)
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    # Of each set the one at column 0 hits, and column 4 of the needles.
    shares = ("2 of 2 100%", "1 of 2 50%", "3 of 4 75%", "75% ± 35% over 2 sets")
    for words in (*shares, "Lesions found", "Patients are not"):
        assert words in said
    assert str(out / "report.html") in done.stdout


def test_reviews_for_machines(findings, tmp_path):
    done = evaluate(*findings, "--reviews", "--out", tmp_path / "out", "--json")
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
    ("command", "more", "words"),
    [
        ("heatmaps", ["--truth", "nowhere"], "nowhere"),
        ("heatmaps", ["--top", "0"], "--top"),
        ("heatmaps", ["--patch-size", "33"], "do not fit"),
        ("findings", [], "--truth with masks or boxes, or --reviews"),
        ("findings", ["--reviews", "--truth", "x"], "one of the two"),
        ("findings", ["--truth", "nowhere"], "nowhere"),
        ("findings", ["--reviews", "--level", "2"], "--level"),
        ("findings", ["--reviews", "--cases", "none.csv"], "none.csv"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(request, tmp_path, command, more, words):
    refused(evaluate(*request.getfixturevalue(command), "--out", tmp_path / "out", *more), words)
    assert not (tmp_path / "out").exists()


def test_help_teaches_and_loads_no_engine():
    code = (
        "import sys\nfrom GANAnomalyLib.cli.app import app\nfrom GANAnomalyLab.cli import evaluation\n"
        "import pkgutil\n"
        "names = [m.name for m in pkgutil.iter_modules(evaluation.__path__) if m.name[0] != '_']\n"
        "for name in [*(['evaluate', name] for name in names), ['metrics'], ['benchmark']]:\n"
        "    app([*name, '--help'], standalone_mode=False)\n"
        "heavy = {'torch', 'SimpleITK', 'scipy', 'numba', 'pandas', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    environment = {**os.environ, "PYTHONPATH": PACKAGES, "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage:") == done.stdout.count("Example:") == done.stdout.count("--json ") >= 11
