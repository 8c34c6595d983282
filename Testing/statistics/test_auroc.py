"""AUROC against scikit-learn, closed forms and its own laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score, roc_curve

from GANAnomalyLab.statistics import auroc, auroc_published, estimate_auroc
from GANAnomalyLab.statistics.ranking import Ranking
from GANAnomalyLib.errors import InputError

SCORES = st.lists(st.integers(-20, 20), min_size=1, max_size=30)


def truth_of(normal, abnormal):
    return np.r_[np.zeros(len(normal)), np.ones(len(abnormal))], np.r_[normal, abnormal]


@given(SCORES, SCORES)
@settings(max_examples=200, deadline=None)
def test_laws(normal, abnormal):
    normal, abnormal = np.array(normal, float), np.array(abnormal, float)
    value = auroc(normal, abnormal)
    pairs = abnormal[:, None] - normal[None]
    assert value == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean(), abs=1e-12)
    assert value == pytest.approx(roc_auc_score(*truth_of(normal, abnormal)), abs=1e-12)
    assert auroc(abnormal, normal) == pytest.approx(1 - value, abs=1e-12)
    assert auroc(-normal, -abnormal) == pytest.approx(1 - value, abs=1e-12)
    assert auroc(np.exp(normal / 3) * 7 - 2, np.exp(abnormal / 3) * 7 - 2) == value


def test_binormal_closed_form():
    rng = np.random.default_rng(1)
    normal, abnormal = rng.normal(0, 1, 100_000), rng.normal(1.2, 1.5, 100_000)
    assert auroc(normal, abnormal) == pytest.approx(norm.cdf(1.2 / np.hypot(1, 1.5)), abs=0.004)


@given(SCORES, SCORES, st.floats(0.02, 0.98))
@settings(max_examples=100, deadline=None)
def test_partial_area_and_thresholds_are_those_of_scikit_learn(normal, abnormal, rate):
    estimate = estimate_auroc(normal, abnormal, draws=0, at_rates=(rate,), at_sensitivities=(rate,))
    truth, scores = truth_of(normal, abnormal)
    assert estimate.partial[0][1] == pytest.approx(roc_auc_score(truth, scores, max_fpr=rate), abs=1e-9)
    false, true, _ = roc_curve(truth, scores, drop_intermediate=False)
    point = estimate.at_rate[rate]
    assert point.sensitivity == pytest.approx(true[false <= rate].max(), abs=1e-12)
    assert (np.array(normal) >= point.threshold).mean() == pytest.approx(point.false_positive_rate, abs=1e-12)
    assert (np.array(abnormal) >= point.threshold).mean() == pytest.approx(point.sensitivity, abs=1e-12)
    point = estimate.at_sensitivity[rate]
    assert point.false_positive_rate == pytest.approx(false[true >= rate].min(), abs=1e-12)
    assert point.sensitivity >= rate


def test_many_normal_scores_between_two_abnormal_ones_are_counted_as_one():
    ranking = Ranking(np.arange(1000) / 10, np.array([20.05, 50.0, 50.0]))
    assert ranking.scores.tolist() == [20.0, 20.05, 49.9, 50.0, 99.9]
    normal, abnormal = ranking.once()
    assert normal.tolist() == [[201, 0, 299, 1, 499]]
    assert abnormal.tolist() == [[0, 1, 0, 2, 0]]


def test_published_draws():
    rng = np.random.default_rng(2)
    normal, abnormal = rng.normal(0, 1, 200), rng.normal(1, 1, 40)
    found = auroc_published(normal, abnormal, seed=5)
    assert found.draws.shape == (50,)
    assert found.mean == pytest.approx(found.draws.mean(), abs=1e-12)
    assert found.sd == pytest.approx(found.draws.std(), abs=1e-12)
    again = auroc_published(normal, abnormal, seed=5)
    assert np.array_equal(found.draws, again.draws)
    assert not np.array_equal(found.draws, auroc_published(normal, abnormal, seed=6).draws)
    # Without replacement, the smaller set is whole in each draw: the values are means of the same components.
    assert found.mean == pytest.approx(auroc(normal, abnormal), abs=4 * found.sd / np.sqrt(50))
    # Closed form: the variance of the mean of 40 of 200 components, drawn without replacement.
    parts = (abnormal[:, None] > normal[None]).mean(0)
    many = auroc_published(normal, abnormal, draws=4000, seed=1)
    assert many.sd**2 == pytest.approx(parts.var(ddof=1) / 40 * (1 - 40 / 200), rel=0.1)


def test_published_draws_of_equal_sets_do_not_vary_and_say_so():
    found = auroc_published([1, 2, 3.0], [2, 4, 5.0])
    assert found.sd == 0
    assert "one size" in found.note
    assert found.mean == auroc([1, 2, 3.0], [2, 4, 5.0])


def test_bootstrap_is_that_of_a_plain_loop():
    rng = np.random.default_rng(3)
    normal, abnormal = rng.normal(0, 1, 60).round(1), rng.normal(1, 1, 45).round(1)
    estimate = estimate_auroc(normal, abnormal, draws=4000, level=0.9)
    pairs = [(rng.choice(normal, 60), rng.choice(abnormal, 45)) for _ in range(1500)]
    plain = np.array([((a[:, None] > n) + 0.5 * (a[:, None] == n)).mean() for n, a in pairs])
    assert estimate.percentile == pytest.approx(np.quantile(plain, [0.05, 0.95]), abs=0.008)
    # At most 6 of 60 normal cases are called abnormal: the seventh highest is not.
    sensitivity = [(a > np.sort(n)[-7]).mean() for n, a in pairs]
    point = estimate.at_rate[0.1]
    assert (point.low, point.high) == pytest.approx(tuple(np.quantile(sensitivity, [0.05, 0.95])), abs=0.03)
    assert estimate == estimate_auroc(normal, abnormal, draws=4000, level=0.9)


def test_patients_are_drawn_whole():
    """Twenty equal slices a patient: the interval is that of patients, not of slices."""
    rng = np.random.default_rng(4)
    normal, abnormal = rng.normal(0, 1, 15), rng.normal(1, 1, 15)
    few = estimate_auroc(normal, abnormal)
    names = [f"n{n}" for n in range(15)], [f"a{n}" for n in range(15)]
    groups = {"normal_groups": np.repeat(names[0], 20), "abnormal_groups": np.repeat(names[1], 20)}
    slices = np.repeat(normal, 20), np.repeat(abnormal, 20)
    many = estimate_auroc(*slices, **groups)
    assert many.value == few.value
    assert (many.normal, many.normal_patients) == (300, 15)
    assert many.percentile == pytest.approx(few.percentile, abs=0.02)
    assert many.se == pytest.approx(few.se, rel=1e-9)
    alone = estimate_auroc(*slices)
    assert alone.percentile[1] - alone.percentile[0] < 0.5 * (few.percentile[1] - few.percentile[0])


def test_a_patient_may_have_both_kinds_of_slices():
    rng = np.random.default_rng(5)
    names = np.array([f"p{n}" for n in range(12)])
    shift = rng.normal(0, 2, 12)
    normal, abnormal = shift + rng.normal(0, 0.3, 12), shift + 1 + rng.normal(0, 0.3, 12)
    together = estimate_auroc(normal, abnormal, normal_groups=names, abnormal_groups=names)
    apart = estimate_auroc(normal, abnormal)
    # What a patient's normal and abnormal slices share cancels.
    assert together.se < apart.se
    assert together.percentile[1] - together.percentile[0] < apart.percentile[1] - apart.percentile[0]


def test_perfect_separation_is_said_and_keeps_an_interval():
    estimate = estimate_auroc([1, 2, 3.0, 3.5], [4, 5, 6.0])
    assert estimate.value == 1
    assert estimate.separated == 1
    assert estimate.delong == (pytest.approx(0.025 ** (1 / 3)), 1.0)
    assert estimate.delong_logit is None
    assert any("independent pairs" in note for note in estimate.notes)
    below = estimate_auroc([4, 5, 6.0], [1, 2, 3.0, 3.5])
    assert below.value == 0
    assert below.delong == (0.0, pytest.approx(1 - 0.025 ** (1 / 3)))


def test_ties_only():
    estimate = estimate_auroc(np.ones(5), np.ones(4))
    assert estimate.value == 0.5
    assert estimate.delong is None
    assert estimate.percentile == (0.5, 0.5)
    assert any("equal" in note for note in estimate.notes)


def test_one_case_has_no_interval_and_says_so():
    estimate = estimate_auroc([1.0, 2.0, 5.0], [3.0])
    assert estimate.value == pytest.approx(2 / 3)
    assert estimate.percentile is None
    assert estimate.delong is None
    assert any("nothing to draw" in note for note in estimate.notes)


@pytest.mark.parametrize(
    ("normal", "abnormal", "options", "words"),
    [
        ([1, np.nan], [2.0], {}, "1 of 2 normal scores are NaN"),
        ([1.0], [np.inf], {}, "abnormal scores are NaN or infinite"),
        ([], [2.0], {}, "no normal cases"),
        ([1.0], [], {}, "no abnormal cases"),
        (["a"], [1.0], {}, "not all numbers"),
        ([[1.0]], [1.0], {}, "one row"),
        ([1.0], [2.0], {"level": 95}, "level"),
        ([1.0], [2.0], {"draws": -1}, "draws"),
        ([1.0], [2.0], {"seed": -1}, "seed"),
        ([1.0], [2.0], {"at_rates": (0.0,)}, "false positive rate"),
        ([1.0], [2.0], {"normal_groups": ["a"]}, "one class only"),
        ([1.0], [2.0], {"normal_groups": ["a"], "abnormal_groups": ["a", "b"]}, "1 abnormal scores but 2 patients"),
    ],
)
def test_bad_input(normal, abnormal, options, words):
    with pytest.raises(InputError, match=words):
        estimate_auroc(normal, abnormal, **options)
