"""The engine as a process that takes one task after the other: libraries are loaded once, not for every case.

``python -m GANAnomalyLib.worker --stay`` reads one JSON object a line on standard input, a request each as
:mod:`.tasks` knows it, with its "id"; and writes one a line on standard output: "started" at once, "progress" while it
works, and exactly one "done" or "error" for each request, with the request's "id". A line "cancel", the end of the
input, SIGTERM and SIGINT stop the task within two seconds and the process with it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import queue
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from ..running.progress import CancelToken
from ..version import __version__
from .channel import Channel
from .listen import Listener
from .reasons import EXIT_CODES, error_event
from .tasks import Task, perform

_IDLE_SECONDS = 0.1


def serve(tasks: Mapping[str, Task] | None = None) -> NoReturn:
    """Work until told to stop; ``tasks`` as :func:`.perform` takes them."""
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    channel, cancel = Channel(), CancelToken()
    channel.start(__version__, busy=False)
    Listener(cancel, channel.broken, lambda: leave(EXIT_CODES["cancelled"]), on_line=lines.put).start()
    while not cancel.cancelled:
        try:
            line = lines.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            continue
        _answer(line, channel, cancel, tasks)
        # What pictures are drawn with refers to itself. Left to Python's own time, it lies between large arrays that
        # were freed since, and the process grows with every case.
        gc.collect()
    leave(EXIT_CODES["cancelled"])


def _answer(line: bytes, channel: Channel, cancel: CancelToken, tasks: Mapping[str, Task] | None) -> None:
    number: Any = None
    request: Any = None
    channel.begin()
    try:
        request = json.loads(line)
        number = request.pop("id")
        event = perform(request, channel.report, cancel, tasks)
        channel.finish({**event, "id": number}, last=False)
    except BaseException as error:
        channel.finish({**error_event(error, request if isinstance(request, dict) else None), "id": number}, last=False)


def leave(code: int) -> NoReturn:
    """End the process now, whatever its libraries' threads do."""
    # Not sys.exit: threads of libraries would be waited for, and a cancelled read may still be running in one.
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)
