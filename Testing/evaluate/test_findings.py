"""Localisation of result folders: by masks, by boxes, by what readers decided."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from evaluate.asked import rows_of
from evaluate.located import FEET_UP, LPS, PATCH, SHAPE, write_mask, write_result

from GANAnomalyLab.evaluate.evaluation_options import FindingsOptions
from GANAnomalyLab.evaluate.findings import evaluate_findings, match_results, write_findings
from GANAnomalyLab.evaluate.findings.findings_report import CASES, PICTURES, input_hashes
from GANAnomalyLab.evaluate.findings.hits import CaseHits
from GANAnomalyLab.report.report_folder import PAGE, RESULTS
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.results.result import FILES, MANIFEST, AnalysisResult
from GANAnomalyLib.review.decisions import DECISIONS_FILE
from GANAnomalyLib.running.progress import CancelToken

QUICK = FindingsOptions(top=3, bootstrap=200)


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Pictures of fewer pixels: nothing here depends on how many there are."""
    monkeypatch.setattr("GANAnomalyLab.report.drawing.DPI", 70)


@pytest.fixture
def masked(tmp_path):
    """Two sets: in one the first finding hits twice of three times, in the other never the first."""
    results, masks = tmp_path / "results", tmp_path / "masks"
    for n, (row, column) in enumerate([(10, 10), (10, 14), (2, 30)]):
        write_result(
            results / "needle" / f"n{n}", [(9.0 - n, [(2, row, column), (3, row, column)]), (5.0, [(5, 0, 0)])]
        )
        write_mask(masks / f"n{n}.nrrd", (2, 4, 12, 16, 12, 16))
    for n in range(2):
        write_result(results / "fluid" / f"f{n}", [(4.0, [(0, 0, 0)]), (3.0, [(4, 20, 20)])])
        write_mask(masks / f"f{n}.nrrd", (4, 5, 22, 24, 22, 24))
    write_result(results / "fluid" / "healthy", [(2.0, [(0, 0, 0)])])
    write_mask(masks / "healthy.nrrd")
    return results, masks


def shares(evaluation, rule="patch", top=1):
    return {
        one.name: (one.shares[f"top{top}_{rule}"].hits, one.shares[f"top{top}_{rule}"].counted)
        for one in evaluation.sets
    }


def test_by_masks(masked):
    results, masks = masked
    cases, notes = match_results([results], masks)
    assert [(case.group, case.name) for case in cases][:3] == [("fluid", "f0"), ("fluid", "f1"), ("fluid", "healthy")]
    out = evaluate_findings(cases, QUICK, notes)
    assert shares(out) == {"fluid": (0, 2), "needle": (2, 3)}
    assert shares(out, top=3) == {"fluid": (2, 2), "needle": (2, 3)}
    assert out.whole.skipped == {"normal": 1}
    headline = out.whole.shares["top1_patch"]
    assert (headline.hits, headline.counted) == (2, 5)
    mean, spread, count = out.over_sets["top1_patch"]
    assert (mean, spread, count) == (pytest.approx(1 / 3), pytest.approx(np.std([0, 2 / 3], ddof=1)), 2)
    # Published worked values: Clopper and Pearson's and Wilson's 95% intervals of 2 in 5.
    assert headline.exact == pytest.approx((0.0527, 0.8534), abs=1e-4)
    assert headline.wilson == pytest.approx((0.1176, 0.7693), abs=1e-4)
    assert headline.patients.low < 0.4 < headline.patients.high
    healthy = next(hits for case, hits in out.cases if case.name == "healthy")
    assert (healthy.skipped, healthy.false_positives, healthy.outcome("patch", 1)) == ("normal", 1, None)
    # 5 lesions, 2 + 2 found; false positives: n2's 7, then three 5s, 4s, and the 2 of the healthy one.
    rates, sensitivity, _ = out.froc
    assert sensitivity[-1] == pytest.approx(4 / 5)
    assert rates[-1] == pytest.approx((1 + 3 + 2 + 1) / 6)


def test_rules_differ_as_they_should(tmp_path):
    """One lesion under the finding's second patch only; one at the corner of the highest."""
    write_result(tmp_path / "r" / "a", [(5.0, [(2, 4, 4), (3, 4, 12)])])
    write_result(tmp_path / "r" / "b", [(5.0, [(2, 4, 4), (3, 4, 12)])])
    write_mask(tmp_path / "m" / "a.nrrd", (3, 4, 6, 8, 16, 18))
    write_mask(tmp_path / "m" / "b.nrrd", (2, 3, 11, 14, 11, 14))
    out = evaluate_findings(match_results([tmp_path / "r"], tmp_path / "m")[0], QUICK)
    ranks = {case.name: hits.ranks for case, hits in out.cases}
    assert ranks["a"] == {"patch": None, "finding": 1, "centre": None, "iou": None}
    assert ranks["b"] == {"patch": 1, "finding": 1, "centre": None, "iou": None}


@pytest.mark.parametrize("matrix", [LPS, FEET_UP])
@pytest.mark.parametrize("told", ["patches", "box", "heatmap"])
def test_in_any_storage_order(tmp_path, matrix, told):
    """Places come out of patches, of the box where there are none, and the grid of the heatmap where it must."""
    folder = write_result(tmp_path / "r" / "a", [(5.0, [(4, 8, 24)])], matrix)
    for name, box, hit in (("on", (4, 5, 15, 17, 31, 33), True), ("off", (4, 5, 16, 18, 31, 33), False)):
        write_mask(tmp_path / name / "a.nrrd", box, matrix=matrix)
        if told != "patches":
            data = json.loads((folder / FILES["findings"]).read_text())
            data["findings"][0]["per_slice"] = []
            (folder / FILES["findings"]).write_text(json.dumps(data))
        if told == "heatmap":
            manifest = json.loads((folder / MANIFEST).read_text())
            manifest.pop("geometry", None)
            (folder / MANIFEST).write_text(json.dumps(manifest))
            shutil.copy(tmp_path / name / "a.nrrd", folder / FILES["heatmap"])
        out = evaluate_findings(match_results([folder], tmp_path / name)[0], QUICK)
        assert out.cases[0][1].outcome("patch", 1) is hit
        assert out.cases[0][1].outcome("finding", 1) is hit
    wrong = write_mask(
        tmp_path / "wrong" / "a.nrrd", (4, 5, 15, 17, 31, 33), matrix=LPS if matrix is FEET_UP else FEET_UP
    )
    with pytest.raises(InputError, match="mask of a"):
        evaluate_findings(match_results([folder], wrong.parent)[0], QUICK)


def test_by_boxes(tmp_path):
    write_result(tmp_path / "r" / "a", [(5.0, [(2, 4, 4)]), (4.0, [(2, 20, 20)])])
    write_result(tmp_path / "r" / "b", [(5.0, [(2, 4, 4)])])
    write_result(tmp_path / "r" / "c", [])
    table = tmp_path / "boxes.csv"
    table.write_text("case,slice,x0,y0,x1,y1\na,2,21,19,27,27\nb,,,,,\nc,1,3,3,9,9\n")
    out = evaluate_findings(match_results([tmp_path / "r"], table)[0], QUICK)
    assert out.cases[0][1].ranks == {"patch": 2, "finding": 2, "centre": 2, "iou": 2}
    assert [hits.skipped for _, hits in out.cases] == ["", "normal", ""]
    # A case in which nothing was found is a miss.
    assert shares(out) == {"r": (0, 2)}
    assert shares(out, top=3) == {"r": (1, 2)}


def reviewed(folder, decisions):
    for name, said in decisions.items():
        write_result(folder / name, [(5.0 - n, [(2, 4, 4)]) for n in range(3)], decisions=said)


def test_by_decisions(tmp_path):
    decisions = {
        "hit": ["accepted", "", ""], "miss": ["rejected", "rejected", "rejected"],
        "later": ["rejected", "accepted", ""],
        "unsure": ["unsure", "rejected", "rejected"], "untouched": ["", "", ""], "none": None,
        "second": ["unsure", "accepted", ""], "open": ["rejected", "", "rejected"],
    }  # fmt: skip
    reviewed(tmp_path / "r", decisions)
    write_result(tmp_path / "r" / "empty", [])
    out = evaluate_findings(
        match_results([tmp_path / "r"], None)[0], FindingsOptions(top=3, reviews=True, bootstrap=50)
    )
    said = {case.name: [hits.outcome("decision", top) for top in (1, 3)] for case, hits in out.cases}
    assert said == {
        "hit": [True, True], "miss": [False, False], "later": [False, True], "unsure": [None, None],
        "untouched": [None, None], "none": [None, None], "second": [None, True], "open": [False, None],
        "empty": [False, False],
    }  # fmt: skip
    assert out.whole.skipped == {"not reviewed": 2, "unsure": 1}
    assert (out.whole.shares["top1_decision"].hits, out.whole.shares["top1_decision"].counted) == (1, 5)
    assert (out.whole.shares["top3_decision"].hits, out.whole.shares["top3_decision"].counted) == (3, 5)
    assert any("4 cases do not count" in words for words in out.warnings)
    assert out.froc is None


def test_decisions_of_another_result_do_not_count(tmp_path):
    reviewed(tmp_path / "r", {"a": ["accepted", "", ""]})
    manifest = json.loads((tmp_path / "r" / "a" / MANIFEST).read_text()) | {"fingerprint": "newer"}
    (tmp_path / "r" / "a" / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"No case counts \(1 not reviewed\)"):
        evaluate_findings(match_results([tmp_path / "r"], None)[0], FindingsOptions(reviews=True))


def test_sets_and_patients_from_a_table(masked, tmp_path):
    results, masks = masked
    rows = ["case,group,patient", *(f"n{n},needle,p{n // 2}" for n in range(3)), "f0,fluid,p0", "f1,fluid,p9"]
    table = tmp_path / "cases.csv"
    table.write_text("\n".join([*rows, "healthy,baseline,p8"]))
    (masks / "healthy.nrrd").unlink()
    cases, _ = match_results([results], masks, table)
    out = evaluate_findings(cases, QUICK)
    assert {one.name: (one.cases, one.patients) for one in out.sets} == {
        "fluid": (2, 2), "baseline": (1, 1), "needle": (3, 2),
    }  # fmt: skip
    assert [one.name for one in out.shown] == ["fluid", "needle", "all"]
    assert out.whole.patients == 4
    assert not any("Patients are not known" in words for words in out.warnings)
    table.write_text("\n".join(rows))
    with pytest.raises(InputError, match="does not list healthy"):
        match_results([results], masks, table)
    table.write_text("\n".join([*rows, "healthy,baseline,p8", "n0,needle,p5"]))
    with pytest.raises(InputError, match="Line 8"):
        match_results([results], masks, table)
    table.write_text("case,age\nn0,3\n")
    with pytest.raises(InputError, match="neither set nor patient"):
        match_results([results], masks, table)


def test_patients_are_drawn_whole(tmp_path):
    """Ten cases of one patient all hit, one of another does not: a draw holds either, both or none."""
    for n in range(11):
        column = 4 if n else 30
        write_result(tmp_path / "r" / f"c{n:02d}", [(5.0, [(2, 4, column)])])
        write_mask(tmp_path / "m" / f"c{n:02d}.nrrd", (2, 3, 6, 8, 6, 8))
    table = tmp_path / "cases.csv"
    table.write_text("case,patient\n" + "\n".join(f"c{n:02d},{'one' if n else 'two'}" for n in range(11)))
    out = evaluate_findings(match_results([tmp_path / "r"], tmp_path / "m", table)[0], QUICK)
    share = out.whole.shares["top1_patch"]
    assert (share.hits, share.counted) == (10, 11)
    assert (share.patients.low, share.patients.high) == (0.0, 1.0)


def test_masks_by_set(masked, tmp_path):
    results, masks = masked
    for group in ("needle", "fluid"):
        (masks / group).mkdir()
    for path in list(masks.glob("*.nrrd")):
        path.rename(masks / ("needle" if path.name.startswith("n") else "fluid") / path.name)
    out = evaluate_findings(match_results([results], masks)[0], QUICK)
    assert shares(out) == {"fluid": (0, 2), "needle": (2, 3)}


def test_what_does_not_pair(masked, tmp_path):
    results, masks = masked
    with pytest.raises(InputError, match="holds no result"):
        match_results([masks], masks)
    with pytest.raises(InputError, match="does not exist"):
        match_results([tmp_path / "nowhere"], masks)
    with pytest.raises(InputError, match="twice"):
        match_results([results / "needle", results / "needle"], masks)
    shutil.rmtree(results / "needle" / "n1")
    with pytest.raises(InputError, match="no result for n1"):
        match_results([results], masks)
    cases, notes = match_results([results], masks, partial=True)
    assert len(cases) == 5
    assert "1 cases with a mask have no result" in notes[0]
    (masks / "n0.nrrd").unlink()
    with pytest.raises(InputError, match="no mask for n0"):
        match_results([results], masks, partial=True)


def test_damaged_results_are_named(tmp_path):
    folder = write_result(tmp_path / "r" / "a", [(5.0, [(2, 4, 4)])])
    write_mask(tmp_path / "m" / "a.nrrd", (2, 3, 6, 8, 6, 8))
    cases, _ = match_results([tmp_path / "r"], tmp_path / "m")
    data = json.loads((folder / FILES["findings"]).read_text())
    for change, words in (
        ({"score": float("nan")}, "score must be a number, not nan"),
        ({"slice": 5}, "Finding 1 of a is damaged"),
        ({"per_slice": [{"slice": 2, "row": "x", "col": 1, "score": 1}]}, "Finding 1 of a is damaged"),
        ({"per_slice": [{"slice": 99, "row": 1, "col": 1, "score": 1}], "slice": 99}, "outside its image"),
        ({"per_slice": [], "box_ijk": [[0, 9], [0, 9], [0, 99]]}, "outside its image"),
    ):
        changed = {"findings": [data["findings"][0] | change]}
        (folder / FILES["findings"]).write_text(json.dumps(changed))
        with pytest.raises(InputError, match=words):
            evaluate_findings(cases, QUICK)
    (folder / FILES["findings"]).write_text(json.dumps(data)[:50])
    with pytest.raises(InputError, match="damaged"):
        evaluate_findings(cases, QUICK)
    (folder / FILES["findings"]).write_text(json.dumps(data))
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["geometry"]["ijk_to_ras"] = np.zeros((4, 4)).tolist()
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="damaged"):
        evaluate_findings(cases, QUICK)


def test_nothing_to_count(tmp_path):
    with pytest.raises(InputError, match="no result"):
        evaluate_findings([], QUICK)
    write_result(tmp_path / "r" / "a", [(5.0, [(2, 4, 4)])])
    write_mask(tmp_path / "m" / "a.nrrd")
    with pytest.raises(InputError, match="No case has a lesion"):
        evaluate_findings(match_results([tmp_path / "r"], tmp_path / "m")[0], QUICK)
    assert CaseHits(skipped="normal").outcome("patch", 1) is None


def test_progress_and_cancel(masked):
    results, masks = masked
    cases, _ = match_results([results], masks)
    seen = []
    evaluate_findings(cases, QUICK, progress=lambda fraction, message: seen.append((fraction, message)))
    assert [f for f, _ in seen] == sorted(f for f, _ in seen)
    assert (seen[0][0], seen[-1][0]) == (0.0, 1.0)
    assert not any(case.name in message for case in cases for _, message in seen)
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        evaluate_findings(cases, QUICK, (), lambda f, m: f > 0.3 and cancel.cancel(), cancel)


def test_the_folder(masked, tmp_path):
    pytest.importorskip("matplotlib")
    results, masks = masked
    out = evaluate_findings(match_results([results], masks)[0], QUICK)
    hashes = input_hashes(out, masks)
    folder = tmp_path / "out"
    paths = write_findings(out, folder, inputs=hashes)
    assert [path.name for path in paths] == [RESULTS, CASES, PAGE, *PICTURES]
    data = json.loads((folder / RESULTS).read_text())
    assert data["all"]["measures"]["top1_patch"]["value"] == pytest.approx(0.4)
    assert data["over_sets"]["top1_patch"]["sets"] == 2
    assert data["inputs"] == hashes
    assert data["froc"]["sensitivity"][-1] == pytest.approx(0.8)
    rows = {row["case"]: row for row in rows_of(folder / CASES)}
    assert [rows[name]["hit"] for name in ("n0", "n2", "f0", "healthy")] == ["1", "0", "0", ""]
    assert (rows["f0"]["rank_patch"], rows["healthy"]["not_counted"]) == ("2", "normal")
    page = (folder / PAGE).read_text(encoding="utf-8")
    assert "33% ± 47% over 2 sets" in page
    # Two charts, and the first finding of each of the five cases that count.
    assert (page.count('class="chart"'), page.count("<img")) == (2, 7)


def test_a_picture_from_elsewhere_is_not_shown(tmp_path):
    folder = write_result(tmp_path / "r" / "a", [(5.0, [(2, 4, 4)])])
    write_mask(tmp_path / "m" / "a.nrrd", (2, 3, 6, 8, 6, 8))
    shutil.copy(folder / "patches" / "finding_01.png", tmp_path / "secret.png")
    data = json.loads((folder / FILES["findings"]).read_text())
    data["findings"][0]["patch_picture"] = str(tmp_path / "secret.png")
    (folder / FILES["findings"]).write_text(json.dumps(data))
    out = evaluate_findings(match_results([tmp_path / "r"], tmp_path / "m")[0], QUICK)
    write_findings(out, tmp_path / "out")
    page = (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    assert page.count("<img") == page.count('class="chart"')


def test_hashes_tell_what_was_read(masked, tmp_path):
    results, masks = masked
    out = evaluate_findings(match_results([results], masks)[0], QUICK)
    before = input_hashes(out, masks)
    assert before == input_hashes(out, masks)
    write_mask(masks / "n0.nrrd", (0, 1, 0, 1, 0, 1))
    after = input_hashes(out, masks)
    assert (after["findings"], after["truth"] == before["truth"]) == (before["findings"], False)
    reviewed(tmp_path / "again", {"a": ["accepted", "", ""], "b": None})
    reviews = evaluate_findings(
        match_results([tmp_path / "again"], None)[0], FindingsOptions(reviews=True, bootstrap=0)
    )
    assert input_hashes(reviews, None)["decisions"].startswith("sha256:")
    assert (tmp_path / "again" / "a" / DECISIONS_FILE).is_file()


def test_the_helper_is_what_the_engine_writes(tmp_path):
    folder = write_result(tmp_path / "a", [(5.0, [(2, 4, 4)])])
    result = AnalysisResult.read(Path(folder))
    (i0, i1), (j0, j1), (k0, k1) = result.findings[0].box_ijk
    assert (i1 - i0, j1 - j0, k1 - k0) == (PATCH, PATCH, 1)
    assert result.manifest["geometry"]["shape_kji"] == list(SHAPE)
