"""Detection of several sets against one baseline."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLab.evaluate.detection.detection_report import detection_data, point_rows, row_data, table_rows
from GANAnomalyLab.evaluate.detection.score_files import Distances
from GANAnomalyLab.evaluate.detection.set_detection import evaluate_detection
from GANAnomalyLab.evaluate.evaluation_options import DetectionOptions
from GANAnomalyLab.statistics import auroc
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken

FEW = DetectionOptions(draws=200)


def scores(name, values, patients=None):
    names = tuple(f"{name}{n}" for n in range(len(values)))
    return Distances(np.asarray(values, float), names, patients, "dist", f"{name}.csv")


@pytest.fixture
def sets():
    rng = np.random.default_rng(0)
    base = scores("base", rng.normal(0, 1, 60))
    return base, {"needle": scores("needle", rng.normal(1.5, 1, 25)), "fluid": scores("fluid", rng.normal(1, 1, 40))}


def test_a_set_does_not_depend_on_what_stands_beside_it(sets):
    base, anomalies = sets
    together = evaluate_detection(base, anomalies, FEW)
    alone = evaluate_detection(base, {"fluid": anomalies["fluid"]}, FEW)
    assert alone.together is None
    assert together.sets[1].estimate == alone.sets[0].estimate
    assert np.array_equal(together.sets[1].published.draws, alone.sets[0].published.draws)
    both = np.r_[anomalies["needle"].values, anomalies["fluid"].values]
    assert together.together.estimate.value == auroc(base.values, both)
    assert len(together.together.published.draws) == 100


def test_turned_scores(sets):
    base, anomalies = sets
    plain = evaluate_detection(base, anomalies, FEW)
    turned = evaluate_detection(base.turned(), {name: item.turned() for name, item in anomalies.items()}, FEW)
    for one, two in zip(plain.rows, turned.rows, strict=True):
        assert two.estimate.value == pytest.approx(1 - one.estimate.value)
    assert turned.baseline.column == "-dist"
    assert any("score lower" in note for note in turned.warnings)


def test_patients_are_used_only_where_all_know_them(sets):
    base, anomalies = sets
    known = scores("base", base.values, tuple(f"b{n // 4}" for n in range(60)))
    needle = scores("needle", anomalies["needle"].values, tuple(f"n{n // 5}" for n in range(25)))
    found = evaluate_detection(known, {"needle": needle, "fluid": anomalies["fluid"]}, FEW)
    estimates = [item.estimate for item in found.rows]
    assert [e.normal_patients for e in estimates] == [15, 60, 60]
    assert [e.abnormal_patients for e in estimates] == [5, 40, 65]
    assert any("not of every set" in note for note in found.warnings)
    assert not evaluate_detection(known, {"needle": needle}, FEW).warnings
    again = scores("again", needle.values, tuple(f"b{n}" for n in range(25)))
    (warning,) = evaluate_detection(known, {"again": again}, FEW).warnings
    assert "15 patients go by the same name" in warning


def test_rows_in_words_and_values(sets):
    found = evaluate_detection(*sets, DetectionOptions(draws=200, at_rates=(0.1,), at_sensitivities=(0.9,)))
    for heads, rows in (table_rows(found), point_rows(found)):
        assert [len(row) for row in rows] == [len(heads)] * 3
    assert heads == ["set", "sensitivity at 10% false positives", "false positives at 90% sensitivity"]
    row = row_data(found.sets[0])
    assert row["sensitivity_at_fpr_0.1_low"] <= row["sensitivity_at_fpr_0.1"] <= row["sensitivity_at_fpr_0.1_high"]
    assert row["partial_auroc_0.1_low"] < row["partial_auroc_0.1"] < row["partial_auroc_0.1_high"]
    data = detection_data(found, {"needle": "sha256:x"})
    assert data["sets"][0]["auroc"]["at_sensitivity"][0]["sensitivity"] >= 0.9
    assert data["provenance"]["GANAnomaly"]


def test_bad_sets(sets):
    base, _ = sets
    for wrong, words in (({}, "no set"), ({"all sets": base}, "all sets"), ({"x": base}, "same scores")):
        with pytest.raises(InputError, match=words):
            evaluate_detection(base, wrong, FEW)


def test_stops_when_told(sets):
    cancel, reports = CancelToken(), []

    def progress(fraction, message):
        reports.append(fraction)
        cancel.cancel()

    with pytest.raises(Cancelled):
        evaluate_detection(*sets, FEW, progress, cancel)
    assert len(reports) == 1
