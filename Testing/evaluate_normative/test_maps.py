"""What the map alone tells, held to scikit-learn and to counting by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from evaluate_normative import made
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from GANAnomalyLab.evaluate.evaluation_options import NormativeOptions
from GANAnomalyLab.evaluate.normative import normative_indices
from GANAnomalyLab.evaluate.normative.map_detection import MapPools
from GANAnomalyLab.evaluate.normative.normative_evaluation import NO_RESTORATION
from GANAnomalyLab.evaluate.normative.restored_scans import ScanHeat
from GANAnomalyLab.statistics.score_areas import ScoreCounts, best_dice
from GANAnomalyLib.running.progress import CancelToken

OPTIONS = NormativeOptions(bootstrap=50)


def heat(seed: int, ill: bool) -> ScanHeat:
    """Four slices of noise, rounded so that there are ties; of an ill scan two show a lesion, hotter than the rest."""
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(1, 0.3, (4, 12, 10)), 1).astype(np.float32)
    lesion = np.zeros(values.shape, bool)
    if ill:
        lesion[1:3, 4:7, 3:6] = True
        values[lesion] += 0.5
    counted = np.ones(values.shape, bool)
    counted[:, :2] = False
    values[:, :2] = 100.0
    return ScanHeat(str(seed), values, counted, lesion if ill else None, 1.0, 1.0, (0, 1, 2, 3))


def test_areas_are_scikit_learns_over_what_counts():
    pools = MapPools({"a": ["a"], "b": ["b"], "all": ["a", "b"]})
    healthy, ill = [heat(n, False) for n in range(3)], {"a": [heat(10, True), heat(11, True)], "b": [heat(12, True)]}
    for scan in healthy:
        pools.add(None, scan)
    for name, scans in ill.items():
        for scan in scans:
            pools.add(name, scan)
    found = pools.scores(OPTIONS, CancelToken())
    assert list(found) == ["a", "b", "all"]
    for name, scans in {**ill, "all": ill["a"] + ill["b"]}.items():
        values = np.concatenate([scan.heat[scan.counted] for scan in scans])
        truth = np.concatenate([scan.lesion[scan.counted] for scan in scans])
        one = found[name]
        assert one.pixel_auroc.value == pytest.approx(roc_auc_score(truth, values))
        assert one.pixel_average_precision.value == pytest.approx(average_precision_score(truth, values))
        assert one.best_dice.value == pytest.approx(max(f1_score(truth, values >= at) for at in np.unique(values)))
        assert one.prevalence == pytest.approx(truth.mean())
        tops = [scan.heat[n, 2:].max() for scan in healthy for n in range(4)]
        lesions = [scan.heat[n, 2:].max() for scan in scans for n in (1, 2)]
        assert (one.healthy_images, one.lesion_images) == (12, 2 * len(scans)), "a slice beside a lesion is neither"
        assert one.image_auroc.value == pytest.approx(roc_auc_score([0] * 12 + [1] * len(lesions), tops + lesions))
        assert one.image_auroc.interval.low <= one.image_auroc.value <= one.image_auroc.interval.high


def test_without_healthy_scans_only_pixels_are_told():
    pools = MapPools({"a": ["a"], "empty": ["empty"]})
    pools.add("a", heat(1, True))
    (found,) = pools.scores(OPTIONS, CancelToken()).values()
    assert math.isnan(found.image_auroc.value)
    assert 0.5 < found.pixel_auroc.value < 1
    assert found.pixel_auroc.interval is None, "of one scan there is no interval"


def test_best_dice_without_and_with_a_threshold_that_parts_them():
    assert math.isnan(best_dice(ScoreCounts.of(np.array([1.0, 2.0]), np.array([]))))
    assert best_dice(ScoreCounts.of(np.array([1.0, 2.0]), np.array([3.0]))) == 1.0
    assert best_dice(ScoreCounts.of(np.array([3.0]), np.array([1.0]))) == pytest.approx(2 / 3), "all of them"


def test_a_model_without_restorations_is_judged_by_its_map_alone(study):
    found = normative_indices(study.healthy, {"ill": study.ill}, study.training, OPTIONS, restores=False)
    assert math.isnan(found.rqi.value)
    assert math.isnan(found.caci["ill"].value)
    assert not found.ahi
    assert found.warnings == [NO_RESTORATION]
    assert found.maps["ill"].pixel_auroc.value > 0.9
    assert found.objects["ill"]["0.05"].found == 2
    whole = normative_indices(study.healthy, {"ill": study.ill}, study.training, OPTIONS)
    assert found.maps == whole.maps
    assert [row.likeness.mae for row in found.cases] == [row.likeness.mae for row in whole.cases]


def test_the_slice_that_shows_most_of_a_lesion_is_kept(study):
    found = normative_indices(study.healthy, {"ill": study.ill}, options=OPTIONS)
    rows = [(row.case, row.dataset, row.slice, row.mm2) for row in found.lesion_slices]
    area = 36 * 4.0
    assert rows == [("i0", "ill", 1, pytest.approx(area)), ("i1", "ill", 1, pytest.approx(area))]
    assert made.with_lesion(made.body(10))[1][1].sum() == 36
