"""``gananomaly evaluate detection``, ``permutation`` and ``compare`` as a person meets them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from evaluate.asked import evaluate, refused, rows_of
from evaluate_detection.score_files import write_result, write_scores, write_study

from GANAnomalyLab.statistics import auroc, auroc_published


@pytest.fixture
def given(tmp_path):
    """Baseline and two sets, by two metrics, with the same cases."""
    rng = np.random.default_rng(0)
    out = {}
    for name, size, shift in (("base", 60, 0), ("needle", 25, 1.5), ("ascites", 30, 0.8)):
        wd = rng.normal(5 + shift, 1, size)
        out[name] = write_scores(tmp_path / f"{name}.csv", wd, extra={"mse": np.exp(wd + rng.normal(0, 1, size))})
    return out


def values(path: Path, column="dist"):
    return np.array([float(row[column]) for row in rows_of(path)])


def detect(given, *more):
    sets = ["--baseline", given["base"], "--anomaly", f"needle={given['needle']}", "--anomaly", given["ascites"]]
    return evaluate("detection", *sets, "--bootstrap", 300, *more)


def test_detection(given, tmp_path):
    out = tmp_path / "out"
    done = detect(given, "--out", out)
    assert done.exit_code == 0, done.output
    names = "aurocs.csv detection.csv report.html results.json roc.png scores.png"
    assert " ".join(sorted(path.name for path in out.iterdir())) == names
    table = {row["set"]: row for row in rows_of(out / "detection.csv")}
    assert list(table) == ["needle", "ascites", "all sets"]
    both = np.r_[values(given["needle"]), values(given["ascites"])]
    for name, abnormal in (("needle", values(given["needle"])), ("all sets", both)):
        assert float(table[name]["auroc"]) == auroc(values(given["base"]), abnormal)
        assert float(table[name]["percentile_low"]) < float(table[name]["auroc"]) < float(table[name]["delong_high"])
    draws = rows_of(out / "aurocs.csv")
    assert len(draws) == 50
    needle = np.array([float(row["needle"]) for row in draws])
    assert needle.mean() == pytest.approx(float(table["needle"]["published_mean"]))
    assert needle.std() == pytest.approx(float(table["needle"]["published_sd"]))
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Research use only" in page
    assert page.count("data:image/png") == 2
    assert "needle" in done.stdout
    assert "Whose the cases are is not known" in done.stdout
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert results["inputs"]["needle"].startswith("sha256:")
    assert results["sets"][0]["auroc"]["at_rate"][1]["asked"] == 0.05
    assert str(tmp_path) not in (out / "results.json").read_text()
    refused(detect(given, "--out", out), "--force")
    assert detect(given, "--out", out, "--force").exit_code == 0


def test_detection_of_results_by_volume(tmp_path):
    rng = np.random.default_rng(1)
    for n in range(6):
        write_result(tmp_path / "normal" / f"n{n}", rng.random(5))
        write_result(tmp_path / "needle" / f"a{n}", np.r_[rng.random(4), 3])
    out = tmp_path / "out"
    sets = ["--baseline", tmp_path / "normal", "--anomaly", tmp_path / "needle", "--bootstrap", 100]
    assert evaluate("detection", *sets, "--out", out).exit_code == 0
    (row,) = rows_of(out / "detection.csv")
    assert (row["set"], row["normal"], row["abnormal"], row["auroc"]) == ("needle", "6", "6", "1.0")
    assert float(row["delong_low"]) == pytest.approx(0.025 ** (1 / 6))
    assert evaluate("detection", *sets, "--out", tmp_path / "rows", "--per", "row").exit_code == 0
    (row,) = rows_of(tmp_path / "rows" / "detection.csv")
    assert (row["normal"], row["normal_patients"]) == ("30", "6")


def test_detection_of_a_study(tmp_path):
    study = write_study(tmp_path / "slices.csv")
    done = evaluate(
        "detection", "--study", study, "--configuration", "good", "--bootstrap", 100, "--out", tmp_path / "out"
    )
    assert done.exit_code == 0, done.output
    table = rows_of(tmp_path / "out" / "detection.csv")
    assert [row["set"] for row in table] == ["needle", "probe", "all sets"]
    assert table[0]["normal_patients"] == "8"
    refused(evaluate("detection", "--study", study, "--out", tmp_path / "o"), "several configurations")
    refused(
        evaluate("detection", "--study", study, "--patient-column", "x", "--out", tmp_path / "o"), "--patient-column"
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (["--baseline", "nowhere.csv"], "nowhere.csv"),
        (["--column", "wd"], "'filename', 'dist', 'mse'"),
        (["--anomaly", "needle=x.csv"], "called 'needle'"),
        (["--anomaly", "x="], "name=path"),
        (["--fpr", "0.1", "--fpr", "5"], "--fpr"),
        (["--study", "x"], "leave out --baseline"),
        (["--per", "volume"], "belong together"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(given, tmp_path, change, words):
    before = set(tmp_path.iterdir())
    refused(detect(given, "--out", tmp_path / "out", *change), words)
    assert set(tmp_path.iterdir()) == before


def test_the_baseline_is_no_set(given, tmp_path):
    done = evaluate("detection", "--baseline", given["base"], "--anomaly", given["base"], "--out", tmp_path / "out")
    refused(done, "the same scores")


def test_permutation_of_draws(given, tmp_path):
    assert detect(given, "--out", tmp_path / "out").exit_code == 0
    draws = tmp_path / "out" / "aurocs.csv"
    pair = ["--first", draws, "--first-column", "needle", "--second", draws, "--second-column", "ascites"]
    done = evaluate("permutation", *pair, "--permutations", 5000, "--out", tmp_path / "test")
    assert done.exit_code == 0, done.output
    assert "p falls as more draws are made" in done.stdout
    assert "either direction" in done.stdout
    data = json.loads((tmp_path / "test" / "results.json").read_text(encoding="utf-8"))
    assert 0 < data["test"]["p"] <= 1
    assert data["test"]["first_mean"] == pytest.approx(np.mean([float(row["needle"]) for row in rows_of(draws)]))
    assert data["power"]["simulations"] == 1000
    assert data["published_power"] in (0.0, 1.0)
    assert "Research use only" in (tmp_path / "test" / "report.html").read_text(encoding="utf-8")
    refused(evaluate("permutation", "--first", draws, "--second", draws), "'draw', 'needle', 'ascites'")


def test_permutation_of_scores_draws_them_first(given):
    scores = ["--first-scores", given["base"], given["needle"], "--second-scores", given["base"], given["ascites"]]
    done = evaluate("permutation", *scores, "--permutations", 2000, "--simulations", 0, "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    drawn = auroc_published(values(given["base"]), values(given["needle"]), seed=303)
    assert data["test"]["first_mean"] == pytest.approx(drawn.mean)
    assert data["power"] is None
    assert not any("no spread" in note for note in data["notes"])
    same = ["--first-scores", given["needle"], given["needle"], *scores[3:]]
    done = evaluate("permutation", *same, "--permutations", 200, "--simulations", 0)
    assert "A population has no spread" in done.stdout
    assert data["test"]["p"] == pytest.approx(1 / 2001)


def test_permutation_as_published_comes_first(tmp_path):
    for name, shift in (("a", 0.0), ("b", 0.01)):
        (tmp_path / f"{name}.csv").write_text("auroc\n" + "\n".join(f"{0.8 + shift + n / 1000}" for n in range(20)))
    pair = ["--first", tmp_path / "a.csv", "--second", tmp_path / "b.csv", "--permutations", 2000]
    plain, published = evaluate("permutation", *pair), evaluate("permutation", *pair, "--as-published")
    assert plain.exit_code == published.exit_code == 0
    assert plain.stdout.index("p, one-sided") < plain.stdout.index("p as published")
    assert published.stdout.index("p as published") < published.stdout.index("p, one-sided")
    assert "p = 1.0000, as published" in published.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--first or --first-scores"),
        (["--first", "a.csv", "--second", "nowhere.csv"], "a.csv"),
    ],
)
def test_permutation_of_nothing(arguments, words):
    refused(evaluate("permutation", *arguments), words)


def test_compare_two_columns(given, tmp_path):
    pair = ["--first", given["base"], given["needle"], "--second-column", "mse", "--permutations", 500]
    done = evaluate("compare", *pair, "--bootstrap", 200, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    data = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    found = data["comparison"]
    assert found["first"] == auroc(values(given["base"]), values(given["needle"]))
    assert found["second"] == auroc(values(given["base"], "mse"), values(given["needle"], "mse"))
    assert (data["first"], data["second"]) == ("dist", "mse")
    assert found["percentile"][0] < found["difference"] < found["percentile"][1]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"results.json", "report.html"}
    refused(evaluate("compare", "--first", given["base"], given["needle"]), "--second-column")


def test_compare_names_what_it_leaves_out(given, tmp_path):
    names = [row["filename"] for row in rows_of(given["base"])]
    other = write_scores(tmp_path / "other.csv", np.arange(60.0), [*names[1:], "stranger.png"])
    pair = ["--first", given["base"], given["needle"], "--second", other, given["needle"], "--names", "WD", "new"]
    done = evaluate("compare", *pair, "--bootstrap", 100, "--permutations", 100, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "1 cases of WD are not among those of new and were left out: base_000.png" in done.stdout.replace("\n", " ")
    assert rows_of(tmp_path / "out" / "unmatched.csv") == [
        {"case": "base_000.png", "only in": "WD"},
        {"case": "stranger.png", "only in": "new"},
    ]


def test_compare_configurations_of_a_study(tmp_path):
    study = write_study(tmp_path / "slices.csv")
    done = evaluate("compare", "--study", study, "--configurations", "good", "poor", "--json", "--bootstrap", 100)
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert data["comparison"]["difference"] > 0.2
    assert data["comparison"]["patients"] == 24
    assert data["comparison"]["permutation_p"] < 0.05
    pair = ["compare", "--study", study, "--configurations", "good", "poor", "--set"]
    one = evaluate(*pair, "probe", "--bootstrap", 50, "--json")
    assert json.loads(one.stdout)["comparison"]["abnormal"] == 8
    refused(evaluate(*pair, "x"), "it has needle, probe")


def test_compare_unpaired(given):
    pair = ["--first", given["base"], given["needle"], "--second", given["ascites"], given["needle"]]
    done = evaluate("compare", *pair, "--unpaired", "--bootstrap", 100, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["comparison"]["permutation_p"] is None
