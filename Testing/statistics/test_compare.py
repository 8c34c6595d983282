"""Comparisons of two scores against brute force and SciPy."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test as scipy_test
from scipy.stats import rankdata

from GANAnomalyLab.statistics import auroc, compare_paired, compare_unpaired, delong_test
from GANAnomalyLab.statistics.exchange_test import exchange_shares, exchange_test
from GANAnomalyLib.errors import InputError


def difference(normal, abnormal):
    return auroc(normal[0], abnormal[0]) - auroc(normal[1], abnormal[1])


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_every_exchange_by_brute_force(n, m, seed):
    """The linear form gives the difference of the exchanged AUROCs, for each of the exchanges."""
    rng = np.random.default_rng(seed)
    ranks = rankdata(rng.integers(0, 7, (2, n + m)), axis=1)
    shares = exchange_shares(ranks[:, :n], ranks[:, n:])
    found = []
    for signs in product((1, -1), repeat=n + m):
        turned = np.where(np.array(signs) > 0, ranks, ranks[::-1])
        found.append(difference(turned[:, :n], turned[:, n:]))
        assert (np.array(signs) * shares).sum() / (4 * n * m) == pytest.approx(found[-1], abs=1e-12)
    p, exact = exchange_test(ranks[:, :n], ranks[:, n:], None, 10_000, 0)
    assert exact
    assert p == pytest.approx((np.abs(found) >= abs(found[0]) - 1e-9).mean(), abs=1e-12)


def test_random_exchanges_agree_with_scipy():
    rng = np.random.default_rng(1)
    normal, abnormal = rng.normal(0, 1, (2, 60)), rng.normal([[1.3], [0.9]], 1, (2, 50))
    ranks = rankdata(np.concatenate([normal, abnormal], axis=1), axis=1)
    shares = exchange_shares(ranks[:, :60], ranks[:, 60:])
    expected = scipy_test((shares,), lambda x, axis: x.sum(axis), permutation_type="samples", rng=rng).pvalue
    p, exact = exchange_test(normal, abnormal, None, 10_000, 303)
    assert not exact
    assert p == pytest.approx(expected, abs=0.02)
    assert p == exchange_test(normal, abnormal, None, 10_000, 303)[0]


def paired(rng, cases=80, noise=1.5):
    truth = np.arange(cases) % 2 == 1
    base = 1.5 * truth + rng.normal(0, 1, cases)
    return base, 200 + 50 * (base + rng.normal(0, noise, cases)), truth


def test_a_comparison_and_its_parts():
    first, second, truth = paired(np.random.default_rng(2))
    found = compare_paired(first, second, truth)
    assert found.difference == found.first - found.second
    assert found.first == auroc(first[~truth], first[truth])
    assert found.delong == delong_test(first, second, truth)
    assert found.percentile == pytest.approx((found.delong.low, found.delong.high), abs=0.03)
    assert found.permutation_p == pytest.approx(found.delong.p, abs=0.03)
    turned = compare_paired(second, first, truth)
    assert turned.difference == -found.difference
    assert turned.permutation_p == found.permutation_p
    assert found == compare_paired(first, second, truth)


def test_the_permutation_test_keeps_its_level_on_other_scales():
    rng = np.random.default_rng(3)
    rejected = 0
    for _ in range(300):
        truth = np.arange(60) % 2 == 1
        base = truth + rng.normal(0, 0.7, 60)
        first, second = base + rng.normal(0, 0.7, 60), np.exp(3 * (base + rng.normal(0, 0.7, 60)))
        rejected += compare_paired(first, second, truth, draws=0, permutations=199).permutation_p <= 0.05
    assert 0.015 < rejected / 300 < 0.1


def test_patients_are_exchanged_and_drawn_whole():
    rng = np.random.default_rng(4)
    first, second, truth = paired(rng, 24)
    one = compare_paired(first, second, truth)
    groups = np.repeat([f"p{n}" for n in range(24)], 10)
    ten = compare_paired(np.repeat(first, 10), np.repeat(second, 10), np.repeat(truth, 10), groups)
    assert ten.difference == pytest.approx(one.difference)
    assert ten.delong.p == pytest.approx(one.delong.p, rel=1e-6)
    assert ten.permutation_p == pytest.approx(one.permutation_p, abs=0.03)
    assert ten.percentile == pytest.approx(one.percentile, abs=0.03)
    assert ten.patients == 24
    alone = compare_paired(np.repeat(first, 10), np.repeat(second, 10), np.repeat(truth, 10))
    assert alone.permutation_p < one.permutation_p


def test_unpaired():
    rng = np.random.default_rng(5)
    first = rng.normal(0, 1, 60), rng.normal(2, 1, 50)
    second = rng.normal(0, 1, 40), rng.normal(0.7, 1, 70)
    found = compare_unpaired(first, second)
    assert found.difference == pytest.approx(auroc(*first) - auroc(*second))
    assert found.percentile == pytest.approx((found.delong.low, found.delong.high), abs=0.03)
    assert np.isnan(found.permutation_p)
    assert not found.paired
    names = [[f"{kind}{n}" for n in range(size)] for kind, size in (("a", 60), ("b", 50), ("c", 40), ("d", 70))]
    grouped = compare_unpaired(first, second, tuple(names[:2]), tuple(names[2:]))
    assert grouped.delong.p == pytest.approx(found.delong.p)
    with pytest.raises(InputError, match="60 patients are in the first and in the second"):
        compare_unpaired(first, (first[0], second[1]), tuple(names[:2]), (names[0], names[3]))


def test_one_case_of_a_class():
    found = compare_paired([1, 2, 3.0], [3, 2, 1.0], [0, 0, 1])
    assert found.percentile is None
    assert np.isnan(found.delong.p)
    assert found.permutation_exact
    assert len(found.notes) == 2
