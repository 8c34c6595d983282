"""One runner of steps between the window's events: what it tells, and whom."""

from __future__ import annotations

import pytest

from GANAnomalyLib.errors import Cancelled


@pytest.fixture
def in_steps(slicer_app, gananomaly):
    from GANAnomalyPanel.in_steps import InSteps

    return InSteps()


def counting(taken, closed, value=None, error=None, within=None, steps=3):
    try:
        for step in range(steps):
            taken.append(step)
            if within is not None:
                within()
            yield
        if error is not None:
            raise error
        return value
    finally:
        closed.append(True)


@pytest.mark.parametrize("error", [None, ValueError("no")])
def test_the_end_is_told_once(slicer_app, in_steps, error):
    taken, told = [], []
    in_steps.start(counting(taken, [], 7, error), lambda *end: told.append(end))
    assert taken == []
    slicer_app.wait_until(lambda: told)
    slicer_app.process()
    assert told == [(7, None) if error is None else (None, error)]
    assert not in_steps.running


@pytest.mark.parametrize("how", ["cancel", "stop", "start"])
def test_ended_half_way_it_takes_no_further_step(slicer_app, in_steps, how):
    taken, closed, told, others = [], [], [], []
    in_steps.start(counting(taken, closed, steps=1_000_000), lambda *end: told.append(end))
    slicer_app.wait_until(lambda: taken)
    before = len(taken)
    if how == "start":
        in_steps.start(counting([], [], 3), lambda *end: others.append(end))
        slicer_app.wait_until(lambda: others)
        assert others == [(3, None)]
    else:
        getattr(in_steps, how)()
    slicer_app.process()
    assert len(taken) == before
    assert closed == [True]
    assert [type(error) for _value, error in told] == ([Cancelled] if how == "cancel" else [])


def test_events_within_a_step_take_no_other(slicer_app, in_steps):
    taken, told = [], []
    in_steps.start(counting(taken, [], within=slicer_app.process), lambda *end: told.append(end))
    slicer_app.wait_until(lambda: told)
    assert taken == [0, 1, 2]
    assert told == [(None, None)]


def test_cancelled_within_a_step_is_told_once(slicer_app, in_steps):
    taken, closed, told = [], [], []
    in_steps.start(counting(taken, closed, within=in_steps.cancel), lambda *end: told.append(end))
    slicer_app.wait_until(lambda: told)
    slicer_app.process()
    assert taken == [0]
    assert closed == [True]
    assert len(told) == 1
