"""What the loop promises of every trainer: it stops, goes on, refuses to become another run, and survives its disk."""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

import outside_package
import pytest
import torch
from train import classifier_small, encoder_small, picard_small, stylegan2_small

from GANAnomalyLab.train.encoder.encoder_run import train_encoder
from GANAnomalyLab.train.loop.train_on_images import train as train_on_images
from GANAnomalyLab.train.picard.train_picard import train as train_picard
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLab.train.run_models import snapshots
from GANAnomalyLab.train.stylegan2.stylegan2_plan import read_request
from GANAnomalyLab.train.stylegan2.train_stylegan2 import train as train_stylegan2
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken, no_progress

STEPS = 9
TIMES = ("seconds", "s_per_kimg", "memory_gb", "gpu_gb")


def silent(sentence: str) -> None:
    """Nobody listens."""


class Run(ABC):
    """Small runs of one trainer in one folder."""

    log, fixed, runaway = "log.jsonl", ("learning_rate", 0.5), {"learning_rate": 1e30}

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def start(self, steps=STEPS, progress=no_progress, cancel=None, say=silent, images=0, **changes):
        """Begin, or go on; ``images`` is the seed of the images, ``changes`` are settings."""

    def place(self) -> Path:
        return self.folder

    def states(self) -> list[Path]:
        return sorted(self.place().rglob("state*.pt"))

    def rows(self) -> list[dict]:
        """The log without what depends on the clock."""
        found = read_log(self.place() / self.log)
        return [{name: value for name, value in row.items() if name not in TIMES} for row in found]

    def result(self) -> tuple:
        return self.rows(), ModelCard.read(snapshots(self.place())[-1].with_suffix(".json")).sha256

    def files(self) -> list[tuple[Path, int]]:
        return sorted((path, path.stat().st_mtime_ns) for path in self.folder.rglob("*") if path.is_file())


class Blur(Run):
    """The example of another package: all that a trainer gets from the loop."""

    def start(self, steps=STEPS, progress=no_progress, cancel=None, say=silent, images=0, **changes):
        usual = {"batch": 4, "log_every": 4, "sample_every": 6, "snapshot_every": 6, "device": "cpu", "threads": 1}
        kind = find_trainer("blur")
        settings = kind.settings.read({**usual, "steps": steps, "out": str(self.folder), **changes})
        chosen = None if "data" in changes else stylegan2_small.image_set(seed=images)
        train_on_images(kind, settings, progress, cancel, say, chosen)


class Classifier(Run):
    def start(self, steps=STEPS, progress=no_progress, cancel=None, say=silent, images=0, **changes):
        usual = {"epochs": 1e6, "log_every": 4, "sample_every": 3, "snapshot_every": 6, "patience": 0, "wait": 0}
        kind = find_trainer("classifier")
        given = {**classifier_small.SETTINGS, **usual, "steps": steps, "out": str(self.folder), **changes}
        sets = (None, None)
        if "data" not in changes:
            sets = (classifier_small.image_set(24, images), classifier_small.image_set(8, images + 70))
        train_on_images(kind, kind.settings.read(given), progress, cancel, say, *sets)


class Picard(Run):
    def start(self, steps=STEPS, progress=no_progress, cancel=None, say=silent, images=0, **changes):
        usual = {"iterations": steps, "log_every": 4, "sample_every": 6}
        chosen = None if "data" in changes else picard_small.pool(seed=images)
        train_picard(picard_small.config(self.folder, **{**usual, **changes}), progress, cancel, chosen, say=say)


class Encoder(Run):
    def start(self, steps=STEPS, progress=no_progress, cancel=None, say=silent, images=0, **changes):
        model = self.folder.parent / "small.safetensors"
        if not model.exists():
            encoder_small.write_model(model)
        chosen = None if "data" in changes else encoder_small.made_images(model, images)
        train_encoder(
            encoder_small.settings(model, self.folder, **{"steps": steps, **changes}), progress, cancel, say, chosen
        )


class StyleGAN2(Run):
    log, fixed, runaway = "stats.jsonl", ("lr", 0.5), {"lr": 1e20}
    always: ClassVar[dict] = {"target": 0.0, "lr": 0.02}  # with which the augmentation's strength moves

    def place(self) -> Path:
        return next(self.folder.glob("0*"), self.folder)

    def start(self, steps=STEPS, progress=no_progress, cancel=None, say=silent, images=0, **changes):
        usual = {"tick": 0.032, "snap": 1000, **self.always}
        given = {**stylegan2_small.options(self.folder, **usual).to_dict(), "kimg": steps * 0.008, **changes}
        asked, found = read_request({**given, "outdir": str(self.place())})
        chosen = None if "data" in changes else stylegan2_small.image_set(seed=images)
        train_stylegan2(asked, found, progress, cancel, say, chosen)


class WithEncoder(StyleGAN2):
    """Beside the generator."""

    always: ClassVar[dict] = {"encoder": "joint", "adversarial_every": 2, "aug": "noaug", "decay_from": 0.3}
    fixed, runaway = ("encoder_latent", 2.0), {"encoder_lr": 1e20}


@pytest.fixture(autouse=True)
def example(tmp_path, monkeypatch):
    monkeypatch.setattr("GANAnomalyLab.train.stylegan2.joint.MASKS_AT_128", 1)
    monkeypatch.setattr("GANAnomalyLab.train.encoder.encoder_run.MASKS_AT_128", 1)
    with outside_package.installed(tmp_path / "site"):
        yield


@pytest.fixture(params=[Blur, Classifier, Picard, Encoder, StyleGAN2, WithEncoder], ids=lambda kind: kind.__name__)
def run(request, tmp_path) -> Run:
    return request.param(tmp_path / "run")


def other(run: Run, name: str = "other") -> Run:
    return type(run)(run.folder.with_name(name))


def stopped(run: Run, **more) -> None:
    """A run that a person stops between two lines of its log."""
    cancel = CancelToken()

    def stop(fraction: float, message: object) -> None:
        if fraction > 0.6:
            cancel.cancel()

    with pytest.raises(Cancelled, match=r"^Stopped after .*go(es)? on"):
        run.start(progress=stop, cancel=cancel, **more)


def assert_same(left, right) -> None:
    if isinstance(left, dict):
        assert list(left) == list(right)
        for name in left:
            if name not in TIMES:
                assert_same(left[name], right[name])
    elif isinstance(left, list | tuple):
        for a, b in zip(left, right, strict=True):
            assert_same(a, b)
    elif isinstance(left, torch.Tensor):
        assert torch.equal(left, right)
    else:
        assert left == right


def test_a_stopped_run_goes_on_to_the_same_numbers(run):
    whole, said = other(run), []
    whole.start()
    stopped(run)
    assert len(run.states()) == 1 or isinstance(run, Blur | Classifier)  # whose snapshots are states, too
    run.start(say=said.append)
    assert any(sentence.startswith("Going on from ") for sentence in said)
    assert run.result() == whole.result()
    assert_same(*(torch.load(one.states()[-1], weights_only=True) for one in (run, whole)))
    run.start()  # there is nothing left to do
    assert run.result()[1] == whole.result()[1]


def test_a_finished_run_can_be_made_longer_but_not_different(run):
    run.start()
    before, lines = run.files(), len(run.rows())
    for name, value in (run.fixed, ("seed", 77)):
        with pytest.raises(InputError, match=f"began with {name} .*, not {value}"):
            run.start(STEPS + 4, **{name: value})
    with pytest.raises(InputError, match="began with other training images"):
        run.start(STEPS + 4, images=9)
    assert run.files() == before
    run.start(STEPS + 4)
    assert len(run.rows()) > lines


@pytest.mark.parametrize("damage", [b"", b"nonsense", None], ids=["empty", "nonsense", "cut short"])
def test_a_damaged_state_is_told_and_can_be_passed_over(run, damage):
    run.start(3)
    state = run.states()[-1]
    state.write_bytes(state.read_bytes()[:-200] if damage is None else damage)
    with pytest.raises(InputError, match=rf"{state.name} is damaged: delete it to (go on|begin anew)"):
        run.start(4)
    state.unlink()
    run.start(4)
    assert run.states()


def test_a_budget_of_time_ends_a_run_and_counts_over_stops(run):
    endless = {"steps": 10**6, "minutes": 0.005}
    run.start(**endless)
    model = run.result()[1]
    run.start(**endless)
    assert run.result()[1] == model


def test_a_full_disk_leaves_the_last_good_state(run, monkeypatch):
    whole = other(run)
    whole.start()
    stopped(run)
    before = [path.read_bytes() for path in run.states()]

    def full(content, file) -> None:
        file.write(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full)
        with pytest.raises(GANAnomalyError, match="full") as caught:
            run.start()
    assert caught.value.exit_code == 1
    assert [path.read_bytes() for path in run.states()] == before
    assert not list(run.folder.rglob("*.part"))
    run.start()
    assert run.result() == whole.result()


def test_numbers_that_run_away_are_told_and_leave_no_model(run):
    with pytest.raises(GANAnomalyError, match=r"went wrong at .* no number any more\..* smaller .*stays usable"):
        run.start(50, **run.runaway)
    assert not list(run.folder.rglob("*.safetensors"))


def test_a_folder_that_cannot_be_used(run):
    pictures = stylegan2_small.write_discs(run.folder.parent / "pictures")
    with pytest.raises(InputError, match="lies in the folder of its training images"):
        type(run)(pictures / "run").start(data=str(pictures))
    run.folder.write_text("a file")
    with pytest.raises(InputError, match=r"can(not)? be written"):
        run.start()
