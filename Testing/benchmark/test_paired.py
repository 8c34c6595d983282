"""The paired difference of two rows: the right areas, whole patients drawn, the same ones for both."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from GANAnomalyLab.benchmark.paired import slice_difference
from GANAnomalyLab.evaluate.study import StudyTables

KINDS = {"needle": 6, "fluid": 4}
SLICES = 5


def study(strengths: dict[str, float], shared: float = 0.0, seed: int = 0) -> StudyTables:
    """Made-up scores; ``shared`` is how much of a patient's own level every configuration sees alike."""
    random, made = np.random.default_rng(seed), StudyTables()
    cases = [(f"normal{n}", "baseline") for n in range(9)]
    cases += [(f"{kind}{n}", kind) for kind, count in KINDS.items() for n in range(count)]
    levels = {case: random.normal(0, shared) for case, _ in cases}
    for name, strength in strengths.items():
        for case, group in cases:
            for number in range(SLICES):
                abnormal = int(group != "baseline" and number != 0)
                score = float(random.normal(levels[case] + strength * abnormal, 1))
                made.slices.append(
                    {
                        "configuration": name,
                        "case": case,
                        "group": group,
                        "patient": case,
                        "slice": number,
                        "abnormal": abnormal,
                        "patch_score": score,
                    }
                )
    return made


def area(tables: StudyTables, name: str) -> float:
    rows = [row for row in tables.slices if row["configuration"] == name]
    normal = [row["patch_score"] for row in rows if row["group"] == "baseline"]
    areas = []
    for kind in KINDS:
        scores = [row["patch_score"] for row in rows if row["group"] == kind and row["abnormal"]]
        areas.append(roc_auc_score([0] * len(normal) + [1] * len(scores), normal + scores))
    return float(np.mean(areas))


def test_the_difference_is_of_the_means_over_kinds():
    tables = study({"a": 1.5, "b": 0.5})
    found = slice_difference(tables, "a", "b")
    assert found.value == pytest.approx(area(tables, "a") - area(tables, "b"), abs=1e-12)
    assert found.low < found.value < found.high
    assert found.low > 0, "clearly better"
    back = slice_difference(tables, "b", "a")
    assert (back.value, back.low, back.high) == pytest.approx((-found.value, -found.high, -found.low), abs=1e-12)


def test_ties_count_half_and_equal_rows_differ_by_nothing():
    tables = study({"a": 1.0})
    tables.slices += [{**row, "configuration": "same"} for row in tables.slices]
    tables.slices += [
        {**row, "configuration": "flat", "patch_score": 1.0} for row in tables.slices[: len(tables.slices) // 2]
    ]
    same = slice_difference(tables, "a", "same")
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    assert slice_difference(tables, "a", "flat").value == pytest.approx(area(tables, "a") - 0.5)


def test_what_both_see_alike_does_not_widen_the_interval():
    """Patients of very different levels make each area uncertain; the difference of two that agree stays sharp."""
    tables = study({"a": 1.0}, shared=3.0)
    noise = np.random.default_rng(1)
    tables.slices += [
        {**row, "configuration": "b", "patch_score": row["patch_score"] + noise.normal(0, 0.1)} for row in tables.slices
    ]
    found = slice_difference(tables, "a", "b")
    assert found.high - found.low < 0.1
    other = study({"c": 1.0}, shared=3.0, seed=7)
    tables.slices += other.slices
    unlike = slice_difference(tables, "a", "c")
    assert unlike.high - unlike.low > 3 * (found.high - found.low)


def test_only_cases_that_both_have_count():
    tables = study({"a": 1.5, "b": 0.5})
    tables.slices = [row for row in tables.slices if row["configuration"] == "a" or row["case"] != "needle0"]
    tables.slices[0]["patch_score"] = float("nan")
    kept = StudyTables([row for row in tables.slices if row["case"] != "needle0"])
    found = slice_difference(tables, "a", "b")
    clean = [row for row in kept.slices if row["patch_score"] == row["patch_score"]]
    assert found.value == pytest.approx(area(StudyTables(clean), "a") - area(StudyTables(clean), "b"))
    alone = StudyTables([row for row in tables.slices if row["group"] != "baseline"])
    assert slice_difference(alone, "a", "b") is None
    assert slice_difference(tables, "a", "unknown") is None


def test_the_draws_of_a_row_are_made_once_for_all_of_its_pairs(monkeypatch):
    from GANAnomalyLab.benchmark import paired

    calls, real = [], paired.mean_auroc_draws
    monkeypatch.setattr(paired, "mean_auroc_draws", lambda *given: calls.append(1) or real(*given))
    tables = study({"a": 1.5, "b": 0.5, "c": 0.7})
    found = paired.Differences(tables)
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    assert [found.between(*pair) for pair in pairs] == [slice_difference(tables, *pair) for pair in pairs]
    assert len(calls) == 3 + 6
