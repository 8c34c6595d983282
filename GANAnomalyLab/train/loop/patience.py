"""Early stopping: the best model by what was held out, and whether anything better is still to be expected."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from torch import nn


class Patience:
    """Measured now and then; after ``allowed`` measurements in a row without a better one it is spent (0: never).

    ``best`` is the smallest value so far (None: nothing was measured), ``number`` the step of it, and ``weights`` the
    state of each network then.
    """

    def __init__(self, allowed: int) -> None:
        self.allowed, self.number, self.waited = allowed, -1, 0
        self.best: float | None = None
        self.weights: dict[str, dict[str, Any]] = {}

    @property
    def spent(self) -> bool:
        return 0 < self.allowed <= self.waited

    def measured(self, value: float, number: int, networks: Mapping[str, nn.Module]) -> None:
        """A value of step ``number``, smaller is better; what is no number is none better."""
        if not self.allowed:
            return
        self.waited += 1
        if self.best is None or value < self.best:
            self.best, self.number, self.waited = value, number, 0
            self.weights = {name: copy.deepcopy(one.state_dict()) for name, one in networks.items()}

    def state(self) -> dict[str, Any]:
        """What it takes to go on exactly."""
        return {"best": self.best, "number": self.number, "waited": self.waited, "weights": self.weights}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        self.best, self.number, self.waited = state["best"], int(state["number"]), int(state["waited"])
        self.weights = dict(state["weights"])
