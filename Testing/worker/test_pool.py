"""The pool of workers, with real processes and tasks of its own."""

from __future__ import annotations

import os

import pytest
from waiting import until

from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.worker.pool import PoolTask, WorkerPool

TASKS = """
import os, signal, time
from GANAnomalyLib.errors import InputError, OutOfMemory
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.worker.serve import serve

def number(values, progress, cancel):
    progress(0.5, Message("loading_engine"))
    print("what a library prints is no event")
    return {"pid": os.getpid(), "value": values["value"]}

def fail(values, progress, cancel):
    raise {"input": InputError, "memory": OutOfMemory}[values["kind"]]("It is so.")

def die(values, progress, cancel):
    os.kill(os.getpid(), values["signal"])

def deaf(values, progress, cancel):
    open(values["file"], "w").write(str(os.getpid()))
    time.sleep(600)

def patient(values, progress, cancel):
    open(values["file"], "w").write(str(os.getpid()))
    while True:
        cancel.check()
        time.sleep(0.01)

class Loop:
    def __init__(self):
        self.own = self

    def __del__(self):
        Loop.freed = True

def loop(values, progress, cancel):
    freed = getattr(Loop, "freed", False)
    Loop()
    return {"freed": freed}

serve({"loop": loop, "number": number, "fail": fail, "die": die, "deaf": deaf, "patient": patient})
"""
posix = pytest.mark.skipif(os.name != "posix", reason="signals")


def requests(*given) -> list[PoolTask]:
    return [PoolTask(n, {"task": name, **values}) for n, (name, values) in enumerate(given)]


def done(groups, workers=1, cancel=None, **options) -> dict[int, dict]:
    ends: dict[int, dict] = {}
    pool = WorkerPool(workers, options.pop("command", ("-c", TASKS)), **options)

    def end(task, event):
        assert task.id not in ends
        ends[task.id] = event

    try:
        pool.run_tasks(iter(groups), end, lambda working: None, cancel or CancelToken())
    except Cancelled:
        assert cancel is not None
    return ends


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_one_process_does_many_tasks_in_their_order():
    tasks = requests(*(("number", {"value": n}) for n in range(5)))
    ends = done([tasks[:2], [], tasks[2:]])
    assert list(ends) == [0, 1, 2, 3, 4]
    assert [event["value"] for event in ends.values()] == [0, 1, 2, 3, 4]
    assert len({event["pid"] for event in ends.values()}) == 1


def test_a_group_stays_with_one_worker():
    tasks = requests(*(("number", {"value": n}) for n in range(6)))
    ends = done([tasks[:3], tasks[3:]], workers=2)
    assert len({ends[n]["pid"] for n in (0, 1, 2)}) == len({ends[n]["pid"] for n in (3, 4, 5)}) == 1
    assert len(ends) == 6


def test_a_task_that_fails_leaves_the_worker_and_one_without_memory_does_not():
    known, lost = ("number", {"value": 1}), {"kind": "input"}
    ends = done([requests(known, ("fail", lost), known, ("fail", {"kind": "memory"}), known, ("nobody's", {}))])
    assert [event.get("kind", "done") for event in ends.values()] == [
        "done",
        "input",
        "done",
        "memory",
        "done",
        "input",
    ]
    assert ends[0]["pid"] == ends[2]["pid"] != ends[4]["pid"]
    assert ends[1]["message"] == "It is so."
    assert "There is no task" in ends[5]["message"]


@posix
@pytest.mark.parametrize(
    ("signal", "kind", "words"), [(9, "memory", "use fewer workers"), (6, "failed", "exit code -6")]
)
def test_a_worker_that_dies_is_replaced(signal, kind, words):
    known = ("number", {"value": 1})
    ends = done([requests(known, ("die", {"signal": signal}), known)])
    assert (ends[1]["event"], ends[1]["kind"]) == ("error", kind)
    assert words in ends[1]["message"]
    assert ends[0]["pid"] != ends[2]["pid"]


@posix
@pytest.mark.parametrize("name", ["patient", "deaf"])
def test_stopped_at_once_whatever_it_does(name, tmp_path):
    cancel, asked = CancelToken(), iter(range(2))

    def groups():
        for n in asked:
            yield [PoolTask(n, {"task": name, "file": str(tmp_path / str(n))})]

    started = [tmp_path / "0", tmp_path / "1"]
    ends: dict[int, dict] = {}

    def tell(working):
        if all(path.exists() and path.read_text() for path in started):
            cancel.cancel()

    pool = WorkerPool(2, ("-c", TASKS))
    with pytest.raises(Cancelled):
        pool.run_tasks(groups(), lambda task, event: ends.update({task.id: event}), tell, cancel)
    assert {n: event["kind"] for n, event in ends.items()} == {0: "cancelled", 1: "cancelled"}
    for path in started:
        until(lambda path=path: gone(int(path.read_text())))


def test_a_callback_that_fails_takes_the_workers_with_it(tmp_path):
    file = tmp_path / "pid"

    def tell(working):
        if file.exists() and file.read_text():
            raise ZeroDivisionError

    pool = WorkerPool(1, ("-c", TASKS))
    with pytest.raises(ZeroDivisionError):
        pool.run_tasks([requests(("deaf", {"file": str(file)}))], lambda *end: None, tell, CancelToken())
    until(lambda: gone(int(file.read_text())))


@pytest.mark.parametrize("options", [{"python": "no python"}, {"command": ("-c", "raise SystemExit('broken')")}])
def test_what_cannot_be_started_is_said_of_each_task(options):
    tasks = requests(*[("number", {"value": 1})] * 3)
    ends = done([tasks[:2], tasks[2:]], **options)
    assert {n: event["kind"] for n, event in ends.items()} == dict.fromkeys(range(3), "start")
    assert all("could not be started" in event["message"] for event in ends.values())


def test_what_refers_to_itself_is_freed_before_the_next_task():
    """Pictures do, and hold the memory around them: a worker of 256 cases grew to 2.8 GiB."""
    ends = done([requests(("loop", {}), ("loop", {}))])
    assert [ends[number]["freed"] for number in range(2)] == [False, True]
