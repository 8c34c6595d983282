"""Several processes on this computer, one a device, started without torchrun (``--gpus N``)."""

from __future__ import annotations

import os
import queue
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from GANAnomalyLib import errors
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError, out_of_memory
from GANAnomalyLib.files import folder_lock
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, part

from .stylegan2_options import TrainOptions
from .stylegan2_plan import COMMAND, READING, Say, make_plan

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from ...images import ImageSet

Train = Callable[..., Path]
"""The training to start: :func:`.train_stylegan2.train`."""

GRACE_S = 10.0


def launch(
    train: Train,
    options: TrainOptions,
    folder: Path | None,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Say,
    images: ImageSet | None,
    validation: ImageSet | None,
) -> Path:
    """``train`` in ``options.gpus`` processes; returns the run's folder, raises what a process does."""
    from GANAnomalyLib.analysis.pipeline import choose_device

    _check_devices(choose_device(options.device), options.gpus)
    if folder is not None:
        # The first process of the team will hold it; that another run does is told before any starts.
        with folder_lock(folder, COMMAND):
            pass
    # Data are made ready here, and what is wrong with them is told, before any process starts.
    told: set[str] = set()

    def once(sentence: str) -> None:
        if sentence not in told:
            told.add(sentence)
            say(sentence)

    planned = make_plan(options, folder, images, validation, part(progress, 0.0, READING), cancel, once)
    images, validation = planned.images, planned.validation
    context = torch.multiprocessing.get_context("spawn")
    news, stop = context.Queue(), context.Event()
    port = _free_port()
    members = [
        context.Process(
            target=_member, args=(train, rank, options.gpus, port, options, folder, images, validation, news, stop)
        )
        for rank in range(options.gpus)
    ]
    for member in members:
        member.start()
    try:
        return _listen(members, news, stop, progress, cancel, once)
    finally:
        _end(members)


def _listen(
    members: list[BaseProcess], news: Any, stop: Any, progress: ProgressCallback, cancel: CancelToken, say: Say
) -> Path:
    while True:
        if cancel.cancelled:
            stop.set()
        try:
            kind, *content = news.get(timeout=0.2)
        except queue.Empty:
            if any(member.exitcode not in (None, 0) for member in members):
                raise GANAnomalyError(
                    "One of the processes that train together ended without a word, perhaps for want of memory: go on "
                    "with --resume and the run's folder, or with fewer --gpus."
                ) from None
            continue
        if kind == "progress":
            progress(max(content[0], READING), content[1])
        elif kind == "say":
            say(*content)
        elif kind == "done":
            return Path(content[0])
        else:
            name, message, details = content
            if name == "Cancelled":
                raise Cancelled(message)
            raise getattr(errors, name, GANAnomalyError)(message, details)


def _member(
    train: Train,
    rank: int,
    world: int,
    port: int,
    options: TrainOptions,
    folder: Path | None,
    images: ImageSet | None,
    validation: ImageSet | None,
    news: Any,
    stop: Any,
) -> None:
    """One process of the team; the first speaks for all of it, the others only of what is wrong with themselves."""
    # Ctrl-C reaches every process of the terminal; the one that was started by the person passes it on in order.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(world), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port)
    )
    leads = rank == 0
    last = [0.0]

    def progress(fraction: float, message: Message) -> None:
        if leads and (time.monotonic() - last[0] > 0.2 or fraction >= 1):
            last[0] = time.monotonic()
            news.put(("progress", fraction, message))

    def say(sentence: str) -> None:
        if leads:
            news.put(("say", sentence))

    try:
        done = train(options, folder, progress, _Flag(stop), say, images, validation)
    except GANAnomalyError as error:
        if leads or not isinstance(error, Cancelled):
            news.put(("error", type(error).__name__, error.message, error.details))
    except Exception as error:
        news.put(("error", "GANAnomalyError", _words(error), repr(error)))
    else:
        if leads:
            news.put(("done", str(done)))


class _Flag(CancelToken):
    """A cancel token that another process sets."""

    def __init__(self, event: Any) -> None:
        super().__init__()
        self._shared = event

    @property
    def cancelled(self) -> bool:
        return self._shared.is_set()

    def check(self) -> None:
        if self.cancelled:
            raise Cancelled()


def _words(error: Exception) -> str:
    if out_of_memory(error):
        return "The graphics card has not enough memory: give a smaller --batch-gpu, or more --gpus."
    return f"One of the processes that train together failed ({type(error).__name__}): see the details."


def _check_devices(device: str, wanted: int) -> None:
    if device == "cuda" and wanted > torch.cuda.device_count():
        raise InputError(f"--gpus {wanted}: there are {torch.cuda.device_count()} CUDA devices here.")
    if device == "mps":
        raise InputError("--gpus above 1 needs CUDA devices; an Apple computer has one.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end(members: list[BaseProcess]) -> None:
    """Those that have not ended in a while are ended: they may wait for one that is gone."""
    until = time.monotonic() + GRACE_S
    for member in members:
        member.join(max(until - time.monotonic(), 0.1))
    for member in members:
        if member.is_alive():
            member.kill()
            member.join()
