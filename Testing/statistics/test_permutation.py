"""The permutation test and its power against full enumeration, SciPy and closed forms."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nct, t, ttest_ind

from GANAnomalyLab.statistics import permutation_test, power, power_published
from GANAnomalyLib.errors import InputError


def enumerated(first, second):
    both = np.r_[first, second].astype(float)
    observed = np.mean(first) - np.mean(second)
    found = []
    for chosen in combinations(range(len(both)), len(first)):
        mask = np.zeros(len(both), bool)
        mask[list(chosen)] = True
        found.append(both[mask].mean() - both[~mask].mean())
    found = np.array(found)
    return (found >= observed - 1e-9).mean(), (np.abs(found) > observed + 1e-9).mean()


@given(
    st.lists(st.integers(0, 8), min_size=2, max_size=6),
    st.lists(st.integers(0, 8), min_size=2, max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_small_populations_are_enumerated(first, second):
    found = permutation_test(first, second)
    assert found.exact
    right, published = enumerated(first, second)
    assert found.p == pytest.approx(right, abs=1e-12)
    assert found.published_p == pytest.approx(published, abs=1e-12)


def test_large_populations_agree_with_the_t_test():
    rng = np.random.default_rng(1)
    first, second = rng.normal(0.81, 0.02, 50), rng.normal(0.803, 0.02, 50)
    found = permutation_test(first, second)
    assert not found.exact
    assert found.resamples == 100_000
    assert found.p == pytest.approx(ttest_ind(first, second, alternative="greater").pvalue, abs=0.005)
    # The published count asks in both directions.
    assert found.published_p == pytest.approx(2 * found.p, rel=0.1)
    few = permutation_test(first, second, 5000)
    assert few.p == permutation_test(first, second, 5000).p != permutation_test(first, second, 5000, seed=4).p
    turned = permutation_test(second, first, 5000)
    assert few.p + turned.p == pytest.approx(1, abs=0.02)
    assert turned.published_p == 1


def test_p_is_never_zero_but_the_published_is():
    found = permutation_test(np.linspace(0.9, 0.95, 50), np.linspace(0.5, 0.6, 50), resamples=2000)
    assert found.p == pytest.approx(1 / 2001)
    assert found.published_p == 0


def test_equal_values_tell_nothing():
    found = permutation_test(np.full(50, 0.9), np.full(50, 0.9), resamples=500)
    assert found.p == 1
    assert found.published_p == 0


def test_power_is_that_of_the_t_test():
    rng = np.random.default_rng(2)
    for shift in (0.0, 0.25, 0.5):
        first, second = rng.normal(0, 1, 50), rng.normal(0, 1, 50)
        first = (first - first.mean()) / first.std(ddof=1) + shift
        second = (second - second.mean()) / second.std(ddof=1)
        found = power(first, second, simulations=2000, permutations=999)
        closed = nct.sf(t.ppf(0.95, 98), 98, shift * np.sqrt(25))
        assert found.low - 0.01 <= closed <= found.high + 0.01
        assert (found.means[0] - found.means[1], found.sds[0]) == (pytest.approx(shift), pytest.approx(1))


def test_power_does_not_depend_on_how_many_permutations():
    first, second = np.arange(12.0), np.arange(12.0) - 3
    few, many = (power(first, second, simulations=3000, permutations=n).power for n in (199, 4999))
    assert few == pytest.approx(many, abs=0.05)


def test_published_power_is_all_or_nothing():
    assert power_published(0.2) == 0
    assert power_published(0.001) == 1
    assert 0 < power_published(0.05) < 1


@pytest.mark.parametrize(
    ("first", "second", "options", "words"),
    [
        ([0.8], [0.7, 0.6], {}, "There are 1 values of the first: at least 2"),
        ([0.8, np.nan], [0.7, 0.6], {}, "NaN"),
        ([0.8, 0.9], [0.7, 0.6], {"resamples": 0}, "permutations"),
    ],
)
def test_bad_input(first, second, options, words):
    with pytest.raises(InputError, match=words):
        permutation_test(first, second, **options)
