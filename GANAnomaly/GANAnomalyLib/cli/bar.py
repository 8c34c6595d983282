"""The progress of a long command, on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import click

from ..running.messages import Message
from ..running.progress import CancelToken
from ..running.remaining import RemainingTime
from .interrupt import stop_on_interrupt

LINE_EVERY_S = 10.0


class Bar:
    """A context manager and a progress callback (fraction 0..1, message), with the time remaining.

    Messages never hold file names of the input, as they may end up in a cluster's logs.
    """

    def __init__(self) -> None:
        self._rich: Any = None
        self._task: Any = None
        self._start = self._line_at = time.monotonic()
        # What was found finished or read before the work began tells nothing of its pace; nothing is also preparation.
        self._remaining = RemainingTime(started_at=1e-6)

    def __enter__(self) -> Bar:
        self._start = time.monotonic()
        self._line_at = self._start - LINE_EVERY_S
        if sys.stderr.isatty():
            self._open_rich()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rich is not None:
            self._rich.stop()
        elif kind is None:
            click.echo(f"100 %  done in {duration(time.monotonic() - self._start)}", err=True)

    def __call__(self, fraction: float, message: Message) -> None:
        fraction, now = min(max(fraction, 0.0), 1.0), time.monotonic()
        self._remaining.update(fraction, now, getattr(message, "code", ""))
        if self._rich is not None:
            self._rich.update(self._task, completed=fraction, description=message)
            return
        if now - self._line_at < LINE_EVERY_S or fraction >= 1:
            return
        self._line_at = now
        left = self._left(now)
        click.echo(f"{100 * fraction:3.0f} %  {message}{f', {left}' if left else ''}", err=True)

    def _left(self, now: float) -> str:
        """ "about 1 min 15 s left"; "" while that is not known."""
        left = self._remaining.seconds(now)
        return "" if left is None else f"about {duration(left)} left"

    def _open_rich(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TextColumn
        from rich.text import Text

        class Left(ProgressColumn):
            """As the lines tell it: rich would take the pace of whatever came first."""

            max_refresh = 0.5

            def render(column, task: Task) -> Text:
                return Text(self._left(time.monotonic()), style="progress.remaining")

        self._rich = Progress(
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), Left(), console=Console(stderr=True)
        )
        self._task = self._rich.add_task("Starting", total=1.0)
        self._rich.start()


def duration(seconds: float) -> str:
    """``75`` as ``1 min 15 s``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@contextmanager
def at_work() -> Iterator[tuple[Bar, CancelToken]]:
    """A bar, and a token that Ctrl-C sets, for what may take long."""
    with Bar() as bar, stop_on_interrupt(CancelToken()) as cancel:
        yield bar, cancel
