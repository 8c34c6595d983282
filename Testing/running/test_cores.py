"""Work shared among cores: in order, one thread each, and nothing left running."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from GANAnomalyLib.running.cores import on_cores


@pytest.fixture(params=[1, 3])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_results_come_in_order(threads):
    def work(number):
        time.sleep(0.02 if number % 3 == 0 else 0)
        return number**2

    assert list(on_cores(work, range(20))) == [number**2 for number in range(20)]
    assert list(on_cores(work, [])) == []


def test_as_many_at_a_time_as_torch_has_threads_and_each_has_one(threads):
    seen, own, lock, most = set(), set(), threading.Lock(), [0]
    running = [0]
    together = threading.Barrier(threads, timeout=60)

    def work(number):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        seen.add(threading.get_ident())
        own.add(torch.get_num_threads())
        together.wait()
        with lock:
            running[0] -= 1
        return number

    list(on_cores(work, range(12)))
    assert most[0] == threads
    assert len(seen) <= threads
    assert own == {1}
    assert torch.get_num_threads() == threads, "as before"


def test_work_within_work_does_not_multiply_threads(threads):
    def work(number):
        return sum(on_cores(lambda part: part * number, range(4)))

    assert list(on_cores(work, range(5))) == [6 * number for number in range(5)]


def test_an_error_is_raised_and_ends_the_rest(threads):
    begun = []

    def work(number):
        begun.append(number)
        if number == 2:
            raise ValueError("the third")
        time.sleep(0.01)
        return number

    results = on_cores(work, range(1000))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="the third"):
        list(results)
    assert len(begun) < 50
    assert torch.get_num_threads() == threads


def test_who_stops_asking_leaves_nothing_running(threads):
    running = []

    def work(number):
        running.append(number)
        time.sleep(0.01)
        running.remove(number)
        return number

    results = on_cores(work, range(100))
    next(results)
    results.close()
    assert running == []
    assert torch.get_num_threads() == threads
