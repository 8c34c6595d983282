"""The leaderboard: right numbers in the right rows, honest words, tables that hold what was computed."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from GANAnomalyLab.benchmark.benchmark_page import write_page
from GANAnomalyLab.benchmark.configurations import Entry, entries
from GANAnomalyLab.benchmark.leaderboard import Leaderboard, by_levels, together
from GANAnomalyLab.benchmark.leaderboard_tables import (
    HEADS,
    by_group,
    kinds_left_out,
    markdown,
    notes,
    overall,
    pair_matrix,
    write_leaderboard,
)
from GANAnomalyLab.benchmark.paired import Difference
from GANAnomalyLab.evaluate.study import Configuration, StudyTables
from GANAnomalyLab.evaluate.study.study_tables import CASE_COLUMNS, FINDING_COLUMNS, SLICE_COLUMNS
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken, no_progress

KINDS, LEVELS = ("needle", "fluid"), (1, 2, 3)
FACTS = {
    "plan": {"patients": 2, "baselines": 6, "kinds": list(KINDS), "levels": [1, 2, 3], "slab": 4, "standard": False},
    "cases": 18,
    "as_published": {"same": 18, "rounded": 0, "other": 0, "unknown": 0},
}


def tables(strengths: dict[str, float]) -> StudyTables:
    """A study of made-up scores: abnormal slices lie ``strength`` times their level above normal ones."""
    rng, made = np.random.default_rng(5), StudyTables()
    cases = [(f"baseline_{n:02d}", "baseline", None) for n in range(6)]
    cases += [(f"{kind}_{level}_{n:02d}", kind, level) for kind in KINDS for level in LEVELS for n in range(2)]
    for name, strength in strengths.items():
        for case, group, level in cases:
            keys = {"configuration": name, "case": case, "group": group, "patient": case}
            scores = rng.normal(0, 1, 4) + strength * (level or 0)
            for number, score in enumerate(scores):
                row = dict.fromkeys(SLICE_COLUMNS)
                row.update(keys, slice=number, abnormal=int(level is not None), patch_score=float(score), score=0.0)
                row["located"] = None if level is None else int(score > 1)
                made.slices.append(row)
            row = dict.fromkeys(CASE_COLUMNS)
            row.update(keys, level=level, abnormal=int(level is not None), score=float(scores.max()), status="done")
            row.update(false_positives=1, slices=4, seconds_per_slice=0.5, peak_mib=700.0, model_hash=f"hash of {name}")
            row["hit_rank"] = None if level is None or scores.max() <= 1 else level
            row.update(message="", located=None if level is None else int(scores.max() > 1), pixel_auroc=0.75)
            made.cases.append(row)
            hit = None if level is None else 1
            finding = dict(zip(FINDING_COLUMNS[4:], (1, 0, float(scores.max()), hit), strict=True))
            made.findings.append({**keys, **finding})
    return made


def entry(name: str, kind: str = "stylegan2") -> Entry:
    return Entry(Configuration(name, {"model": name, "metric": "wd"}), f"Title of {name}", kind, "wd")


@pytest.fixture(scope="module")
def made():
    study = tables({"strong": 2.0, "weak": 0.2, "mean": 1.0})
    chosen = [entry("weak"), entry("mean", "baseline"), entry("strong")]
    return study, Leaderboard.of(study, chosen, FACTS, no_progress, CancelToken())


def slice_scores(study, name, keep):
    rows = [row for row in study.slices if row["configuration"] == name]
    normal = [row["patch_score"] for row in rows if row["group"] == "baseline"]
    abnormal = [row["patch_score"] for row in rows if row["group"] != "baseline" and keep(row["case"])]
    return roc_auc_score([0] * len(normal) + [1] * len(abnormal), normal + abnormal)


def test_the_best_comes_first_and_numbers_are_those_of_scikit_learn(made):
    study, board = made
    assert [row["configuration"] for row in board.rows] == ["strong", "mean", "weak"]
    for row in board.rows:
        each = [slice_scores(study, row["configuration"], lambda case, k=kind: case.startswith(k)) for kind in KINDS]
        assert row["slice_auroc"] == pytest.approx(np.mean(each), abs=1e-4)
        assert row["slice_auroc_low"] <= row["slice_auroc"] <= row["slice_auroc_high"]
        assert row["model_hash"] == f"hash of {row['configuration']}"
        assert row["peak_mib"] == 700


def test_by_level(made):
    study, board = made
    found = {(row["configuration"], row["group"]): row["slice_auroc"] for row in board.levels}
    assert len(found) == 9
    for level, name in enumerate(("subtle", "moderate", "obvious"), 1):
        wanted = slice_scores(study, "strong", lambda case, n=level: f"_{n}_" in case)
        assert found["strong", name] == pytest.approx(wanted, abs=1e-4)
    assert found["strong", "subtle"] < found["strong", "obvious"]


def test_the_mean_without_each_kind_and_unseen_kinds_apart():
    areas = {"needle": 0.9, "fluid": 0.7, "stranding": 0.6, "displaced": 0.5}
    kinds = [{"configuration": "m", "group": kind, "slice_auroc": area} for kind, area in areas.items()]
    rows = [{"configuration": "m", "title": "M", "metric": "wd"}]
    (found,) = Leaderboard(rows, kinds, [], []).left_out()
    assert (found["all"], found["seen"], found["unseen"]) == (0.675, 0.8, 0.55)
    assert found["difference"] == -0.25
    assert found["without"] == {"needle": 0.6, "fluid": 0.6667, "stranding": 0.7, "displaced": 0.7333}
    heads, body = kinds_left_out(Leaderboard(rows, kinds, [], []))
    assert heads[2:7] == ["all", "seen kinds", "unseen kinds", "unseen less seen", "without needle"]
    assert body == [["M", "wd", "0.675", "0.800", "0.550", "-0.250", "0.600", "0.667", "0.700", "0.733"]]
    kinds[0]["slice_auroc"] = None
    (found,) = Leaderboard(rows, kinds, [], []).left_out()
    assert (found["all"], found["seen"], found["unseen"], found["difference"]) == (None, None, 0.55, None)


def test_any_two_rows_are_compared(made):
    _, board = made
    assert [(pair.first, pair.second) for pair in board.pairs] == [
        ("strong", "mean"),
        ("strong", "weak"),
        ("mean", "weak"),
    ]
    by_name = {row["configuration"]: row["slice_auroc"] for row in board.rows}
    for pair in board.pairs:
        assert pair.value == pytest.approx(by_name[pair.first] - by_name[pair.second], abs=2e-4)
    there, back = board.between("strong", "weak"), board.between("weak", "strong")
    assert (back.value, back.low, back.high) == (-there.value, -there.high, -there.low)
    assert board.between("strong", "nobody") is None
    heads, body = pair_matrix(board)
    assert heads == ["", "less strong", "less mean", "less weak"]
    assert body[0][:2] == ["strong", ""]
    assert body[0][3].startswith(f"{there.value:+.3f}* (")
    assert there.words.startswith("strong has a higher slice AUROC than weak: +")
    assert back.words.startswith("weak has a lower slice AUROC than strong: -")
    assert "are not told apart" in Difference("a", "b", 0.01, -0.1, 0.1).words


def test_few_pairs_of_many_rows_and_those_asked_for(monkeypatch):
    monkeypatch.setattr("GANAnomalyLab.benchmark.leaderboard.MOST_PAIRED", 2)
    study = tables({"a": 2.0, "b": 1.0, "c": 0.5})
    chosen = [entry(name) for name in "abc"]
    board = Leaderboard.of(study, chosen, FACTS, no_progress, CancelToken(), [("c", "a")])
    assert [(pair.first, pair.second) for pair in board.pairs] == [("a", "b"), ("c", "a")]


def test_in_3d(made):
    study, board = made
    cases = [row for row in study.cases if row["configuration"] == "strong" and row["group"] == "needle"]
    row = next(row for row in board.kinds if (row["configuration"], row["group"]) == ("strong", "needle"))
    assert row["found_3d"] == pytest.approx(np.mean([case["hit_rank"] is not None for case in cases]), abs=1e-4)
    assert 0 < row["froc_3d"] <= 1
    assert HEADS.index("found in 3-D") == HEADS.index("first finding on it") + 1


def test_the_development_cohort_is_named_as_such(made, tmp_path):
    study, _ = made
    facts = {**FACTS, "cohort": "development"}
    board = Leaderboard.of(
        study, [entry(name) for name in ("strong", "weak", "mean")], facts, no_progress, CancelToken()
    )
    assert notes(board)[0].startswith("This is the development cohort: its numbers are for choosing")
    page = write_page(board, study, tmp_path / "report.html", CancelToken()).read_text(encoding="utf-8")
    assert "development cohort: for choosing only" in page


def test_regrouping_changes_no_normal_case_and_not_the_tables_themselves(made):
    study, _ = made
    before = [dict(row) for row in study.cases]
    for other in (by_levels(study), together(study)):
        assert [row for row in other.slices if row["group"] == "baseline"] == [
            row for row in study.slices if row["group"] == "baseline"
        ]
    assert {row["group"] for row in together(study).findings} == {"baseline", "anomaly"}
    assert study.cases == before


def test_what_is_said_of_baselines():
    def board(first, second, low=None):
        rows = [
            {"configuration": "m", "baseline": False, "slice_auroc": first},
            {"configuration": "b", "baseline": True, "slice_auroc": second},
        ]
        paired = None if low is None else Difference("m", "b", first - second, low, low + 0.2)
        return Leaderboard(rows, [], [], [], paired=paired)

    assert board(0.7, 0.8).verdict().endswith("does not beat the simple baseline b: slice AUROC 0.700 against 0.800.")
    assert "on the same patients -0.100 (95 % interval -0.150 to +0.050)" in board(0.7, 0.8, -0.15).verdict()
    assert board(0.9, 0.8, 0.02).verdict().endswith("(95 % interval +0.020 to +0.220).")
    assert board(0.9, 0.8, -0.01).verdict().endswith("which may be chance.")
    assert board(0.9, 0.8).verdict().endswith("which may be chance.")
    assert board(None, 0.8).verdict() == ""
    assert Leaderboard([], [], [], []).verdict() == ""


def test_files_hold_the_same_numbers(made, tmp_path):
    _, board = made
    paths = write_leaderboard(board, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)
    data = json.loads((tmp_path / "leaderboard.json").read_text(encoding="utf-8"))
    assert data["leaderboard"] == board.rows
    assert [Entry.from_dict(item) for item in data["entries"]] == board.entries
    with open(tmp_path / "leaderboard.csv", newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3 + 3 * 3 + 3 * 2
    assert float(rows[0]["slice_auroc"]) == board.rows[0]["slice_auroc"]
    text = (tmp_path / "leaderboard.md").read_text(encoding="utf-8")
    assert f"{board.rows[0]['slice_auroc']:.3f}" in text
    assert "not a standard size" in text
    assert "| Title of strong | wd |" in text


def test_tables_have_a_cell_for_every_head(made):
    _, board = made
    assert all(len(row) == len(HEADS) for row in overall(board))
    for rows in (board.kinds, board.levels):
        heads, body = by_group(board, rows)
        assert all(len(row) == len(heads) for row in body)
    assert by_group(board, board.levels)[0][2:] == ["subtle", "moderate", "obvious"]


def test_a_title_cannot_break_the_table(made):
    _, board = made
    board.rows[0]["title"], kept = "a | b", board.rows[0]["title"]
    try:
        assert "a \\| b" in markdown(board)
    finally:
        board.rows[0]["title"] = kept


def test_cases_that_are_not_the_published_ones_are_told(made):
    _, board = made
    assert "The cases are the published ones." in notes(board)
    other = Leaderboard(
        board.rows,
        [],
        [],
        [],
        {**board.facts, "as_published": {**dict.fromkeys(("same", "rounded", "unknown"), 0), "other": 18}},
    )
    assert any(text.startswith("18 of 18 cases are not") for text in notes(other))


def test_failures_are_told(made, tmp_path):
    study = tables({"strong": 2.0})
    study.add_failed(Configuration("strong"), _case("needle_9", "needle"), "Its CT cannot be read.")
    board = Leaderboard.of(study, [entry("strong")], FACTS, no_progress, CancelToken())
    assert any(text.startswith("1 analyses failed") for text in notes(board))
    page = write_page(board, study, tmp_path / "report.html", CancelToken()).read_text(encoding="utf-8")
    assert "Its CT cannot be read." in page


def _case(name, group):
    from pathlib import Path

    from GANAnomalyLab.evaluate.study import StudyCase

    return StudyCase(name, Path("ct.nii.gz"), group, facts={"level": 1})


def test_the_page(made, tmp_path):
    study, board = made
    page = write_page(board, study, tmp_path / "report.html", CancelToken()).read_text(encoding="utf-8")
    for text in (
        "Leaderboard",
        "By level",
        "By kind",
        "Without each kind",
        "Row by row",
        "hash of strong",
        "Research use only",
        "data:image/png",
    ):
        assert text in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_stop_leaves_no_page(made, tmp_path):
    study, board = made
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        write_page(board, study, tmp_path / "report.html", cancel)
    assert list(tmp_path.iterdir()) == []


def test_rows_of_models():
    found = entries(["demo"], None, {})
    assert [item.name for item in found] == ["demo-wd", "demo-mse", "demo-ssim"]
    assert found[0].request == {"model": "demo", "metric": "wd", "device": "auto"}
    assert [item.name for item in entries(["demo_picard"], None, {})] == ["demo_picard-wd"]
    assert [item.name for item in entries(["demo"], ["mse"], {}, "cpu")] == ["demo-mse"]


@pytest.mark.parametrize(
    ("models", "metrics", "words"),
    [
        (["nobody"], None, "no model 'nobody'"),
        (["demo"], ["dice"], "metric is one of"),
        (["demo", "demo"], None, "would be called 'demo-mse'"),
    ],
)
def test_rows_that_cannot_be(models, metrics, words):
    with pytest.raises(InputError, match=words):
        entries(models, metrics, {})


def test_a_device_that_does_not_exist():
    with pytest.raises(InputError, match="device"):
        entries(["demo"], None, {}, "abacus")
