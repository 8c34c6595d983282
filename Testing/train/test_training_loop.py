"""The loop that all trainers share: what it asks of a task, and when."""

from __future__ import annotations

import math
import os
import re

import pytest
import torch

from GANAnomalyLab.train.loop.ema import kept_share, move_average
from GANAnomalyLab.train.loop.loss_sums import Sums
from GANAnomalyLab.train.loop.precision import Precision
from GANAnomalyLab.train.loop.run_devices import Team, fast, threads
from GANAnomalyLab.train.loop.run_state import check_same, load_state, save_state
from GANAnomalyLab.train.loop.task import Pace, Task, all_finite
from GANAnomalyLab.train.loop.train_on_images import READING
from GANAnomalyLab.train.loop.training_loop import run
from GANAnomalyLib.cli.bar import Bar
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError, OutOfMemory
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, no_progress, part


class Steps(Task):
    """Counts its steps by ``by`` and writes down what it is asked."""

    def __init__(self, folder, pace: Pace, by: int = 1, loss=1.0, **more) -> None:
        super().__init__(folder, pace, **more)
        self.at, self.by, self.loss, self.asked, self.done_at, self.sound = 0, by, loss, [], [], True

    @property
    def number(self) -> int:
        return self.at

    def step(self, done, check):
        self.done_at.append(done)
        check()
        loss = self.loss(self.at) if callable(self.loss) else self.loss
        self.at += self.by
        return {"loss": loss}

    def note(self, what: str) -> None:
        self.asked.append((what, self.at))

    def healthy(self) -> bool:
        return self.sound

    def write_state(self) -> None:
        self.note("state")

    def begin(self) -> None:
        self.note("begin")

    def write_log(self, seconds_each: float) -> None:
        assert seconds_each > 0
        self.note(f"log {self.sums.means()['loss']:g}")

    def sample(self) -> None:
        self.note("sample")

    def write_model(self, cancel) -> None:
        self.note("model")

    def finish(self, spent: bool, cancel) -> None:
        self.note(f"finish {spent}")

    def message(self) -> Message:
        return Message("training_steps", number=self.at, planned="")

    def diverged(self, what: str) -> GANAnomalyError:
        return GANAnomalyError(f"The {what} at {self.at}.")


def test_everything_has_its_time(tmp_path):
    told = []
    task = Steps(tmp_path, Pace(10, log=4, sample=6, snapshot=5, rest=True), loss=float)
    run(task, lambda *report: told.append(report), CancelToken())
    assert task.asked == [
        *[("begin", 0), ("log 1.5", 4), ("model", 5), ("state", 5), ("sample", 6), ("log 5.5", 8)],
        *[("model", 10), ("state", 10), ("log 8.5", 10), ("finish False", 10)],
    ]
    assert task.done_at == [number / 10 for number in range(10)]
    assert [fraction for fraction, _ in told] == [number / 10 for number in range(1, 11)]


def test_a_clock_that_jumps_over_a_multiple_still_hears_it(tmp_path):
    task = Steps(tmp_path, Pace(24, log=10), by=8)
    run(task, no_progress, CancelToken())
    assert [asked for asked in task.asked if asked[0].startswith("log")] == [("log 1", 16), ("log 1", 24)]


def test_a_run_that_was_there_before_begins_with_nothing_but_steps(tmp_path):
    task = Steps(tmp_path, Pace(3))
    task.at = task.saved_at = 2
    run(task, no_progress, CancelToken())
    assert task.asked == [("finish False", 3)]
    task = Steps(tmp_path, Pace(3))
    task.at = task.saved_at = 3
    cancel = CancelToken()
    cancel.cancel()  # there is nothing left to stop
    run(task, no_progress, cancel)
    assert task.asked == [("finish False", 3)]


@pytest.mark.parametrize("at", [0, 3])
def test_a_stop_keeps_the_state_first(tmp_path, at):
    cancel = CancelToken()
    task = Steps(tmp_path, Pace(10))

    def stop_after(number: int) -> float:
        if number == at - 1:
            cancel.cancel()
        return 1.0

    task.loss = stop_after
    if at == 0:
        cancel.cancel()
    with pytest.raises(Cancelled, match=f"Stopped after {at} steps"):
        run(task, no_progress, cancel)
    assert task.asked == [("begin", 0), ("state", at)]


def test_a_stop_within_a_step_takes_no_step(tmp_path):
    cancel = CancelToken()

    class Stopped(Steps):
        def step(self, done, check):
            if self.at == 2:
                cancel.cancel()
            return super().step(done, check)

    task = Stopped(tmp_path, Pace(10))
    with pytest.raises(Cancelled, match="Stopped after 2 steps"):
        run(task, no_progress, cancel)
    assert task.asked[-1] == ("state", 2)


def test_minutes_end_a_run_and_count_what_went_before(tmp_path):
    task = Steps(tmp_path, Pace(10, minutes=1.0))
    task.seconds = 61.0
    run(task, no_progress, CancelToken())
    assert task.asked == [("begin", 0), ("finish True", 0)]
    task = Steps(tmp_path, Pace(100, minutes=1.0))
    task.at, task.seconds = 10, 30.0
    assert task.done() == 0.5


@pytest.mark.parametrize(("steps", "minutes"), [(20_000, 8), (1_920, None)])
def test_the_time_left_is_that_of_the_training(tmp_path, monkeypatch, capsys, steps, minutes):
    """Whether minutes or steps end a run of eight minutes: the images were read in two seconds."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with Bar() as bar:
        for count in range(1, 21):
            now[0] += 0.1
            part(bar, 0.0, READING)(count / 20, Message("reading_images", number=count, count=20))

        def step(at: int) -> float:
            now[0] += 0.25
            return 1.0

        run(Steps(tmp_path, Pace(steps, minutes, log=100), loss=step), part(bar, READING, 1.0), CancelToken())
    lines = [line for line in capsys.readouterr().err.splitlines() if "Training" in line]
    assert len(lines) == 48
    told = [re.search(r"step (\d+), about (?:(\d+) min )?(\d+) s left", line) for line in lines]
    assert all(told[2:]), "after half a minute there is always something to tell"
    for found in filter(None, told):
        left = 60 * int(found[2] or 0) + int(found[3])
        assert left == pytest.approx(480 - int(found[1]) / 4, abs=5), found[0]


@pytest.mark.parametrize("loss", [math.nan, math.inf, torch.tensor([math.nan, 1.0])])
def test_losses_that_are_no_numbers_end_a_run_before_anything_is_written(tmp_path, loss):
    task = Steps(tmp_path, Pace(10, log=1, snapshot=1), loss=lambda number: loss if number == 1 else 1.0)
    if isinstance(loss, torch.Tensor):
        task.loss = lambda number: loss if number == 1 else torch.tensor([1.0, 1.0])
    with pytest.raises(GANAnomalyError, match="The loss at 2"):
        run(task, no_progress, CancelToken())
    assert [asked for asked in task.asked if asked[1] == 2] == []
    other = Steps(tmp_path, Pace(3), loss=loss)
    other.watched = ("another",)
    run(other, no_progress, CancelToken())


def test_weights_that_are_no_numbers_are_not_written(tmp_path):
    task = Steps(tmp_path, Pace(10, snapshot=2))
    task.sound = False
    with pytest.raises(GANAnomalyError, match="The weights at 2"):
        run(task, no_progress, CancelToken())
    assert task.asked == [("begin", 0)]


def test_memory_that_does_not_suffice_is_a_sentence(tmp_path):
    class Large(Steps):
        def step(self, done, check):
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(OutOfMemory, match="smaller batch"):
        run(Large(tmp_path, Pace(2)), no_progress, CancelToken())

    class Wrong(Steps):
        def step(self, done, check):
            raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError, match="a fault of ours"):
        run(Wrong(tmp_path, Pace(2)), no_progress, CancelToken())


def test_only_the_process_that_leads_writes(tmp_path):
    class Follower(Team):
        """The second of two, told what the first would say."""

        def tell(self, value):
            return value

    task = Steps(tmp_path, Pace(4, log=2, sample=2, snapshot=2), team=Follower(1, 2))
    run(task, no_progress, CancelToken())
    assert task.asked == [("finish False", 4)]
    assert task.saved_at == 4
    cancel = CancelToken()
    cancel.cancel()
    task = Steps(tmp_path, Pace(4), team=Follower(1, 2))
    with pytest.raises(Cancelled):
        run(task, no_progress, cancel)
    assert task.asked == []


def test_the_same_state_is_not_written_twice(tmp_path):
    task = Steps(tmp_path, Pace(4))
    task.save()
    task.save()
    task.save(again=True)
    assert task.asked == [("state", 0)] * 2


def test_sums_take_numbers_and_tensors_and_go_on_from_a_state(tmp_path):
    sums = Sums()
    sums.add({"plain": 1.0, "kept": torch.tensor([3.0, 2.0])})
    sums.add({"plain": 2.0, "rare": 5.0})
    save_state(tmp_path / "state.pt", sums.totals)
    again = Sums(load_state(tmp_path / "state.pt"))
    for known in (sums, again):
        known.add({"plain": 6.0, "kept": torch.tensor([3.0, 1.0])})
        assert known.means() == {"plain": 3.0, "kept": 2.0, "rare": 5.0}


def test_a_state_that_lacks_something_is_damaged(tmp_path):
    save_state(tmp_path / "state.pt", {"extra": {"sums": 1}})
    assert load_state(tmp_path / "state.pt", ("extra.sums",)) == {"extra": {"sums": 1}}
    for needed in ("number", "extra.seconds", "extra.sums.more"):
        with pytest.raises(InputError, match=r"state\.pt is damaged: delete it to begin anew"):
            load_state(tmp_path / "state.pt", (needed,), otherwise="begin anew")


def test_the_first_change_is_named():
    check_same({"a": 1}, {"a": 1, "new": 4})
    for now, words in (
        ({"a": 1, "b": 3, "c": 4}, "began with b 2, not 3: use the same settings, or"),
        ({"images": "y", "b": 3}, "began with other training images: give the same ones, or"),
        ({"model": "y"}, "began with another model: give the same one, or"),
    ):
        with pytest.raises(InputError, match=words):
            check_same({"a": 1, "b": 2, "images": "x", "model": "x"}, now)


def test_an_average_forgets_half_over_its_half_life():
    assert kept_share(10, 10) == 0.5
    assert kept_share(5, 10) ** 2 == pytest.approx(0.5)
    kept, live = torch.nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2)
    with torch.no_grad():
        live.weight.fill_(3.0)
        live.running_mean.fill_(7.0)
    move_average(kept, live, 0.75)
    assert kept.weight.tolist() == [1.5, 1.5]
    assert kept.running_mean.tolist() == [7.0, 7.0]


def test_health():
    network = torch.nn.Linear(2, 2)
    assert all_finite(network)
    with torch.no_grad():
        network.bias[0] = math.nan
    assert not all_finite(torch.nn.Linear(1, 1), network)


def test_switches_are_put_back():
    before = torch.get_num_threads(), torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32

    def within() -> None:
        with threads(10**6), fast(not before[1], not before[2]):
            assert torch.get_num_threads() <= (os.cpu_count() or 1)
            assert torch.backends.cudnn.benchmark is not before[1]
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        within()
    assert (torch.get_num_threads(), torch.backends.cudnn.benchmark, torch.backends.cudnn.allow_tf32) == before


@pytest.mark.parametrize(
    ("kind", "dtype"), [("fp32", torch.float32), ("auto", torch.float32), ("bf16", torch.bfloat16)]
)
def test_what_networks_compute_in(kind, dtype):
    precision = Precision(kind, torch.device("cpu"))
    network = torch.nn.Linear(2, 2)
    optimiser = torch.optim.SGD(network.parameters(), 0.5)
    before = network.weight.detach().clone()
    with precision.compute():
        made = network(torch.ones(1, 2))
    assert made.dtype == dtype
    precision.backward(made.float().sum())
    precision.take_step(optimiser, Team())
    assert torch.allclose(network.weight, before - 0.5)
    assert network.weight.dtype == torch.float32
    assert network.weight.grad is None
