"""Colours: even steps, clear below the threshold, one a finding."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from GANAnomalyLib.results.colours import (
    difference_table,
    finding_colour,
    grey,
    heat_limits,
    heat_rgba,
    heat_table,
)


def test_heat_gets_lighter_in_even_steps():
    lightness = rgb2lab(heat_table()[None])[0, :, 0]
    steps = np.diff(lightness)
    assert steps.min() > 0
    assert steps.max() < 2.5 * steps.mean()
    assert lightness[0] < 25
    assert lightness[-1] > 95


def test_difference_is_dark_in_the_middle_and_as_light_at_both_ends():
    table = difference_table(257)
    lightness = rgb2lab(table[None])[0, :, 0]
    assert lightness.argmin() == 128
    assert abs(lightness[0] - lightness[-1]) < 6
    assert table[0, 2] > table[0, 0]
    assert table[-1, 0] > table[-1, 2]


def test_the_first_ten_findings_can_be_told_apart_and_from_the_heat_beneath():
    lab = rgb2lab(np.array([[finding_colour(n) for n in range(10)]]))[0]
    apart = deltaE_ciede2000(lab[:, None], lab[None])[np.triu_indices(10, 1)]
    assert apart.min() > 8
    first = deltaE_ciede2000(lab[:1], rgb2lab(heat_table()[None])[0])
    assert first.min() > 30


def test_tables_cannot_be_changed_by_one_user_for_all():
    with pytest.raises(ValueError, match="read-only"):
        heat_table()[0] = 0


def test_grey_is_the_window():
    assert grey(np.array([-1000, -125, 50, 225, 3000]), 350, 50).tolist() == [0, 0, 128, 255, 255]


def test_heat_is_clear_below_the_threshold_and_hottest_at_the_end():
    rgba = heat_rgba(np.array([0.0, 9.9, 10.0, 30.0, 99.0]), 10.0, 30.0)
    assert rgba[:2, 3].tolist() == [0, 0]
    assert (rgba[2:, 3] > 0.2).all()
    assert np.array_equal(rgba[3], rgba[4])
    assert np.allclose(rgba[3, :3], heat_table()[-1])


@pytest.mark.parametrize(
    ("values", "threshold"),
    [(np.zeros((2, 3)), None), (np.zeros((2, 3)), 4.0), (np.full((2, 3), 7.0), None), (np.full((2, 3), 7.0), 9.0)],
)
def test_limits_of_a_flat_heatmap_are_a_range_all_the_same(values, threshold):
    low, high = heat_limits(values, threshold)
    assert high > low
    assert threshold is None or low == threshold


def test_one_stray_voxel_does_not_darken_the_rest():
    heat = np.linspace(0, 10, 100_000)
    heat[-1] = 1e6
    assert heat_limits(heat, 1.0)[1] == pytest.approx(10, rel=0.01)
