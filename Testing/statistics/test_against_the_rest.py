"""Groups against the rest give what one comparison at a time gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, ks_2samp, mannwhitneyu

from GANAnomalyLab.statistics.against_the_rest import (
    RankedOnce,
    auroc_above,
    distance_test,
    false_discovery,
    rank_test,
)
from GANAnomalyLab.statistics.auroc import estimate_auroc

few = st.lists(st.integers(0, 6), min_size=2, max_size=40)


def counted(reference, inside):
    ranked = RankedOnce(np.concatenate([reference, inside]))
    rows = np.arange(len(reference) + len(inside))
    return ranked.counts(rows < len(reference)), ranked.counts(rows[len(reference) :])


@settings(max_examples=200, deadline=None)
@given(few, few)
def test_areas_and_intervals_are_those_of_one_comparison(reference, inside):
    reference, inside = np.array(reference, float), np.array(inside, float)
    value, low, high = auroc_above(*counted(reference, inside))
    wanted = estimate_auroc(reference, inside, draws=0, at_rates=(), at_sensitivities=())
    assert value == pytest.approx(wanted.value)
    if wanted.delong is None:
        assert (low, high) == (None, None)
    else:
        assert (low, high) == pytest.approx(wanted.delong)


@settings(max_examples=200, deadline=None)
@given(few, few)
def test_the_rank_test_is_scipys(reference, inside):
    wanted = mannwhitneyu(inside, reference, method="asymptotic").pvalue
    found = rank_test(*counted(np.array(reference, float), np.array(inside, float)))
    assert found == pytest.approx(1.0 if np.isnan(wanted) else wanted)


@pytest.mark.parametrize(("n", "m", "shift"), [(10, 10, 0.5), (40, 1000, 0.2), (2000, 3000, 0.05), (12, 50_000, 0.4)])
def test_the_distance_test_is_close_to_scipys(n, m, shift):
    draws = np.random.default_rng(n)
    reference, inside = draws.normal(0, 1, m), draws.normal(shift, 1, n)
    wanted = ks_2samp(inside, reference, method="asymp")
    distance, p = distance_test(*counted(reference, inside))
    assert distance == pytest.approx(wanted.statistic)
    assert p == pytest.approx(wanted.pvalue, abs=0.02)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_false_discovery_is_scipys(p):
    np.testing.assert_allclose(false_discovery(p), false_discovery_control(p), atol=1e-15)


def test_equal_scores_tell_nothing():
    same = counted(np.zeros(9), np.zeros(4))
    assert auroc_above(*same) == (0.5, None, None)
    assert rank_test(*same) == 1.0
    assert distance_test(*same) == (0.0, 1.0)
