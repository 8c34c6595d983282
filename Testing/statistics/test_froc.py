"""FROC curves: by hand, and against the plain definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLab.statistics.bootstrap import Draws
from GANAnomalyLab.statistics.froc import RATES, FrocCase, froc, froc_intervals, rate_at, sensitivity_at
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken


def test_by_hand():
    """Two patients: one with two lesions, of which the 9 finds one (the 5 finds it again); one normal."""
    cases = [
        FrocCase.of([9, 7, 5, 3], [{0}, set(), {0}, {1}], 2),
        FrocCase.of([8, 3], [(), ()], 0),
    ]
    assert cases[0] == FrocCase((9.0, 3.0), (7.0,), 2)
    rates, sensitivity, thresholds = froc(cases)
    assert thresholds.tolist() == [np.inf, 9, 8, 7, 3]
    assert rates.tolist() == [0, 0, 0.5, 1.0, 1.5]
    assert sensitivity.tolist() == [0, 0.5, 0.5, 0.5, 1.0]
    # Half way from (1, 0.5) to (1.5, 1), the upper end of an upright rise, and beyond the last point.
    assert sensitivity_at(rates, sensitivity, [1.25, 0.0, 0.125, 8.0]).tolist() == [0.75, 0.5, 0.5, 1.0]
    assert rate_at(rates, sensitivity, 0.75) == 1.25
    assert rate_at(rates, sensitivity, 0.5) == 0.0
    by_slice = [FrocCase(case.found, case.false, case.lesions, 10) for case in cases]
    assert froc(by_slice)[0].tolist() == pytest.approx([0, 0, 0.05, 0.1, 0.15])


def test_one_finding_on_two_lesions_finds_both():
    case = FrocCase.of([2.0], [{0, 2}], 3)
    assert case.found == (2.0, 2.0)
    assert froc([case])[1].tolist() == pytest.approx([0, 2 / 3])


def test_never_reached():
    rates, sensitivity, _ = froc([FrocCase((), (1.0,), 2)])
    assert np.isnan(rate_at(rates, sensitivity, 0.5))
    assert sensitivity_at(rates, sensitivity).tolist() == [0] * len(RATES)
    rates, sensitivity, thresholds = froc([FrocCase((), (), 1)])
    assert (rates.tolist(), sensitivity.tolist(), thresholds.tolist()) == ([0], [0], [np.inf])
    assert sensitivity_at(rates, sensitivity).tolist() == [0] * len(RATES)


finding = st.tuples(st.integers(0, 6), st.sets(st.integers(0, 2), max_size=2))
patient = st.tuples(st.lists(finding, max_size=7), st.integers(1, 4))


@settings(max_examples=60, deadline=None)
@given(st.lists(patient, min_size=1, max_size=5))
def test_against_the_definition(patients):
    cases = [FrocCase.of([s for s, _ in found], [on for _, on in found], 3, images) for found, images in patients]
    rates, sensitivity, thresholds = froc(cases)
    for rate, share, threshold in zip(rates, sensitivity, thresholds, strict=True):
        called = [[(s, on) for s, on in found if s >= threshold] for found, _ in patients]
        hit = sum(any(lesion in on for _, on in marks) for marks in called for lesion in range(3))
        wrong = sum(not on for marks in called for _, on in marks)
        assert share == pytest.approx(hit / (3 * len(patients)))
        assert rate == pytest.approx(wrong / sum(images for _, images in patients))
    assert (np.diff(rates) >= 0).all()
    assert (np.diff(sensitivity) >= 0).all()
    shares = sensitivity_at(rates, sensitivity, np.linspace(0, 9, 50))
    assert (np.diff(shares) >= -1e-12).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(patient, min_size=2, max_size=5), st.integers(0, 2**31))
def test_draws_weigh_cases_as_copies_would(patients, seed):
    cases = [FrocCase.of([s for s, _ in found], [on for _, on in found], 3, images) for found, images in patients]
    draws = Draws(len(cases), 3, seed)
    intervals = froc_intervals(cases, draws, CancelToken())
    copied = []
    for weight in np.concatenate(list(draws)):
        drawn = [case for case, times in zip(cases, weight, strict=True) for _ in range(times)]
        copied.append(sensitivity_at(*froc(drawn)[:2]))
    for n, values in enumerate(np.array(copied).T):
        low, high = np.quantile(values, [0.025, 0.975])
        assert (intervals[n].low, intervals[n].high) == pytest.approx((low, high))
    means = np.quantile(np.mean(copied, axis=1), [0.025, 0.975])
    assert (intervals[-1].low, intervals[-1].high) == pytest.approx(tuple(means))


def test_what_cannot_be_drawn():
    for cases, words in (
        ([], "no case"),
        ([FrocCase((), (1.0,), 0)], "No case has a lesion"),
        ([FrocCase((float("nan"),), (), 1)], "not a finite"),
        ([FrocCase((1.0, 2.0), (), 1)], "at least as many"),
        ([FrocCase((1.0,), (), 1, 0)], "one image"),
    ):
        with pytest.raises(InputError, match=words):
            froc(cases)
    with pytest.raises(InputError, match="scores but hits"):
        FrocCase.of([1.0], [], 1)
    with pytest.raises(InputError, match="lesion 1"):
        FrocCase.of([1.0], [{1}], 1)


def test_cancelled():
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        froc_intervals([FrocCase((1.0,), (), 1)] * 3, Draws(3, 100), cancel)
