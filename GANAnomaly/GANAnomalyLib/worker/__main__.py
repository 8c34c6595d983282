"""The engine as a process that a panel, a console or a batch talks to: ``python -m GANAnomalyLib.worker request.json``.

The request is an :class:`AnalysisRequest` as JSON, optionally with ``"task"`` ("analyze", the default, "convert" or
"opinions") and ``"force"``. Standard output carries one JSON object a line: "started" at once, "progress" at least
every half second, and exactly one "done" or "error" at the end; everything that libraries print goes to standard error.
A line "cancel" on standard input, its end, SIGTERM and SIGINT stop the work within two seconds. Exit codes: 0 done, 2
the input cannot be used, 130 stopped, 1 anything else.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

from ..errors import Cancelled, InputError
from ..files.reading import parse_json, read_bytes
from ..running.progress import CancelToken
from ..version import __version__
from .channel import Channel
from .listen import Listener
from .reasons import EXIT_CODES, error_event
from .serve import leave, serve
from .tasks import perform

REMOVE = "--remove"
"""Delete the request file once it is read: it was written for this process only and may name a patient's file."""
STAY = "--stay"
"""Take requests from standard input, one after the other: see :mod:`.serve`."""
_LAST_WORD_SECONDS = 0.3
_LARGEST_REQUEST = 16 << 20


def main(arguments: list[str] | None = None) -> NoReturn:
    """Do one job and end the process with its exit code; or stay for many."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments == [STAY]:
        serve()
    channel, cancel = Channel(), CancelToken()
    channel.start(__version__)
    Listener(cancel, channel.broken, lambda: _give_up(channel)).start()
    request: Any = None
    try:
        request = read_request(arguments)
        event = perform(request, channel.report, cancel)
    except BaseException as error:
        event = error_event(error, request if isinstance(request, dict) else None)
    if not channel.finish(event):
        # Somebody else had the last word and is about to end the process with its own code.
        threading.Event().wait(5)
    leave(_exit_code(event))


def read_request(arguments: list[str]) -> Any:
    """The content of the request file that the command line names; :class:`InputError` when there is none."""
    names = [argument for argument in arguments if argument != REMOVE]
    if len(names) != 1:
        raise InputError("The worker needs one request file: python -m GANAnomalyLib.worker request.json.")
    path = Path(names[0])
    try:
        return parse_json(read_bytes(path, _LARGEST_REQUEST), "The request")
    finally:
        if REMOVE in arguments:
            with contextlib.suppress(OSError):
                path.unlink()


def _give_up(channel: Channel) -> None:
    """Stop in the middle of a call that cannot be interrupted; what is written stays as after any kill: resumable."""
    event = error_event(Cancelled())
    # A parent that reads no more must not keep this process alive.
    last = threading.Thread(target=channel.finish, args=(event,), daemon=True)
    last.start()
    last.join(_LAST_WORD_SECONDS)
    leave(_exit_code(event))


def _exit_code(event: dict[str, Any]) -> int:
    return 0 if event["event"] == "done" else EXIT_CODES[event["kind"]]


if __name__ == "__main__":
    main()
