"""Ctrl-C: the first asks the work to stop at a safe point, the second stops it where it is."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from ..running.progress import CancelToken


@contextmanager
def stop_on_interrupt(cancel: CancelToken) -> Iterator[CancelToken]:
    """Within the block, Ctrl-C (and the signal to end, as clusters send) sets ``cancel``; once more interrupts."""
    if threading.current_thread() is not threading.main_thread():  # only there may signals be handled
        yield cancel
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if cancel.cancelled:
            raise KeyboardInterrupt
        cancel.cancel()
        click.echo("\nStopping at a safe point. Press Ctrl-C again to stop at once.", err=True)

    # What a program around Python (Slicer) handles itself could not be put back.
    signals = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) is not None]
    before = {number: signal.signal(number, handle) for number in signals}
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
