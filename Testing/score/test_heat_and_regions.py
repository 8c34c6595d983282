"""Heatmaps, body regions and valid windows against their definitions, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.score import body_region, heat_from_patches, window_valid_map


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 14), st.integers(1, 14), st.data())
def test_heat_is_the_mean_or_max_over_covering_windows(height: int, width: int, data: st.DataObject) -> None:
    p = data.draw(st.integers(1, min(height, width)))
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    scores = rng.normal(5, 3, (height - p + 1, width - p + 1))
    scores[rng.random(scores.shape) < 0.3] = np.nan
    mean, highest = (heat_from_patches(scores, p, (height, width), how) for how in ("mean", "max"))
    assert mean.shape == highest.shape == (height, width)
    assert mean.dtype == highest.dtype == np.float32
    for r in range(height):
        for c in range(width):
            over = scores[max(0, r - p + 1) : r + 1, max(0, c - p + 1) : c + 1]
            over = over[~np.isnan(over)]
            assert mean[r, c] == pytest.approx(over.mean() if over.size else 0, abs=1e-5)
            assert highest[r, c] == pytest.approx(over.max() if over.size else 0, abs=1e-5)


def test_heat_refuses_a_map_of_another_image() -> None:
    with pytest.raises(InputError, match="does not belong to an image of 20 x 20"):
        heat_from_patches(np.zeros((5, 5)), 8, (20, 20))
    with pytest.raises(InputError, match="not 'sum'"):
        heat_from_patches(np.zeros((5, 5)), 16, (20, 20), "sum")


def test_valid_windows_hold_enough_of_the_region() -> None:
    region = np.zeros((10, 12), bool)
    region[2:6, 3:8] = True
    for fraction in (0.0, 0.25, 0.5, 1.0):
        valid = window_valid_map(region, 4, fraction)
        share = np.lib.stride_tricks.sliding_window_view(region, (4, 4)).mean(axis=(2, 3))
        assert (valid == ((share >= fraction) & (share > 0))).all()
        assert valid.any()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((np.ones((4, 4), bool), 5), "does not fit"),
        ((np.ones((2, 4, 4), bool), 2), "one slice"),
        ((np.ones((4, 4), bool), 2, 1.5), "between 0 and 1"),
    ],
)
def test_valid_windows_refuse_with_a_sentence(arguments: tuple, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        window_valid_map(*arguments)


def test_body_is_the_largest_part_with_its_holes() -> None:
    picture = np.zeros((30, 30), np.uint8)
    picture[5:20, 5:20] = 90
    picture[8:12, 8:12] = 0  # air inside the body
    picture[25:28, 2:28] = 255  # the table
    body = body_region(picture)
    assert body[5:20, 5:20].all()
    assert body.sum() == 15 * 15
    assert not body_region(np.zeros((5, 5), np.uint8)).any()
