"""What tables say, held against other implementations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from GANAnomalyLab.evaluate.detection.score_files import read_distances
from GANAnomalyLab.evaluate.evaluation_options import Settings
from GANAnomalyLab.evaluate.study import BASELINE, Configuration, Scoring, StudyCase, StudyTables, summarise
from GANAnomalyLab.evaluate.study.measure import Measured
from GANAnomalyLab.evaluate.study.study_comparisons import compare_configurations
from GANAnomalyLab.evaluate.study.study_distances import write_distances
from GANAnomalyLab.statistics.mean_interval import Items, mean_auroc_interval
from GANAnomalyLib import CancelToken
from GANAnomalyLib.errors import Cancelled, InputError


def measured(rng, abnormal: int, shift: float, masked: bool = True) -> Measured:
    """A made case of eight slices, the last ``abnormal`` of them with a lesion, and five findings."""
    slices = []
    for number in range(8):
        ill = number >= 8 - abnormal
        score = float(rng.normal() + (shift if ill else 0))
        row = {"slice": number, "score": score / 2, "patch_score": score, "wd": 1.0, "mse": 2.0, "ssim": 0.1}
        known = masked or not abnormal
        slices.append(
            {
                **row,
                "abnormal": int(ill) if known else None,
                "lesion_pixels": 50 * ill if known else None,
                "located": int(rng.random() < 0.7) if ill and known else None,
            }
        )
    scores = np.sort(rng.normal(size=5))[::-1] + 3
    hits = [bool(abnormal) and rng.random() < 0.3 for _ in scores]
    findings = [
        {"rank": n + 1, "score": float(score), "slice": 7, "hit": hit if masked or not abnormal else None}
        for n, (score, hit) in enumerate(zip(scores, hits, strict=True))
    ]
    ranks = [finding["rank"] for finding in findings if finding["hit"]]
    case = {
        "located": int(hits[0]) if abnormal and masked else None,
        "hit_rank": ranks[0] if ranks else None,
        "false_positives": sum(not hit for hit in hits) if masked or not abnormal else None,
        "pixel_auroc": float(rng.random()) if abnormal and masked else None,
        "pixel_ap": float(rng.random()) if abnormal and masked else None,
        "seconds": 3.0,
        "seconds_per_slice": float(rng.random()),
        "peak_mib": float(rng.integers(100, 900)),
        "metric": "wd",
        "unit": "grey levels",
        "patch_size": 8,
        "lesion_pixels_needed": 4,
        "model_hash": "m",
        "input_hash": "i",
    }
    return Measured(slices, findings, case)


def made_tables(seed: int = 0, names=("wd", "mse"), masked: bool = True, scoring=None) -> StudyTables:
    """Six normal cases of three patients, and sets of four and three cases."""
    tables = StudyTables(scoring=scoring or Scoring())
    for number, name in enumerate(names):
        rng = np.random.default_rng([seed, number])
        one = Configuration(name)
        for case in range(6):
            normal = StudyCase(f"n{case}", Path("x"), BASELINE, patient=f"p{case // 2}")
            tables.add(one, normal, measured(rng, 0, 0.0), "done")
        for group, count in (("needle", 4), ("wet", 3)):
            for case in range(count):
                ill = StudyCase(f"{group}{case}", Path("x"), group, facts={"level": 2})
                tables.add(one, ill, measured(rng, 3, 2.0 - number, masked), "done")
    return tables


def rows_of(tables: StudyTables):
    return {(row["configuration"], row["group"]): row for row in summarise(tables, Settings(draws=100))}


def test_areas_are_those_of_another_implementation():
    tables = made_tables()
    rows = rows_of(tables)
    assert list(rows) == [(name, group) for name in ("wd", "mse") for group in ("needle", "wet", "mean")]
    for name in ("wd", "mse"):
        for group in ("needle", "wet"):
            held = [row for row in tables.slices if row["configuration"] == name]
            normal = [row["patch_score"] for row in held if row["group"] == BASELINE]
            ill = [row["patch_score"] for row in held if row["group"] == group and row["abnormal"] == 1]
            wanted = roc_auc_score([0] * len(normal) + [1] * len(ill), normal + ill)
            row = rows[name, group]
            assert row["slice_auroc"] == pytest.approx(wanted)
            assert row["slice_auroc_low"] <= wanted <= row["slice_auroc_high"]
            assert row["slice_published_mean"] == pytest.approx(wanted, abs=0.1)
            cases = [row for row in tables.cases if row["configuration"] == name and row["group"] in (BASELINE, group)]
            truth, scores = zip(*((row["abnormal"], row["score"]) for row in cases), strict=True)
            assert row["volume_auroc"] == pytest.approx(roc_auc_score(truth, scores))
        mean = rows[name, "mean"]
        assert mean["slice_auroc"] == pytest.approx(
            np.mean([rows[name, group]["slice_auroc"] for group in ("needle", "wet")])
        )
        assert mean["slice_auroc_low"] <= mean["slice_auroc"] <= mean["slice_auroc_high"]
        assert (mean["cases"], mean["abnormal_slices"], mean["normal_slices"], mean["patients"]) == (7, 21, 48, 7)


def test_shares_and_costs():
    tables = made_tables()
    row = rows_of(tables)["wd", "needle"]
    own = [r for r in tables.slices if r["configuration"] == "wd" and r["group"] == "needle" and r["abnormal"]]
    assert row["located"] == pytest.approx(np.mean([r["located"] for r in own]))
    assert row["located_low"] <= row["located"] <= row["located_high"]
    cases = [r for r in tables.cases if r["configuration"] == "wd"]
    assert row["located_cases"] == np.mean([r["located"] for r in cases if r["group"] == "needle"])
    assert row["pixel_ap"] == pytest.approx(np.mean([r["pixel_ap"] for r in cases if r["group"] == "needle"]))
    paid = [r for r in cases if r["group"] in (BASELINE, "needle")]
    assert row["seconds_per_slice"] == np.median([r["seconds_per_slice"] for r in paid])
    assert row["peak_mib"] == max(r["peak_mib"] for r in paid)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.25, 0.5, 1.0]))
def test_false_positives_by_trying_every_threshold(seed, sensitivity):
    """At four cases each share asked for is reached exactly, so that nothing lies between two thresholds."""
    tables = made_tables(seed, names=("wd",))
    row = next(row for row in summarise(tables, Settings(sensitivity=sensitivity, draws=0)) if row["group"] == "needle")
    held = [r for r in tables.findings if r["group"] in (BASELINE, "needle")]
    slices = 8 * 10
    best = None
    for threshold in sorted({r["score"] for r in held}, reverse=True):
        called = [r for r in held if r["score"] >= threshold]
        found = {r["case"] for r in called if r["hit"]}
        if len(found) / 4 >= sensitivity:
            best = sum(not r["hit"] for r in called) / slices
            break
    assert row["fp_per_slice"] == (best if best is None else pytest.approx(best))


def test_without_masks_volumes_are_still_told():
    rows = rows_of(made_tables(masked=False))
    row = rows["wd", "needle"]
    assert row["slice_auroc"] is None
    assert row["located"] is None
    assert row["fp_per_slice"] is None
    assert 0 <= row["volume_auroc"] <= 1
    assert rows["wd", "mean"]["slice_auroc"] is None


def test_other_scorings_of_the_same_tables():
    tables = made_tables()
    other = tables.rescored(Scoring("image", "max"))
    made = made_tables(scoring=Scoring("image", "max"))
    assert [row["score"] for row in other.cases] == [row["score"] for row in made.cases]
    assert other.cases[0]["score"] == max(row["score"] for row in tables.slices[:8])


def test_tables_come_back_as_they_were(tmp_path):
    tables = made_tables()
    tables.add_failed(Configuration("wd"), StudyCase("x", Path("x"), "wet"), "=HYPERLINK: it broke, “so”\nthere")
    tables.write(tmp_path)
    again = StudyTables.read(tmp_path)
    assert (again.slices, again.findings) == (tables.slices, tables.findings)
    for mine, read in zip(tables.cases, again.cases, strict=True):
        assert {k: v for k, v in mine.items() if v not in (None, "")} == {
            k: v for k, v in read.items() if v not in (None, "")
        }
    assert "'=HYPERLINK" in (tmp_path / "cases.csv").read_text(encoding="utf-8-sig")
    assert not list(tmp_path.glob("*.part"))


def test_tables_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="no finished study"):
        StudyTables.read(tmp_path)
    made_tables().write(tmp_path)
    text = (tmp_path / "slices.csv").read_text(encoding="utf-8-sig")
    for changed, words in (
        (text.replace("patch_score", "patches", 1), "no column 'patch_score'"),
        (text[: len(text) // 2].rsplit(",", 3)[0] + "\n", "cut off"),
        (text.replace(",1.0,", ",nan,", 1), "damaged"),
    ):
        (tmp_path / "slices.csv").write_text(changed, encoding="utf-8")
        with pytest.raises(InputError, match=words):
            StudyTables.read(tmp_path)


def test_nothing_to_summarise():
    tables = StudyTables()
    tables.add_failed(Configuration("wd"), StudyCase("x", Path("x"), "wet"), "broken")
    with pytest.raises(InputError, match="No case of the study has a result"):
        summarise(tables)
    with pytest.raises(InputError, match="sensitivity"):
        Settings(sensitivity=0.0)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        summarise(made_tables(), cancel=cancel)


def test_failures_are_counted_and_left_out():
    tables = made_tables()
    tables.add_failed(Configuration("wd"), StudyCase("x", Path("x"), "wet"), "broken")
    row, before = rows_of(tables)["wd", "wet"], rows_of(made_tables())["wd", "wet"]
    assert (row["failed"], row["cases"]) == (1, 3)
    assert row["slice_auroc"] == before["slice_auroc"]


def test_mean_interval_takes_patients_whole():
    rng = np.random.default_rng(1)
    normal = Items(rng.normal(size=40), tuple(f"n{k}" for k in range(40)))
    ill = Items(rng.normal(1.0, size=40), tuple(f"a{k}" for k in range(40)))
    free = mean_auroc_interval(normal, [ill, ill], 400, 0.95, 3, CancelToken())
    # Each score ten times, of the same four patients' worth: nothing is gained by repeating.
    one = Items(np.repeat(ill.scores[:4], 10), tuple(np.repeat(ill.patients[:4], 10).tolist()))
    few = mean_auroc_interval(normal, [one], 400, 0.95, 3, CancelToken())
    as_if = mean_auroc_interval(normal, [Items(one.scores, ill.patients)], 400, 0.95, 3, CancelToken())
    assert few[1] - few[0] > 1.5 * (as_if[1] - as_if[0])
    assert free[0] < roc_auc_score([0] * 40 + [1] * 40, [*normal.scores, *ill.scores]) < free[1]
    assert mean_auroc_interval(normal, [Items(one.scores, ("a",) * 40)], 400, 0.95, 3, CancelToken()) is None
    assert mean_auroc_interval(normal, [ill], 0, 0.95, 3, CancelToken()) is None


def test_configurations_are_compared_on_the_same_items():
    tables = made_tables()
    rows = compare_configurations(tables, Settings(draws=100), 500)
    assert [(row["group"], row["of"]) for row in rows] == [
        (group, of) for group in ("needle", "wet") for of in ("slices", "volumes")
    ]
    areas = rows_of(tables)
    for row in rows:
        kind = {"slices": "slice", "volumes": "volume"}[row["of"]]
        assert row["first_auroc"] == pytest.approx(areas["wd", row["group"]][f"{kind}_auroc"])
        assert row["second_auroc"] == pytest.approx(areas["mse", row["group"]][f"{kind}_auroc"])
        assert row["difference"] == pytest.approx(row["first_auroc"] - row["second_auroc"])
        assert row["published_first_mean"] == pytest.approx(areas["wd", row["group"]][f"{kind}_published_mean"])
    # A case that one of them lacks: nothing is the same any more.
    fewer = StudyTables(
        [r for r in tables.slices if (r["configuration"], r["case"]) != ("mse", "n0")], tables.cases, tables.findings
    )
    assert {row["of"] for row in compare_configurations(fewer, Settings(draws=0), 100)} == {"volumes"}


def test_distances_are_in_the_published_format(tmp_path):
    tables = made_tables()
    files = write_distances(tables, tmp_path)
    assert len(files) == 2 * 3 * 2
    baseline = read_distances(tmp_path / "distances" / "wd" / "baseline.csv")
    needle = read_distances(tmp_path / "distances" / "wd" / "needle.csv")
    assert (tmp_path / "distances" / "wd" / "needle.csv").read_text(encoding="utf-8-sig").startswith("filename,dist")
    area = roc_auc_score([0] * len(baseline) + [1] * len(needle), [*baseline.values, *needle.values])
    assert area == pytest.approx(rows_of(tables)["wd", "needle"]["slice_auroc"])
    assert set(needle.patients) == {f"needle{n}" for n in range(4)}
    volumes = read_distances(tmp_path / "distances" / "wd" / "needle_volumes.csv")
    assert volumes.names == tuple(f"needle{n}" for n in range(4))
    unmasked = write_distances(made_tables(masked=False), tmp_path / "other")
    assert len(read_distances(next(path for path in unmasked if path.name == "needle.csv"))) == 4 * 8
