"""The time left, on made-up series of reports."""

from __future__ import annotations

from itertools import pairwise

import pytest

from GANAnomalyLib.running.remaining import RemainingTime


def told(series, until, tick=0.1):
    """[(now, seconds left or None)] at every tenth of a second, for reports (time, fraction)."""
    estimate, out, waiting = RemainingTime(), [], list(series)
    for n in range(round(until / tick) + 1):
        now = n * tick
        while waiting and waiting[0][0] <= now + 1e-9:
            estimate.update(waiting.pop(0)[1], now)
        out.append((now, estimate.seconds(now)))
    return out


def steady(total, every=0.5, start=0.0, begin=0.03):
    count = round(total / every)
    return [(start + n * every, begin + (1 - begin) * n / count) for n in range(count + 1)]


def biggest_jump(told_):
    known = [left for _, left in told_ if left is not None]
    return max(abs(b - a) for a, b in pairwise(known))


def test_even_work_is_told_exactly():
    for now, left in told(steady(100), 100):
        if left is not None:
            assert left == pytest.approx(100 - now, abs=2)
    assert told(steady(100), 5)[-1][1] is not None


def test_nothing_is_told_at_first():
    before = told([(0, 0.0), (5, 0.01), (9, 0.02)], 30)
    assert all(left is None for _, left in before)


def test_a_long_start_does_not_count():
    series = [(0, 0.0), (1, 0.01), (40, 0.02), *steady(60, start=60)]
    now, left = told(series, 90)[-1]
    assert left == pytest.approx(120 - now, abs=3)


def test_a_step_that_takes_longer_neither_ends_nor_jumps():
    series = [*steady(100)[:101], (90, 0.52), *[(90 + n * 0.5, 0.52 + 0.0049 * n) for n in range(1, 98)]]
    seen = told(series, 138)
    stuck = [left for now, left in seen if 60 < now < 89]
    assert min(stuck) > 40
    assert biggest_jump(seen) < 3


def test_steps_that_come_seldom_run_down_like_a_clock():
    series = [(n * 20.0, 0.03 + 0.97 * n / 10) for n in range(11)]
    seen = told(series, 200)
    known = [(now, left) for now, left in seen if left is not None and now > 45]
    assert all(left == pytest.approx(200 - now, abs=8) for now, left in known)
    assert biggest_jump([item for item in seen if item[0] > 45]) < 1.5


def test_a_change_of_pace_is_followed_without_jumps():
    slow = [(n * 1.0, 0.03 + 0.005 * n) for n in range(61)]
    fast = [(60 + n * 1.0, 0.33 + 0.02 * n) for n in range(1, 34)]
    seen = told(slow + fast, 92)
    assert biggest_jump(seen) < 5
    assert seen[-1][1] < 6


def test_reports_that_go_back_are_ignored():
    series = steady(50)
    confused = sorted([*series, *[(at + 0.2, fraction / 2) for at, fraction in series]])
    assert told(confused, 40)[-1][1] == pytest.approx(told(series, 40)[-1][1], abs=0.5)


def test_at_the_end_nothing_is_left():
    assert told(steady(30), 40)[-1][1] == pytest.approx(0, abs=0.1)


def test_work_that_begins_is_measured_by_itself():
    """A twentieth is read in two seconds; the rest is training, of eight minutes."""
    estimate = RemainingTime(1e-6)
    for n in range(11):
        estimate.update(0.05 * n / 10, 0.2 * n, "reading")
    assert estimate.seconds(2.0) is not None
    for step in range(1, 481):
        estimate.update(0.05 + 0.95 * step / 480, 2.0 + step, "training")
        left = estimate.seconds(2.0 + step)
        assert left is not None or step < 15
        if left is not None:
            assert left == pytest.approx(480 - step, abs=3)


def test_work_that_goes_on_after_another_is_no_new_one():
    series = steady(50)
    estimate, other = RemainingTime(), RemainingTime()
    for number, (now, fraction) in enumerate(series[:80]):
        estimate.update(fraction, now, ("case", "cases")[number % 2])
        other.update(fraction, now)
    assert estimate.seconds(40) == pytest.approx(other.seconds(40), abs=0.5)


def test_of_a_long_run_something_is_told_after_a_while():
    """Two percent of eight hours are ten minutes."""
    seen = told(steady(8 * 3600), 60)
    assert seen[150][1] is None
    assert seen[250][1] == pytest.approx(8 * 3600 - 25, rel=0.02)
