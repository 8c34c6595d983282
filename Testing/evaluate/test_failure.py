"""Segmentations beside results: measures, statistics, the rule, and the command as a person meets it."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest
import SimpleITK as sitk
from evaluate.asked import evaluate, refused, rows_of
from evaluate.located import FEET_UP, LPS, SHAPE, volume_of, write_mask, write_result
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from GANAnomalyLab.evaluate.evaluation_options import FailureOptions
from GANAnomalyLab.evaluate.failure import evaluate_failure, match_segmentations, read_rule
from GANAnomalyLab.evaluate.failure.organ_measures import dice, grown, measure_case, surface_distance
from GANAnomalyLab.evaluate.failure.risk_coverage import best_curve, risk_curve
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import FILES, MANIFEST
from GANAnomalyLib.volume import AxialStack, write_volume

QUICK = FailureOptions(margin=4.0, bootstrap=100)
ORGAN = (1, 5, 8, 24, 8, 24)
"""Of the truth, as :func:`write_mask` takes it."""
FINDING = (2, 16, 16)
CUTS = (0, 1, 2, 9, 1, 3, 8, 10, 4, 12)


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    monkeypatch.setattr("GANAnomalyLab.report.drawing.DPI", 70)


def write_case(place, name, heat=1.0, cut=0, findings=((5.0, [FINDING]),), matrix=LPS, label=1):
    """A case: 2 everywhere in the heatmap but for ``heat`` at one voxel in the organ and 50 far from it; ``cut``
    columns of the organ are missed by its segmentation."""
    folder = write_result(place / "results" / name, list(findings), matrix)
    (folder / FILES["scores"]).write_text("slice,score\n" + "".join(f"{n},1.0\n" for n in range(SHAPE[0])))
    volume = volume_of(matrix)
    stack = AxialStack.from_volume(volume)
    values = np.full(SHAPE, 0.5, np.float32)
    values[2, 10, 12], values[5, 31, 39] = heat, 50.0
    write_volume(volume.like(stack.to_voxels(values)), folder / FILES["heatmap"])
    s0, s1, r0, r1, c0, c1 = ORGAN
    for what, box in (("truth", ORGAN), ("segmentation", (s0, s1, r0, r1, c0, c1 - cut))):
        path = write_mask(place / what / f"{name}.nrrd", *([box] if box[4] < box[5] else []), matrix=matrix)
        image = sitk.ReadImage(str(path)) * label
        sitk.WriteImage(image, str(path))
    return folder


@pytest.fixture
def cases(tmp_path):
    """Ten cases; those with higher heat have lost more of the organ, with one exception each way."""
    for n, cut in enumerate(CUTS):
        write_case(tmp_path, f"c{n}", 1.0 + n, cut)
    return tmp_path


def asked(place, *more):
    return ["failure", "--segmentation", place / "segmentation", place / "results", "--out", place / "out",
            "--margin", 4, "--bootstrap", 100, *more]  # fmt: skip


def matched(place, truth=True, **more):
    return match_segmentations([place / "results"], place / "segmentation", place / "truth" if truth else None, **more)


@pytest.mark.parametrize("matrix", [LPS, FEET_UP])
def test_one_case_is_measured_on_its_grid(tmp_path, matrix):
    """The organ is 4 slices of 16 x 16 pixels of 2 mm, 3 mm apart; a quarter of it is missed."""
    near, far = (2, 16, 16), (2, 0, 28)
    write_case(tmp_path, "a", 9.0, 4, [(7.0, [far]), (5.0, [near, (3, 16, 16)]), (4.0, [near])], matrix)
    (case,), notes = matched(tmp_path)
    measures, manifest = measure_case(case, QUICK)
    assert notes == []
    assert manifest["model"]["name"] == "m1"
    assert measures.highest == 9.0
    assert (measures.finding, measures.findings) == (5.0, 2)
    assert measures.truth_ml == pytest.approx(4 * 256 * 12 / 1000)
    assert measures.organ_ml == pytest.approx(0.75 * measures.truth_ml)
    assert measures.dice == pytest.approx(2 * 0.75 / 1.75)
    # Columns 20 to 23 of rows 8 to 23 are missed: of them the patches hold rows 16 to 23 in two slices and in one.
    assert measures.difference_ml == pytest.approx(measures.truth_ml / 4)
    assert [(one.rank, one.share) for one in measures.explanations] == [(2, 0.25), (3, 0.125)]
    assert measures.explained == pytest.approx(0.25)
    assert 0 < measures.expected < 0.25
    assert not measures.beyond
    # 4 mm reach two pixels and one slice: the finding far away and the heat of 50 do not count.
    wide, _ = measure_case(case, FailureOptions(margin=100.0))
    assert (wide.highest, wide.finding, wide.findings) == (50.0, 7.0, 3)
    assert wide.mean == pytest.approx(0.5 + (8.5 + 49.5) / np.prod(SHAPE))


def test_the_organ_grows_in_millimetres():
    organ = np.zeros((9, 20, 20), bool)
    organ[4, 10, 10] = True
    held = grown(organ, (3.0, 2.0, 1.0), 4.0)
    assert held.sum(axis=(1, 2))[[2, 6]].tolist() == [0, 0]
    assert held[3, 10, 10]
    assert held[4, 7:9, 10].tolist() == [False, True]
    assert held[4, 10, 14:16].tolist() == [True, False]
    assert np.array_equal(grown(organ, (3.0, 2.0, 1.0), 0.0), organ)


def test_dice_and_surfaces():
    one, other = np.zeros((4, 20, 20), bool), np.zeros((4, 20, 20), bool)
    one[:, 5:10, 5:15] = True
    other[:, 8:13, 5:15] = True
    assert dice(one, other) == pytest.approx(2 * 2 / 10)
    assert surface_distance(one, one, (3.0, 2.0, 2.0)) == 0
    assert math.isnan(surface_distance(one, np.zeros_like(one), (3.0, 2.0, 2.0)))
    # Each pixel of a line to the other line, 3 rows of 2 mm away; slices at the image's edge are no surface.
    lines = [np.zeros((4, 20, 20), bool) for _ in range(2)]
    lines[0][:, :6], lines[1][:, :9] = True, True
    assert surface_distance(*lines, (3.0, 2.0, 2.0)) == pytest.approx(6.0)


def test_risk_and_coverage():
    scores, losses = np.array([3.0, 1.0, 2.0]), np.array([0.9, 0.0, 0.3])
    assert risk_curve(scores, losses) == pytest.approx([0.0, 0.15, 0.4])
    assert risk_curve(-scores, losses) == pytest.approx([0.9, 0.6, 0.4])
    # Equal scores come in no order: what is expected of a random one.
    assert risk_curve(np.array([1.0, 1.0, 0.0]), losses) == pytest.approx([0.3, 0.375, 0.4])
    assert best_curve(losses) == pytest.approx([0.0, 0.15, 0.4])


def test_over_all_cases(cases):
    found, _ = matched(cases)
    out = evaluate_failure(found, QUICK)
    dices = np.array([one.dice for _, one in out.cases])
    heat = np.arange(1.0, 11.0)
    assert [one.highest for _, one in out.cases] == heat.tolist()
    failed = dices < 0.8
    assert failed.tolist() == [cut > 5 for cut in CUTS]
    statistics = out.statistics
    assert (statistics.failures, statistics.others) == (4, 6)
    assert statistics.aurocs["highest"].value == pytest.approx(roc_auc_score(failed, heat))
    rho = statistics.correlations["highest"]
    assert rho.value == pytest.approx(spearmanr(heat, dices).statistic)
    assert rho.interval.low < rho.value < rho.interval.high
    # The one finding that all have lies out of reach of what is left of an organ that was mostly missed.
    assert [one.finding for _, one in out.cases] == [0.0 if cut > 9 else 5.0 for cut in CUTS]
    assert statistics.aurocs["finding"].value == 0.25
    assert statistics.area.value == pytest.approx(np.mean([(1 - dices[: n + 1]).mean() for n in range(10)]))
    assert statistics.chance == pytest.approx((1 - dices).mean())
    assert statistics.best < statistics.area.value < statistics.chance
    assert statistics.gained.interval.low < statistics.gained.value < statistics.gained.interval.high
    # 80% of four failures are all four: the lowest has 4.
    assert (out.rule.threshold, out.rule.warned, out.rule.false_warnings) == (4.0, 1.0, 0.5)
    assert out.counts() == {"warned_failures": 4, "missed_failures": 0, "false_warnings": 3, "passed": 3}


def test_patients_are_drawn_whole(cases):
    (cases / "one.csv").write_text("case,patient\n" + "".join(f"c{n},p{n // 5}\n" for n in range(10)))
    alone, _ = matched(cases)
    whole, _ = matched(cases, table=cases / "one.csv")
    intervals = [evaluate_failure(held, QUICK).statistics.correlations["highest"].interval for held in (alone, whole)]
    assert intervals[0] != intervals[1]
    # Two patients: each draw is one of them twice, or both.
    rows = np.arange(10)
    dices = np.array([one.dice for _, one in evaluate_failure(whole, QUICK).cases])
    values = [spearmanr(rows[part], dices[part]).statistic for part in (slice(0, 5), slice(5, 10), slice(None))]
    for end in (intervals[1].low, intervals[1].high):
        assert np.isclose(values, end).any()


def test_an_empty_segmentation_is_a_failure_without_a_score(cases):
    write_case(cases, "lost", 1.0, 16)
    found, _ = matched(cases)
    out = evaluate_failure(found, QUICK)
    (lost,) = [one for case, one in out.cases if case.result.name == "lost"]
    assert (lost.dice, out.failed(lost)) == (0.0, True)
    assert math.isnan(lost.highest)
    assert out.rule.likely_to_fail(lost)
    assert (out.statistics.failures, out.counts()["warned_failures"]) == (4, 5)
    assert any("1 segmentations are empty (lost)" in words for words in out.warnings)


def test_only_analysed_slices_count(cases):
    for n in range(10):
        (cases / "results" / f"c{n}" / FILES["scores"]).write_text("slice,score\n3,1.0\n4,1.0\n")
    (case, *_), _ = matched(cases)
    measures, _ = measure_case(case, QUICK)
    assert measures.highest == 0.5
    assert measures.truth_ml == pytest.approx(2 * 256 * 12 / 1000)
    assert measures.beyond


def test_the_command_in_words_and_files(cases):
    done = evaluate(*asked(cases, "--truth", cases / "truth"))
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    for words in (
        "AUROC of highest heat for a Dice under 0.8",
        "Spearman",
        "It warns of 4 of 4 failures",
        "report.html",
    ):
        assert words in said
    rows = rows_of(cases / "out" / "cases.csv")
    assert [row["likely_to_fail"] for row in rows] == ["0"] * 3 + ["1"] * 7
    assert rows[9]["explained_by"] == "F1"
    assert float(rows[9]["dice"]) == pytest.approx(2 * 4 / 20)
    (explained,) = [row for row in rows_of(cases / "out" / "findings.csv") if row["case"] == "c9"]
    assert (explained["finding"], explained["failed"]) == ("1", "1")
    curve = rows_of(cases / "out" / "risk_coverage.csv")
    assert [float(row["coverage"]) for row in curve] == pytest.approx(np.arange(1, 11) / 10)
    page = (cases / "out" / "report.html").read_text()
    for words in ("Failures and the findings on them", "To repeat it", "sha256:"):
        assert words in page
    for name in ("score_dice.png", "roc.png", "risk_coverage.png"):
        assert (cases / "out" / name).is_file()
    refused(evaluate(*asked(cases, "--truth", cases / "truth")), "--force")


@pytest.mark.slow
def test_a_rule_is_learnt_and_used(cases, tmp_path):
    learnt = evaluate(*asked(cases, "--truth", cases / "truth", "--json"))
    assert learnt.exit_code == 0, learnt.output
    data = json.loads(learnt.stdout)
    assert data["rule"]["threshold"] == 4.0
    assert data["measures"]["highest"]["auroc"]["low"] <= data["measures"]["highest"]["auroc"]["value"]
    assert {"heatmap", "findings", "segmentation", "truth"} <= json.loads((cases / "out" / "results.json").read_text())[
        "inputs"
    ].keys()
    rule = read_rule(cases / "out")
    assert rule == read_rule(cases / "out" / "results.json")
    new = tmp_path / "new"
    for name, heat, cut in (("low", 3.9, 0), ("high", 4.1, 0), ("empty", 1.0, 16)):
        write_case(new, name, heat, cut)
    common = ["failure", "--segmentation", new / "segmentation", new / "results", "--predict", cases / "out"]
    done = evaluate(*common, "--out", new / "out")
    assert done.exit_code == 0, done.output
    assert "Likely to fail" in done.stdout
    assert "it warned of 100% of 4 failures" in " ".join(done.stdout.split())
    warned = {row["case"]: row["likely_to_fail"] for row in rows_of(new / "out" / "cases.csv")}
    assert warned == {"low": "0", "high": "1", "empty": "1"}
    assert "dice" not in rows_of(new / "out" / "cases.csv")[0]
    assert (new / "out" / "scores.png").is_file()
    # On cases with a truth that it was not learnt from.
    tried = evaluate(*common, "--truth", new / "truth", "--out", new / "tried", "--json")
    refused_words = "No segmentation has a Dice under 0.8"
    assert tried.exit_code == 2
    assert refused_words in json.loads(tried.stdout)["error"]
    write_case(new, "bad", 3.0, 10)
    done = evaluate(*common, "--truth", new / "truth", "--out", new / "tried", "--json")
    assert done.exit_code == 0, done.output
    tried = json.loads(done.stdout)
    assert tried["rule"] == data["rule"]
    assert tried["rule_learnt_here"] is False
    assert tried["rule_counts"] == {"warned_failures": 1, "missed_failures": 1, "false_warnings": 1, "passed": 1}
    refused(evaluate(*common, "--out", new / "other", "--margin", 9), "--margin 4.0")
    manifest = json.loads((new / "results" / "low" / MANIFEST).read_text())
    manifest["model"] = {"name": "m2", "hash": "sha256:" + "cd" * 32}
    (new / "results" / "low" / MANIFEST).write_text(json.dumps(manifest))
    refused(evaluate(*common, "--out", new / "other"), "learn a rule for them")


def test_one_label_of_many(tmp_path):
    for n in range(4):
        write_case(tmp_path, f"c{n}", float(n), 4 * n, label=5)
    done = evaluate(*asked(tmp_path, "--truth", tmp_path / "truth", "--label", 5))
    assert done.exit_code == 0, done.output
    refused(
        evaluate(*asked(tmp_path, "--truth", tmp_path / "truth", "--label", 6, "--force")),
        "The truth of c0 holds no label 6",
    )


def test_cases_of_two_sets_go_by_their_table(cases):
    with open(cases / "cases.csv", "w", newline="") as file:
        csv.writer(file).writerows([["case", "group", "patient"], *([f"c{n}", "ab"[n % 2], n] for n in range(10))])
    done = evaluate(*asked(cases, "--truth", cases / "truth", "--cases", cases / "cases.csv"))
    assert done.exit_code == 0, done.output
    assert "Patients are not known" not in done.stdout
    assert {row["set"] for row in rows_of(cases / "out" / "cases.csv")} == {"a", "b"}


def test_what_has_no_counterpart(cases):
    (cases / "truth" / "c3.nrrd").unlink()
    write_mask(cases / "segmentation" / "more.nrrd", ORGAN)
    refused(evaluate(*asked(cases, "--truth", cases / "truth")), "1 files of the segmentation have no result: more")
    (cases / "segmentation" / "more.nrrd").unlink()
    refused(evaluate(*asked(cases, "--truth", cases / "truth")), "1 results have no truth: c3")
    done = evaluate(*asked(cases, "--truth", cases / "truth", "--partial"))
    assert done.exit_code == 0, done.output
    assert len(rows_of(cases / "out" / "cases.csv")) == 9
    for n in range(10):
        (cases / "segmentation" / f"c{n}.nrrd").rename(cases / "segmentation" / f"other{n}.nrrd")
    refused(
        evaluate(*asked(cases, "--truth", cases / "truth", "--force", "--partial")),
        "No result has a segmentation of its name",
    )


def test_bad_input_is_one_sentence(cases, tmp_path):
    with_truth = asked(cases, "--truth", cases / "truth")
    refused(evaluate(*asked(cases)), "--truth with label maps, or --predict")
    refused(evaluate(*with_truth, "--dice", 0.1), "No segmentation has a Dice under 0.1")
    refused(evaluate(*with_truth, "--dice", 2), "--dice")
    refused(evaluate(*asked(cases, "--predict", cases / "results" / "c0" / MANIFEST)), "holds no rule")
    write_mask(cases / "segmentation" / "c4.nrrd", ORGAN, matrix=FEET_UP)
    refused(evaluate(*with_truth), "The segmentation of c4")
    write_mask(cases / "segmentation" / "c4.nrrd")
    write_mask(cases / "truth" / "c4.nrrd")
    refused(evaluate(*with_truth), "The truth of c4 holds no organ")
    assert not (cases / "out").exists()


def test_no_organ_in_any_segmentation(tmp_path):
    for n in range(3):
        write_case(tmp_path, f"c{n}", 1.0, 16)
    refused(evaluate(*asked(tmp_path, "--truth", tmp_path / "truth")), "No segmentation holds an organ")
    write_case(tmp_path, "whole", 1.0, 0)
    found, _ = matched(tmp_path, truth=False)
    with pytest.raises(InputError, match="a rule is needed"):
        evaluate_failure(found, QUICK)
