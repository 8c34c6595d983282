"""Trainings of two parts, of which the second builds on what the first one made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from torch import nn

from .trainer import RestorerTrainer


class TwoStages(RestorerTrainer):
    """A kind names the network of its first stage in ``first``.

    Attributes
    ----------
    frozen: whether the second stage has begun: the first network is what it will be, the average of its weights.
    """

    first: ClassVar[str]
    frozen = False

    def in_first_stage(self, done: float, share: float) -> bool:
        """Whether a step at ``done`` of the run belongs to the first stage, which has ``share`` of it."""
        if done < share:
            self.frozen = False  # a finished run that was made longer is back at its first stage
            return True
        if not self.frozen:
            self.networks[self.first].load_state_dict(self.averages[self.first].state_dict())
            self.frozen = True
        return False

    def _judge(self) -> None:
        # What the first stage restores says nothing of when the second is at its best.
        if self.frozen:
            super()._judge()

    def state(self) -> dict[str, Any]:
        """See :class:`Trainer`."""
        return {**super().state(), "frozen": self.frozen}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See :class:`Trainer`."""
        super().load_state(state)
        self.frozen = bool(state["frozen"])


@contextmanager
def held(network: nn.Module) -> Iterator[None]:
    """Within it a network learns nothing, but lets gradients through."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)
