"""What a run computes on: its threads, its switches, and the processes that share it."""

from __future__ import annotations

import dataclasses
import datetime
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from GANAnomalyLib.errors import InputError

T = TypeVar("T")
PATIENCE = datetime.timedelta(hours=24)
"""How long processes wait for one that reads data or measures; a dead one ends the others by the launcher."""


@dataclass(frozen=True)
class Team:
    """One process among those that share a batch; alone, every call is free. ``control`` is a group on the CPU."""

    rank: int = 0
    world: int = 1
    local_rank: int = 0
    control: Any = None

    @property
    def leads(self) -> bool:
        """Whether this process writes the files and speaks."""
        return self.rank == 0

    def adopted(self, options: Any) -> Any:
        """Options (a dataclass with ``gpus``) with as many devices as there are processes.

        Raises :class:`InputError` where another number was asked for.
        """
        if self.world == 1 or options.gpus == self.world:
            return options
        if options.gpus != 1:
            raise InputError(f"--gpus {options.gpus} and the {self.world} processes that were started disagree.")
        return dataclasses.replace(options, gpus=self.world)

    def device(self, kind: str) -> str:
        """This process's own device of a kind: "cuda" is "cuda:1" for the second one of a computer."""
        return f"cuda:{self.local_rank}" if kind == "cuda" and self.world > 1 else kind

    def first_here(self, make: Callable[[], T]) -> T:
        """What ``make`` gives, in one process of each computer before the others: data that it leaves are then found.

        In every process, at the same place.
        """
        if self.local_rank:
            self.wait()
        made = make()
        if not self.local_rank:
            self.wait()
        return made

    def sum(self, values: Tensor) -> Tensor:
        """The sum over all processes, in place."""
        if self.world > 1:
            torch.distributed.all_reduce(values)
        return values

    def sum_gradients(self, parameters: Iterable[nn.Parameter], mend: bool = False) -> None:
        """Add up every process's gradients, in one message.

        A parameter that the loss does not reach gets a gradient of zero: a process whose share was empty must send as
        much as the others. ``mend``: a float16 gradient that overflowed counts as zero instead of ending the run.
        """
        gradients = []
        for parameter in parameters:
            if parameter.requires_grad:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                gradients.append(parameter.grad)
        if self.world > 1:
            flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
            torch.distributed.all_reduce(flat)
            pieces = flat.split([gradient.numel() for gradient in gradients])
            for gradient, piece in zip(gradients, pieces, strict=True):
                gradient.copy_(piece.view_as(gradient))
        if mend:
            for gradient in gradients:
                torch.nan_to_num(gradient, 0.0, 0.0, 0.0, out=gradient)

    def tell(self, value: Any) -> Any:
        """The leader's value, to everybody."""
        if self.world == 1:
            return value
        box = [value]
        torch.distributed.broadcast_object_list(box, src=0, group=self.control)
        return box[0]

    def wait(self) -> None:
        """Until everybody is here."""
        if self.world > 1:
            torch.distributed.barrier(group=self.control)


def under_torchrun() -> bool:
    """Whether this process was started as one of several."""
    return all(name in os.environ for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"))


@contextmanager
def team(device: str) -> Iterator[Team]:
    """The team that torchrun (or :mod:`.launch`) made this process a part of; alone without either."""
    if not under_torchrun():
        yield Team()
        return
    rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    local = int(os.environ.get("LOCAL_RANK", rank))
    if device == "cuda":
        if local >= torch.cuda.device_count():
            raise InputError(
                f"{local + 1} processes were started here and there are {torch.cuda.device_count()} CUDA devices: "
                "start one process a device."
            )
        torch.cuda.set_device(local)
    torch.distributed.init_process_group("nccl" if device == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield Team(rank, world, local, torch.distributed.new_group(backend="gloo", timeout=PATIENCE))
    finally:
        torch.distributed.destroy_process_group()


@contextmanager
def threads(count: int | None) -> Iterator[None]:
    """torch's threads set for a while, to no more than there are cores; None leaves them."""
    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(min(count, os.cpu_count() or 1))
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def fast(benchmark: bool = True, tf32: bool = False) -> Iterator[None]:
    """The switches of cuDNN and of multiplications set for a while."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32
    cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32 = benchmark, tf32, tf32
    try:
        yield
    finally:
        cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32 = before
