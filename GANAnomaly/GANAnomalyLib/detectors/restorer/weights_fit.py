"""Whether tensors are a network's own, and if not, what is wrong with which layer."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ...errors import InputError

TOLD = 6
"""Layers that a sentence names; the person in front of the screen sees them all."""


def fitted(wanted: Mapping[str, Tensor], held: Mapping[str, Tensor], source: str, what: str) -> dict[str, Tensor]:
    """The tensors as ``load_state_dict`` takes them, floating ones in float32.

    Counters that batch normalisation keeps may be missing: nothing is computed with them.

    Raises
    ------
    InputError: a tensor is missing, unknown, of another shape or type, or holds what is no number; told layer by layer.
    """
    problems = []
    for name, tensor in wanted.items():
        found = held.get(name)
        if found is None:
            if not name.endswith("num_batches_tracked"):
                problems.append(f"{name} is missing")
        elif found.shape != tensor.shape:
            problems.append(f"{name} is {_size(found)} in place of {_size(tensor)}")
        elif found.is_floating_point() != tensor.is_floating_point():
            problems.append(f"{name} holds numbers of another type")
        elif found.is_floating_point() and not bool(torch.isfinite(found).all()):
            problems.append(f"{name} holds what is no number")
    problems += [f"{name} is unknown" for name in held if name not in wanted]
    if problems:
        more = f"; and {len(problems) - TOLD} more" if len(problems) > TOLD else ""
        count = "1 layer" if len(problems) == 1 else f"{len(problems)} layers"
        raise InputError(
            f"In {count} {source} are not those of {what}: {'; '.join(problems[:TOLD])}{more}.",
            "; ".join(problems),
            "\n".join(problems),
        )
    return {name: value.float() if value.is_floating_point() else value for name, value in held.items()}


def _size(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "one number"
