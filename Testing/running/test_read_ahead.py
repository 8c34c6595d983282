"""One thing is read ahead at a time: what was asked for last, whole, cancelled or dropped."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.memory import free_memory
from GANAnomalyLib.running.read_ahead import ReadAhead


class Reader:
    """Reads when it is let, and says what happened."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.gates: dict[str, threading.Event] = {}

    def read(self, key: str):
        gate = self.gates.setdefault(key, threading.Event())

        def work(cancel):
            self.begun.append(key)
            gate.wait(20)
            self.ended.append(key)
            cancel.check()
            return key.upper()

        return work


def finish(ahead: ReadAhead) -> None:
    while ahead.reading:
        ahead.share(1)


def test_what_was_read_is_given_away_once():
    ahead, reader = ReadAhead(), Reader()
    ahead.want("a", reader.read("a"))
    ahead.want("a", reader.read("a"))
    assert ahead.key == "a"
    assert not ahead.ready("a")
    reader.gates["a"].set()
    finish(ahead)
    assert ahead.ready("a")
    assert not ahead.ready("b")
    assert ahead.take("a") == "A"
    assert reader.begun == ["a"], "asked for twice, read once"
    with pytest.raises(KeyError):
        ahead.take("a")


def test_the_last_that_was_asked_for_comes_and_never_two_at_a_time():
    ahead, reader = ReadAhead(), Reader()
    for key in ("a", "b", "c"):
        ahead.want(key, reader.read(key))
    assert reader.begun == ["a"]
    for key in ("a", "b", "c"):
        reader.gates[key].set()
    while not ahead.ready("c"):
        ahead.share(1)
    assert reader.begun == reader.ended == ["a", "c"], "b was given up before it began"
    assert ahead.take("c") == "C"


def test_one_that_was_given_up_and_is_asked_for_again():
    ahead, reader = ReadAhead(), Reader()
    ahead.want("a", reader.read("a"))
    ahead.want("b", reader.read("b"))
    ahead.want("a", reader.read("a"))
    reader.gates["a"].set()
    while not ahead.ready("a"):
        ahead.share(1)
    assert ahead.take("a") == "A"
    assert reader.begun == ["a", "a"]


def test_faults_are_told_to_who_asks():
    def wrong(_cancel):
        raise InputError("no such case")

    ahead = ReadAhead()
    ahead.want("a", wrong)
    finish(ahead)
    with pytest.raises(InputError, match="no such case"):
        ahead.take("a")
    assert not ahead.ready("a")


@pytest.mark.parametrize("early", [True, False])
def test_what_is_dropped_is_cancelled_and_its_memory_goes(early):
    class Large:
        pass

    ahead, gate, made, raised = ReadAhead(), threading.Event(), [], []

    def read(cancel):
        gate.wait(20)
        value = Large()
        made.append(weakref.ref(value))
        try:
            cancel.check()
        except Cancelled:
            raised.append(True)
        return value

    ahead.want("a", read)
    if early:
        ahead.drop()
    gate.set()
    finish(ahead)
    ahead.drop()
    assert raised == [True] * early
    assert ahead.key is None
    gc.collect()
    assert made[0]() is None


def test_free_memory_is_told_where_the_system_tells_it(monkeypatch):
    import sys

    found = free_memory()
    if sys.platform in ("linux", "win32"):
        assert found is not None
        assert 1 << 20 < found < 1 << 50
    monkeypatch.setattr("builtins.open", lambda *given, **named: (_ for _ in ()).throw(OSError()))
    monkeypatch.setattr(sys, "platform", "darwin")
    assert free_memory() is None
