"""Slices one by one on a CPU's cores, together anywhere else."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ...running.cores import on_cores


def each_alone(restore: Callable[[Tensor], Tensor], images: Tensor, told: Callable[[float], None]) -> Tensor:
    """``restore(images)``; on a CPU slice by slice, each on a core of its own.

    For networks that keep a core busy with one slice: the cores then do not wait for each other, less memory is held
    than for a batch, and the user is heard after every slice. ``told`` is as :class:`~.detector.Told`.
    """
    if images.device.type != "cpu":
        return restore(images)
    work = torch.no_grad()(restore)  # a thread does not have its parent's
    found = []
    for made in on_cores(work, images.split(1)):
        found.append(made)
        told(len(found) / len(images))
    return torch.cat(found)
