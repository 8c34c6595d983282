"""Slices' and volumes' scores."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from GANAnomalyLab.evaluate.study import DEFAULT, Scoring
from GANAnomalyLib.errors import InputError

ROW = {"score": 2.0, "patch_score": 7.0}
NUMBERS = st.lists(st.floats(0, 1e6), min_size=1, max_size=40)


def test_known_values():
    slices = [4.0, 1.0, 3.0, 2.0]
    wanted = {"max": 4.0, "mean": 2.5, "top3": 3.0, "top1": 4.0, "top9": 2.5, "p50": 2.5, "p100": 4.0, "p0": 1.0}
    for rule, value in wanted.items():
        assert Scoring("patch", rule).of_volume(slices) == pytest.approx(value), rule
    assert Scoring("patch").of_slice(ROW) == 7.0
    assert Scoring("image").of_slice(ROW) == 2.0
    assert math.isnan(Scoring().of_slice({"score": 1.0}))
    assert math.isnan(Scoring().of_volume([]))
    assert math.isnan(Scoring().of_volume([1.0, math.nan]))


@pytest.mark.parametrize("rule", ["top0", "p101", "p", "median", "top", "", "p-1"])
def test_unknown_rules(rule):
    with pytest.raises(InputError, match="--volume-score is max, mean, top and a number"):
        Scoring("patch", rule)
    with pytest.raises(InputError, match="--slice-score must be one of patch, image"):
        Scoring(rule, "max")


@given(NUMBERS, st.sampled_from(["max", "mean", "top3", "p95", "p12.5"]))
def test_between_the_lowest_and_the_highest_and_in_any_order(values, rule):
    scoring = Scoring("patch", rule)
    value = scoring.of_volume(values)
    assert min(values) - 1e-6 <= value <= max(values) + 1e-6
    assert scoring.of_volume(values[::-1]) == value
    assert value == pytest.approx({"p95": np.percentile(values, 95)}.get(rule, value))


@given(NUMBERS)
def test_more_slices_averaged_score_no_higher(values):
    scores = [Scoring("patch", f"top{count}").of_volume(values) for count in range(1, 6)]
    assert all(a >= b - 1e-6 for a, b in itertools.pairwise(scores))


def test_words_name_the_rule():
    assert DEFAULT.words == "A slice scores as its highest patch, a volume as the mean of its 3 highest slices."
    assert "95th percentile" in Scoring("image", "p95").words
    assert "whole image" in Scoring("image", "p95").words
