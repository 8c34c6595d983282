"""Mixed precision: what networks compute in, and how gradients come back from it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from GANAnomalyLib.errors import InputError

from .run_devices import Team

PRECISIONS = ("auto", "fp32", "bf16", "fp16")


class Precision:
    """``kind`` of :data:`PRECISIONS`; "auto" is bf16 on graphics cards that compute in it, else fp32.

    Weights stay float32. With fp16, losses are scaled so that small gradients do not vanish, and a step whose gradients
    overflowed is left out. Raises :class:`InputError` for fp16 without a graphics card.
    """

    def __init__(self, kind: str, device: torch.device) -> None:
        if kind == "auto":
            kind = "bf16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "fp32"
        if kind == "fp16" and device.type != "cuda":
            raise InputError("The precision fp16 needs a graphics card: take bf16 or fp32.")
        self.kind, self.device = kind, device
        self._scaler = torch.amp.GradScaler("cuda", enabled=kind == "fp16")

    def compute(self) -> contextlib.AbstractContextManager[Any]:
        """The context in which networks (not losses) compute."""
        if self.kind == "fp32":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16 if self.kind == "bf16" else torch.float16)

    def backward(self, loss: Tensor) -> None:
        """Add up the gradients of a loss."""
        self._scaler.scale(loss).backward()

    def take_step(self, optimiser: torch.optim.Optimizer, team: Team, longest: float | None = None) -> None:
        """A step along the gradients of the whole team, cut to the norm ``longest``, which are then forgotten."""
        team.sum_gradients(_parameters(optimiser))
        if longest is not None:
            self._scaler.unscale_(optimiser)
            nn.utils.clip_grad_norm_(_parameters(optimiser), longest)
        self._scaler.step(optimiser)
        self._scaler.update()
        optimiser.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Any]:
        """What it takes to go on exactly."""
        return dict(self._scaler.state_dict())

    def load_state(self, state: dict[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        if state and self._scaler.is_enabled():
            self._scaler.load_state_dict(state)


def _parameters(optimiser: torch.optim.Optimizer) -> Iterable[nn.Parameter]:
    return [parameter for group in optimiser.param_groups for parameter in group["params"]]
