"""Scores averaged along z."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLib.score.depth import smoothed_along_z


def smooth(maps, heights, spread):
    return np.stack(list(smoothed_along_z(list(np.asarray(maps, np.float32)), np.asarray(heights, float), spread)))


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 8), st.floats(0, 20), st.integers(0, 1000))
def test_equal_slices_stay_and_no_mean_leaves_the_range(count, spread, seed):
    rng = np.random.default_rng(seed)
    heights = rng.permutation(np.arange(count) * 3.0)
    np.testing.assert_allclose(smooth(np.full((count, 2, 2), 1.5), heights, spread), 1.5, rtol=1e-6)
    maps = rng.random((count, 2, 2))
    found = smooth(maps, heights, spread)
    assert (found >= maps.min(0) - 1e-6).all()
    assert (found <= maps.max(0) + 1e-6).all()


def test_weights_are_of_the_distance_in_height():
    maps = np.zeros((5, 1, 1))
    maps[2] = 1
    found = smooth(maps, np.arange(5) * 3.0, 3.0)[:, 0, 0]
    one, two = np.exp(-0.5), np.exp(-2.0)
    assert found[2] == pytest.approx(1 / (1 + 2 * one + 2 * two))
    assert found[1] == pytest.approx(one / (1 + 2 * one + two))
    assert found[0] == pytest.approx(two / (1 + one + two))


@pytest.mark.parametrize(("heights", "spread"), [([0, 30, 60], 3.0), ([0, 1, 2], 0.0), ([np.nan] * 3, 3.0)])
def test_slices_far_apart_or_of_unknown_height_stay_as_they_are(heights, spread):
    maps = np.arange(12.0).reshape(3, 2, 2)
    np.testing.assert_array_equal(smooth(maps, heights, spread), maps)


def test_places_without_a_score_stay_so_and_count_for_nobody():
    maps = np.ones((3, 1, 2))
    maps[1, 0, 0] = np.nan
    maps[2, 0, 0] = 3
    found = smooth(maps, [0, 1, 2], 2.0)
    assert np.isnan(found[1, 0, 0])
    far = np.exp(-0.5)
    assert found[0, 0, 0] == pytest.approx((1 + 3 * far) / (1 + far))
    np.testing.assert_allclose(found[:, 0, 1], 1)
