"""Work in a thread of its own, which nobody has to wait for."""

from __future__ import annotations

import threading

import pytest

from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.running.background import interruptible
from GANAnomalyLib.running.progress import CancelToken


def test_arguments_reach_the_work_and_its_result_comes_back():
    found = interruptible(CancelToken(), lambda a, *, b: (a, b, threading.current_thread()), 1, b=2)
    assert found[:2] == (1, 2)
    assert found[2] is not threading.current_thread()


def test_what_is_cancelled_before_is_not_begun():
    cancel, begun = CancelToken(), []
    cancel.cancel()
    with pytest.raises(Cancelled):
        interruptible(cancel, begun.append, 1)
    assert begun == []


def test_an_error_of_the_work_is_raised_here():
    with pytest.raises(ZeroDivisionError):
        interruptible(CancelToken(), divmod, 1, 0)
