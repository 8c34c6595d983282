"""A PostgreSQL server of the tests' own, on a socket in a scratch folder, gone when they end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class NoServer(RuntimeError):
    """There is no server program here, or it does not start; the text says why."""


@contextlib.contextmanager
def started() -> Iterator[str]:
    """Within it, a server whose URL this gives, with its database "postgres". Raises :class:`NoServer`."""
    programs = _programs()
    if programs is None or os.name == "nt":
        raise NoServer("there is no PostgreSQL server program")
    folder = Path(tempfile.mkdtemp(prefix="gananomaly-pg-"))
    other: dict[str, Any] = {}
    if os.geteuid() == 0:  # it refuses to run as root
        try:
            shutil.chown(folder, "postgres", "postgres")
        except LookupError as error:
            raise NoServer("there is no account that the server may run as") from error
        other = {"user": "postgres", "group": "postgres", "extra_groups": []}
    try:
        made = [programs / "initdb", "-D", folder / "data", "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C"]
        done = subprocess.run([*made, "--no-sync"], capture_output=True, cwd=folder, timeout=120, **other)
        if done.returncode:
            raise NoServer("no database of the tests' own can be made")
        command = [programs / "postgres", "-D", folder / "data", "-k", folder, "-h", ""]
        with open(folder / "log", "wb") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **other)
            try:
                url = f"postgresql://tests@/postgres?host={folder}"
                _wait(url, child)
                yield url
            finally:
                # At once: a polite end waits for every connection that somebody forgot, and nothing is to be kept.
                child.send_signal(signal.SIGQUIT)
                child.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    found = shutil.which("postgres")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


def _wait(url: str, child: subprocess.Popen[bytes]) -> None:
    import psycopg

    for _again in range(600):
        if child.poll() is not None:
            raise NoServer("the PostgreSQL server does not start here")
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise NoServer("the PostgreSQL server does not answer")
