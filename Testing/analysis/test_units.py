"""Scores with their units, in words a reader knows."""

from __future__ import annotations

import pytest

from GANAnomalyLib.models.score_units import CALIBRATED, score_text, score_unit, short_unit, threshold_at


@pytest.mark.parametrize(
    ("score", "unit", "said"),
    [
        (9.36, CALIBRATED, "9.4x usual"),
        (0.4567, CALIBRATED, "0.457x usual"),
        (43.21, score_unit("wd", False), "43.2 grey levels"),
        (12345.6, score_unit("mse", False), "12346 sq. grey levels"),
        (0.3125, score_unit("ssim", False), "0.312 (1 - SSIM)"),
        (43.21, "", "43.2"),
        (43.21, "furlongs", "43.2 furlongs"),
    ],
)
def test_scores_in_words(score, unit, said):
    assert score_text(score, unit) == said


def test_a_calibrated_score_has_the_same_unit_whatever_the_metric():
    assert {score_unit(metric, True) for metric in ("wd", "mse", "ssim")} == {CALIBRATED}
    assert len({score_unit(metric, False) for metric in ("wd", "mse", "ssim")}) == 3
    assert score_unit("another", False) == short_unit("") == ""


def test_thresholds_are_found_by_rate_and_nonsense_is_none():
    assert threshold_at({"0.01": 9.9, "0.050": 7.6}, 0.05) == 7.6
    for nothing in ({}, None, [], {"0.01": 9.9}, {"high": 3}, {"0.05": None}, {"0.05": "x"}):
        assert threshold_at(nothing, 0.05) is None
