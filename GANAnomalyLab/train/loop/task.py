"""What a training is to the loop: where it is, one step, and what it writes when it is asked to."""

# Steps on the way that a task may have are empty here, and not abstract.
# ruff: noqa: B027

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from GANAnomalyLib.errors import GANAnomalyError
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken

from .loss_sums import Losses, Sums
from .run_devices import Team

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
    stretches, ``sums`` the losses since the last line of the log; a state keeps both. Of a team's processes only the
    one that leads writes.
    """

    unit = "steps"
    """What its clock counts."""
    watched: tuple[str, ...] = ()
    """The losses that must stay finite numbers; () for all."""

    def __init__(self, folder: Path, pace: Pace, team: Team | None = None, device: str = "cpu") -> None:
        self.folder, self.pace, self.team, self.device = folder, pace, team or Team(), torch.device(device)
        self.seconds, self.sums, self.saved_at = 0.0, Sums(), -1

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

    @abstractmethod
    def diverged(self, what: str) -> GANAnomalyError:
        """The error about losses or weights (``what``) that are no numbers any more."""

    def stopped(self) -> str:
        """The sentence about a run that was stopped and can go on."""
        return f"Stopped after {self.number} {self.unit}: the same command goes on from there."

    def too_large(self) -> str:
        """The sentence about memory that does not suffice."""
        return "There is not enough memory for a step: choose a smaller batch, or another device."

    def begin(self) -> None:
        """What a new run writes before its first step."""

    def write_log(self, seconds_each: float) -> None:
        """A line from :attr:`sums`, which are then set back; ``seconds_each`` tick of the clock since the last line."""

    def sample(self) -> None:
        """Pictures and measurements on the way."""

    def write_model(self, cancel: CancelToken) -> None:
        """The model of a snapshot, with what belongs to it."""

    def finish(self, spent: bool, cancel: CancelToken) -> None:
        """What comes after the last step; ``spent``: the time was, not the steps."""

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
