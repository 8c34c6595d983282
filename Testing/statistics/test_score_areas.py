"""Areas under curves, held against pairs counted one by one, scikit-learn, and what must not change them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLab.statistics.area_intervals import area_intervals
from GANAnomalyLab.statistics.bootstrap import Draws, ratio_interval
from GANAnomalyLab.statistics.score_areas import (
    ScoreCounts,
    auroc,
    auroc_error,
    average_precision,
    average_precision_range,
    precision_recall_curve,
    roc_curve,
)
from GANAnomalyLab.statistics.score_bins import RELATIVE_WIDTH, bin_of, bin_score
from GANAnomalyLab.statistics.score_pool import ScorePool
from GANAnomalyLib.running.progress import CancelToken

FEW = st.lists(st.integers(-6, 6), min_size=1, max_size=30)
REAL = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=30)


def counts(normal, abnormal) -> ScoreCounts:
    return ScoreCounts.of(np.array(normal, np.float32), np.array(abnormal, np.float32))


def pairs_won(normal, abnormal) -> float:
    return float(np.mean([(a > n) + 0.5 * (a == n) for n, a in itertools.product(normal, abnormal)]))


def precision_by_thresholds(normal, abnormal) -> float:
    total, before = 0.0, 0.0
    for threshold in sorted({*abnormal, *normal}, reverse=True):
        found = sum(a >= threshold for a in abnormal)
        recall = found / len(abnormal)
        total += (recall - before) * found / (found + sum(n >= threshold for n in normal))
        before = recall
    return total


@given(FEW, FEW)
def test_against_every_pair_and_every_threshold(normal, abnormal):
    both = counts(normal, abnormal)
    assert auroc(both) == pytest.approx(pairs_won(normal, abnormal), abs=1e-12)
    assert average_precision(both) == pytest.approx(precision_by_thresholds(normal, abnormal), abs=1e-12)
    assert (both.negative, both.positive) == (len(normal), len(abnormal))
    assert (np.diff(both.scores) > 0).all()


@pytest.mark.parametrize("levels", [3, 40, None])
def test_against_scikit_learn(levels):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(levels)
    truth = rng.random(20_000) < 0.03
    scores = rng.normal(size=truth.size).astype(np.float32) + truth
    scores = scores if levels is None else np.round(scores * levels) / levels
    both = ScoreCounts.of(scores[~truth], scores[truth])
    assert auroc(both) == pytest.approx(metrics.roc_auc_score(truth, scores), abs=1e-12)
    assert average_precision(both) == pytest.approx(metrics.average_precision_score(truth, scores), abs=1e-12)
    false, true = roc_curve(both)
    theirs = metrics.roc_curve(truth, scores)
    np.testing.assert_allclose(np.interp(theirs[0], false, np.maximum.accumulate(true)).max(), 1.0)
    assert np.trapezoid(true, false) == pytest.approx(auroc(both), abs=1e-12)
    recall, precision = precision_recall_curve(both)
    assert (np.diff(recall) * precision[1:]).sum() == pytest.approx(average_precision(both), abs=1e-12)


@given(REAL, REAL)
def test_monotone_transforms_change_nothing(normal, abnormal):
    values = np.unique(np.array(normal + abnormal, np.float32))
    # Strictly rising and without rounding: each value's rank, spread out unevenly.
    moved = [np.searchsorted(values, np.array(side, np.float32)) ** 3.0 - 7 for side in (normal, abnormal)]
    before, after = counts(normal, abnormal), counts(*moved)
    assert auroc(before) == auroc(after)
    assert average_precision(before) == average_precision(after)


@given(FEW, FEW)
def test_flipped_labels_and_flipped_scores(normal, abnormal):
    area = auroc(counts(normal, abnormal))
    assert auroc(counts(abnormal, normal)) == pytest.approx(1 - area, abs=1e-12)
    assert auroc(counts([-n for n in normal], [-a for a in abnormal])) == pytest.approx(1 - area, abs=1e-12)


def test_an_empty_class_has_no_area():
    only = counts([1, 2], [])
    assert np.isnan(auroc(only))
    assert np.isnan(average_precision(only))
    assert not only.both
    assert np.isnan(auroc(counts([], [1.0])))
    assert average_precision(counts([], [1.0])) == 1.0


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=2, max_size=50))
def test_bins_keep_the_order_and_are_narrow(scores):
    scores = np.sort(np.array(scores, np.float32))
    bins = bin_of(scores)
    assert (np.diff(bins) >= 0).all()
    low = bin_score(bins).astype(np.float64)
    assert (np.abs(scores - low) <= np.maximum(np.abs(low) * RELATIVE_WIDTH, 2e-38)).all()
    assert (bin_of(low) == bins)[np.abs(scores) > 1e-37].all()


def test_bins_of_grey_levels_are_the_grey_levels():
    levels = np.arange(-255, 256, dtype=np.int16)
    np.testing.assert_array_equal(bin_score(bin_of(levels)), levels)
    assert bin_of(np.array([-0.0]))[0] == bin_of(np.array([0.0]))[0]
    assert bin_of(np.array([1e300]))[0] > bin_of(np.array([3.0e38]))[0]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1e-5, 1e-2))
def test_the_stated_error_of_bins_holds(seed, spread):
    rng = np.random.default_rng(seed)
    # So close together that many scores share a bin.
    cases = [(1 + spread * rng.random(200), 1 + spread * rng.random(30) + spread / 5) for _ in range(3)]
    exact, rough = ScorePool(), ScorePool(exact_bytes=100)
    for normal, abnormal in cases:
        exact.add(normal, abnormal)
        rough.add(normal, abnormal)
    assert exact.exact
    assert not rough.exact
    true, binned = exact.counts(), rough.counts()
    assert abs(auroc(true) - auroc(binned)) <= auroc_error(binned) + 1e-12
    low, high = average_precision_range(binned)
    assert low - 1e-9 <= average_precision(true) <= high + 1e-9
    assert low - 1e-9 <= average_precision(binned) <= high + 1e-9


def cases_of(seed: int, count: int = 12):
    rng = np.random.default_rng(seed)
    shifts = rng.normal(0, 0.4, count)
    return [(rng.gamma(2, 1, 3000).astype(np.float32), rng.gamma(3, 1 + s**2, 60).astype(np.float32)) for s in shifts]


def test_intervals_are_those_of_drawing_whole_cases():
    cases = cases_of(5)
    pool = ScorePool()
    for normal, abnormal in cases:
        pool.add(normal, abnormal)
    draws = Draws(len(cases), 60, seed=7)
    by_hand = {"auroc": [], "precision": []}
    for weights in np.concatenate(list(draws)):
        drawn = [case for case, times in zip(cases, weights, strict=True) for _ in range(times)]
        both = ScoreCounts.of(*(np.concatenate([case[side] for case in drawn]) for side in (0, 1)))
        by_hand["auroc"].append(auroc(both))
        by_hand["precision"].append(average_precision(both))
    found = area_intervals(pool.cases, draws, CancelToken())
    for interval, values in zip(found, by_hand.values(), strict=True):
        low, high = np.quantile(values, [0.025, 0.975])
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-3)
        assert interval.used == 60
    again = area_intervals(pool.cases, Draws(len(cases), 60, seed=7), CancelToken())
    assert again == found
    assert area_intervals(pool.cases, Draws(len(cases), 60, seed=8), CancelToken()) != found


def test_interval_of_a_share():
    hits, ill = np.array([1.0] * 8 + [0.0] * 12), np.ones(20)
    interval = ratio_interval(hits, ill, Draws(20, 4000), CancelToken())
    # The binomial's own quantiles: 20 draws at 0.4.
    assert (interval.low, interval.high) == pytest.approx((0.2, 0.6), abs=0.051)
    assert ratio_interval(hits[:1], ill[:1], Draws(1), CancelToken()) is None
    assert ratio_interval(hits, ill, Draws(20, 0), CancelToken()) is None
