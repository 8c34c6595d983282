"""What a training is to the loop: where it is, one step, and what it writes when it is asked to."""

# Steps on the way that a task may have are empty here, and not abstract.
# ruff: noqa: B027

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from GANAnomalyLib.errors import GANAnomalyError
from GANAnomalyLib.files import disk_errors, write_json, write_png
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken

from ..run_log import RunLog
from .loss_sums import Losses, Sums
from .run_devices import Team
from .run_files import CONFIG, SAMPLES, model_card
from .run_state import NOT_FULL, writing_errors

Say = Callable[[str], None]


@dataclass(frozen=True)
class Pace:
    """When a run does what, by its own clock: the steps, iterations or images that it counts.

    Attributes
    ----------
    last: where it ends. minutes: or after so long, whatever is left; over all its stops.
    log, sample, snapshot: how often; a snapshot is a model and a state. None: never.
    state_minutes: a state also after so long.
    rest: write to the log what came after its last line.
    """

    last: float
    minutes: float | None = None
    log: float | None = None
    sample: float | None = None
    snapshot: float | None = None
    state_minutes: float | None = None
    rest: bool = False


class Diverged(ArithmeticError):
    """A loss is no finite number any more; says which."""


class Task(ABC):
    """One training, set to its last state; :func:`.training_loop.run` takes it to its end.

    ``saved_at`` is where its last state was written, -1 where there is none. ``seconds`` counts the time of all its
    stretches, ``sums`` the losses since the last line of the log; a state keeps both. ``log`` is None until
    :meth:`open_log`. Of a team's processes only the one that leads writes.
    """

    unit = "step"
    """What its clock counts."""
    watched: tuple[str, ...] = ()
    """The losses that must stay finite numbers; () for all."""

    def __init__(self, folder: Path, pace: Pace, team: Team | None = None, device: str = "cpu") -> None:
        self.folder, self.pace, self.team, self.device = folder, pace, team or Team(), torch.device(device)
        self.seconds, self.sums, self.saved_at = 0.0, Sums(), -1
        self.log: RunLog | None = None

    @property
    @abstractmethod
    def number(self) -> int:
        """Where the run is, by its clock."""

    @abstractmethod
    def step(self, done: float, check: Callable[[], None]) -> Losses:
        """One step; ``done`` is the share of the run before it.

        ``check`` raises where the user stopped the run: call it only while nothing has changed yet. Raises
        :class:`Diverged`, and out of memory whatever torch raises.
        """

    @abstractmethod
    def healthy(self) -> bool:
        """Whether all weights are finite numbers."""

    @abstractmethod
    def write_state(self) -> None:
        """Keep what it takes to go on exactly, whole or not at all; raises :class:`GANAnomalyError`."""

    @abstractmethod
    def message(self) -> Message:
        """How far it is, for the person."""

    def where(self) -> str:
        """Where the run is, in words."""
        return f"{self.unit} {self.number}"

    @property
    def planned(self) -> str:
        """Where it ends, in words; with a budget of time the last step is far away and says nothing."""
        return "" if self.pace.minutes is not None else f" of {self.pace.last}"

    def gentler(self) -> str:
        """What to do about numbers that ran away."""
        return "Start in another folder with gentler settings, such as a smaller learning rate"

    def diverged(self, what: str) -> GANAnomalyError:
        """The error about losses or weights (``what``) that are no numbers any more."""
        return GANAnomalyError(
            f"Training went wrong at {self.where()}: the {what.replace('_', ' ')} is no number any more. "
            f"{self.gentler()}; the last state of this run stays usable."
        )

    def stopped(self) -> str:
        """The sentence about a run that was stopped and can go on."""
        return f"Stopped after {self.number} {self.unit}s: the same command goes on from there."

    def too_large(self) -> str:
        """The sentence about memory that does not suffice."""
        return "There is not enough memory for a step: choose a smaller batch, or another device."

    def begin(self) -> None:
        """What a new run writes before its first step."""

    def open_folder(self, content: dict[str, Any]) -> None:
        """Make the run's folder, and write what decides the run; raises :class:`InputError`."""
        with disk_errors(self.folder, "the run"):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(self.folder / CONFIG, content)

    def open_log(self, say: Say, tensorboard: bool = False, file: str = "log.jsonl", clock: str = "step") -> None:
        """Begin to write the log, and say where the run goes on; see :class:`RunLog`."""
        self.log = RunLog(self.folder, max(self.saved_at, 0), tensorboard, file, clock)
        for sentence in (f"Going on from {self.where()}." if self.number else "", self.log.note):
            if sentence:
                say(sentence)

    def row(self, values: Mapping[str, Any]) -> None:
        """A line of the log, where this process writes it; raises :class:`GANAnomalyError` when the disk refuses."""
        if self.log is not None:
            good = "; the state before it is good" if self.saved_at >= 0 else ""
            with writing_errors(self.log.path, lambda error: f"{NOT_FULL}{good}."):
                self.log.write(self.number, dict(values))

    def show(self, picture: np.ndarray) -> None:
        """A picture (H, W) or (H, W, 3) uint8 of where the run is: a file, and for TensorBoard."""
        write_png(self.folder / SAMPLES / f"{self.number:08d}.png", picture)
        if self.log is not None:
            self.log.picture(self.number, picture)

    def close(self) -> None:
        """End threads and files."""
        if self.log is not None:
            self.log.close()

    def write_log(self, seconds_each: float) -> None:
        """A line from :attr:`sums`, which are then set back; ``seconds_each`` tick of the clock since the last line."""
        self.row({**self.sums.means(), "seconds": round(self.seconds, 1)})

    def sample(self) -> None:
        """Pictures and measurements on the way."""

    def write_model(self, cancel: CancelToken) -> None:
        """The model of a snapshot, with what belongs to it."""

    @property
    def file_number(self) -> int:
        """The number in the names of a model and a state of now."""
        return self.number

    def learnt(self) -> dict[str, Any]:
        """How far the run is, as the models' cards say it."""
        return {"steps": self.number}

    def complete(self) -> bool:
        """Whether the state and the model of now are there, this one whole and with its card."""
        card = model_card(self.folder, self.file_number) if self.saved_at == self.number else None
        return card is not None and all(card.training.get(name) == value for name, value in self.learnt().items())

    def finish(self, spent: bool, cancel: CancelToken) -> None:
        """What comes after the last step: the last model and state; ``spent``: the time was, not the steps."""
        if not self.complete():
            self.snapshot(cancel)
        elif spent:
            self.save(again=True)  # or a run that goes on would spend some more

    def kept(self) -> dict[str, Any]:
        """What a state keeps for :meth:`go_on`."""
        return {"seconds": self.seconds, "sums": self.sums.totals}

    def go_on(self, kept: Mapping[str, Any]) -> None:
        """From a state that was read: its "seconds" and "sums", once all else is as it was."""
        self.saved_at, self.seconds, self.sums = self.number, float(kept["seconds"]), Sums(kept["sums"])

    def done(self) -> float:
        """The share of the run that is behind it, by its clock or its minutes."""
        done = self.number / self.pace.last
        return done if self.pace.minutes is None else max(done, self.seconds / (60 * self.pace.minutes))

    def snapshot(self, cancel: CancelToken) -> None:
        """The model, then the state to go on from."""
        if self.team.leads:
            self.must_be_healthy()
            self.write_model(cancel)
        self.save()

    def save(self, again: bool = False) -> None:
        """The state, unless it is written already (``again``: even so)."""
        if self.team.leads and (again or self.number != self.saved_at):
            self.must_be_healthy()
            self.write_state()
        self.saved_at = self.number

    def must_be_healthy(self) -> None:
        """Raise instead of writing weights that nobody can use."""
        if not self.healthy():
            raise self.diverged("weights")


@torch.no_grad()
def all_finite(*networks: nn.Module) -> bool:
    """Whether all weights are finite numbers."""
    return all(bool(torch.isfinite(p).all()) for network in networks for p in network.parameters())
