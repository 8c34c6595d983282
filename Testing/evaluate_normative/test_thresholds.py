"""The smallest threshold that few pixels exceed, against sorting; as a card stores it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLab.evaluate.normative import HeatCounts, own_threshold, search_threshold
from GANAnomalyLab.evaluate.normative.pixel_thresholds import rounded_up
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken

FINITE = st.floats(-1e6, 1e6, width=32)
RATES = (0.01, 0.02, 0.05, 0.5)


def share_above(values, threshold):
    return np.count_nonzero(values > threshold), len(values)


@given(st.lists(FINITE | st.sampled_from([0.0, -0.0, 1.0, 2.0]), min_size=1, max_size=300), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_it_is_the_smallest_value_that_at_most_the_share_exceeds(values, parts):
    values = np.array(values, np.float32)
    found = search_threshold(np.array_split(values, parts), RATES)
    for rate in RATES:
        threshold = found[f"{rate:g}"]
        above, count = share_above(values, threshold)
        assert above <= rate * count + 1e-9
        # Any lower value of the set is exceeded by more: this one is the smallest.
        lower = values[values < threshold]
        if lower.size:
            assert share_above(values, lower.max())[0] > rate * count
        assert threshold in values


def test_ties_do_not_exceed_the_threshold_they_equal():
    values = np.array([0.0] * 90 + [1.0] * 10, np.float32)
    assert search_threshold([values], [0.05]) == {"0.05": 1.0}
    assert search_threshold([values], [0.1]) == {"0.1": 0.0}, "exactly the share that is allowed"
    assert search_threshold([np.ones(7)], [0.01]) == {"0.01": 1.0}


def test_one_pixel_more_or_less_decides():
    values = np.arange(100, dtype=np.float64)
    assert search_threshold([values], [0.01, 0.02, 0.05]) == {"0.01": 98.0, "0.02": 97.0, "0.05": 94.0}
    assert search_threshold([values[1:]], [0.01])["0.01"] == 99.0, "1% of 99 pixels is less than one"


@given(st.lists(FINITE, min_size=1, max_size=200))
@settings(max_examples=20, deadline=None)
def test_counting_once_is_never_below_and_hardly_above(values):
    values = np.array(values, np.float32)
    exact, counts = search_threshold([values], RATES), HeatCounts()
    counts.add(values)
    assert counts.pixels == len(values)
    for rate, threshold in counts.thresholds(RATES).items():
        assert exact[rate] <= threshold <= exact[rate] + abs(exact[rate]) * 2.0**-11 + 1e-30


def test_a_scan_sets_its_own_threshold():
    assert own_threshold(np.arange(1000)) == 949.0
    assert own_threshold(np.arange(1000), 99) == 989.0


def test_an_iterator_is_gone_through_twice_all_the_same():
    assert search_threshold(iter([np.arange(50), np.arange(50, 100)]), [0.02]) == {"0.02": 97.0}


@pytest.mark.parametrize(
    ("heats", "rates", "words"),
    [
        ([], [0.05], "no pixel"),
        ([np.empty((0, 3))], [0.05], "no pixel"),
        ([np.array([1.0, np.nan])], [0.05], "NaN"),
        ([np.array([np.inf])], [0.05], "NaN or infinite"),
        ([np.array(["a"])], [0.05], "not real numbers"),
        ([np.ones(3)], [0.0], "between 0 and 1"),
        ([np.ones(3)], [1.0], "between 0 and 1"),
        ([np.ones(3)], [], "between 0 and 1"),
    ],
)
def test_bad_input_is_told_in_a_sentence(heats, rates, words):
    with pytest.raises(InputError, match=words):
        search_threshold(heats, rates)


def test_it_stops_when_asked():
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        search_threshold([np.ones(3)], [0.05], cancel=cancel)


@given(st.floats(-1e9, 1e9).filter(lambda v: abs(v) > 1e-9))
@settings(max_examples=60, deadline=None)
def test_rounding_never_goes_down(value):
    assert value <= rounded_up(value) <= value + abs(value) * 1.0001e-3
