"""DeLong's variance against its definition, brute force and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from GANAnomalyLab.statistics import auroc, delong_test, estimate_auroc
from GANAnomalyLab.statistics.delong import components, covariance
from GANAnomalyLib.errors import InputError


def by_definition(normal, abnormal):
    """Covariance of k AUROCs from the pairs' kernel, as the 1988 paper writes it."""
    kernel = (abnormal[:, :, None] > normal[:, None]) + 0.5 * (abnormal[:, :, None] == normal[:, None])
    v10, v01 = kernel.mean(2), kernel.mean(1)
    return np.cov(v10) / v10.shape[1] + np.cov(v01) / v01.shape[1]


@given(st.integers(2, 12), st.integers(2, 12), st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_covariance_is_its_definition(n, m, seed):
    rng = np.random.default_rng(seed)
    normal, abnormal = rng.integers(0, 6, (2, n)).astype(float), rng.integers(1, 8, (2, m)).astype(float)
    assert covariance(*components(normal, abnormal)) == pytest.approx(by_definition(normal, abnormal), abs=1e-12)


def test_variance_is_that_of_the_jackknife():
    """The two-sample jackknife of the AUROC, case by case, is the same variance."""
    rng = np.random.default_rng(1)
    normal, abnormal = rng.normal(0, 1, 25), rng.normal(1, 1, 18)
    without_normal = np.array([auroc(np.delete(normal, i), abnormal) for i in range(25)])
    without_abnormal = np.array([auroc(normal, np.delete(abnormal, i)) for i in range(18)])
    jackknife = 24 / 25 * ((without_normal - without_normal.mean()) ** 2).sum()
    jackknife += 17 / 18 * ((without_abnormal - without_abnormal.mean()) ** 2).sum()
    assert estimate_auroc(normal, abnormal, draws=0).se ** 2 == pytest.approx(jackknife, rel=1e-9)


def test_patients_of_one_case_each_change_nothing():
    rng = np.random.default_rng(2)
    normal, abnormal = rng.normal(0, 1, (2, 20)), rng.normal(1, 1, (2, 15))
    units = np.arange(20), 20 + np.arange(15)
    parts = components(normal, abnormal)
    assert covariance(*parts, units) == pytest.approx(covariance(*parts), abs=1e-15)


def test_intervals_cover():
    """95% intervals of binormal samples hold the true AUROC about 95 times of 100."""
    rng = np.random.default_rng(3)
    true = norm.cdf(1.5 / np.sqrt(2))
    inside = np.zeros(2)
    for _ in range(400):
        found = estimate_auroc(rng.normal(0, 1, 40), rng.normal(1.5, 1, 40), draws=0)
        inside += [low <= true <= high for low, high in (found.delong, found.delong_logit)]
    assert 0.88 < inside[0] / 400 < 0.97
    # The one on the logit scale is closer to what it promises.
    assert 0.925 < inside[1] / 400 < 0.98
    assert inside[1] > inside[0]


def test_clustered_intervals_cover_where_plain_ones_do_not():
    """Ten slices a patient with a shift of their own; the true value is that of independent patients."""
    rng = np.random.default_rng(4)
    true = norm.cdf(1.5 / np.sqrt(2 * 1.25))
    patients = [np.repeat([f"{kind}{n}" for n in range(25)], 10) for kind in "na"]
    inside = np.zeros(2)
    for _ in range(150):
        sets = [np.repeat(rng.normal(mean, 1, 25), 10) + rng.normal(0, 0.5, 250) for mean in (0, 1.5)]
        plain = estimate_auroc(*sets, draws=0)
        clustered = estimate_auroc(*sets, draws=0, normal_groups=patients[0], abnormal_groups=patients[1])
        inside += [item.delong[0] <= true <= item.delong[1] for item in (plain, clustered)]
    assert inside[0] / 150 < 0.7
    assert inside[1] / 150 > 0.88


def test_the_test_keeps_its_level_and_finds_differences():
    rng = np.random.default_rng(5)
    truth = np.r_[np.zeros(50), np.ones(50)]
    level, power = 0, 0
    for _ in range(400):
        base = truth + rng.normal(0, 1, 100)
        same = delong_test(base + rng.normal(0, 1, 100), base + rng.normal(0, 1, 100), truth)
        better = delong_test(base, base + rng.normal(0, 2, 100), truth)
        level, power = level + (same.p < 0.05), power + (better.p < 0.05)
        assert np.sign(same.z) == np.sign(same.difference)
    assert 0.02 < level / 400 < 0.09
    assert power / 400 > 0.5


def test_scores_of_one_order_differ_by_nothing():
    rng = np.random.default_rng(6)
    scores, truth = rng.normal(0, 1, 30), np.arange(30) % 2
    found = delong_test(scores, np.exp(scores), truth)
    assert (found.difference, found.p, found.z) == (0, 1, 0)
    assert "cannot tell them apart" in found.note


def test_no_variance_but_a_difference():
    truth = np.arange(10) % 2
    found = delong_test(truth, -truth, truth)
    assert found.difference == 1
    assert np.isnan(found.p)
    assert "permutation" in found.note


@pytest.mark.parametrize(
    ("first", "second", "truth", "words"),
    [
        ([1.0, 2], [1.0], [0, 1], "2 scores of the first, 1 of the second"),
        ([1.0, 2], [1.0, 2], [0, 0], "no abnormal"),
        ([1.0, 2], [1.0, 2], [0, 2], "1 \\(abnormal\\) or 0"),
        ([1.0, np.nan], [1.0, 2], [0, 1], "NaN"),
    ],
)
def test_bad_input(first, second, truth, words):
    with pytest.raises(InputError, match=words):
        delong_test(first, second, truth)
