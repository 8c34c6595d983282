"""One writer at a time: a lock beside what is written, which the system frees when its process ends, however it ends.

The lock is the kernel's (``flock``; on Windows a locked byte), so that no killed process keeps anybody out, and the
same file tells who holds it. That the file can be read by those it keeps out, and goes away with its lock, is what the
usual lock libraries do not offer.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import functools
import inspect
import json
import os
import platform
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from ..errors import FolderInUse, InputError
from .growing_folder import remove_leftovers
from .hashes import hash_text

Function = TypeVar("Function", bound=Callable[..., Any])
_BUSY = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, getattr(errno, "ENOTSUP", errno.EOPNOTSUPP), errno.EINVAL)
_POLL_S = 0.1
_LARGEST = 4096
_BYTE = 1 << 20
"""Which byte Windows locks: locked bytes cannot be read there, and those before tell who holds it."""


@dataclass(frozen=True)
class Holder:
    """Who writes. ``started``: what tells a process from a later one of the same number, "" where unknown."""

    process: int
    machine: str
    started: str
    since: str
    command: str

    @classmethod
    def me(cls, command: str) -> Holder:
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        return cls(os.getpid(), platform.node(), _started(os.getpid()), now, command)

    def ended(self) -> bool:
        """Whether the process is certainly no more: of this computer, and gone or replaced by a later one."""
        if self.machine != platform.node() or os.name == "nt":
            return False
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return True
        except (OSError, OverflowError, ValueError):
            return False
        return bool(self.started) and _started(self.process) not in ("", self.started)

    def in_words(self) -> str:
        """In words: ``process 123 on this computer (gananomaly batch, since 14:02)``."""
        here = self.machine == platform.node()
        return f"process {self.process} on {'this computer' if here else self.machine} ({self.command}{self._time()})"

    def _time(self) -> str:
        try:
            since = datetime.datetime.fromisoformat(self.since).astimezone()
        except ValueError:
            return ""
        today = since.date() == datetime.datetime.now().astimezone().date()
        return f", since {since.strftime('%H:%M' if today else '%Y-%m-%d %H:%M')}"


_held: dict[str, tuple[int, int]] = {}
"""Who of this process holds a lock, by its place: (process, thread)."""
_guard = threading.Lock()


@contextlib.contextmanager
def folder_lock(place: Path | str, command: str, wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Be the only one who writes to ``place``, a file or a folder that need not exist yet, while the block runs.

    The same thread may ask again inside; other threads and processes are refused. Files that a killed process had not
    finished in the folder go when the block begins, the lock and folders that stayed empty when it ends.
    Where no lock can be made, for want of permission or of locks on a network disk, the block runs all the same: the
    writing itself says what is refused.

    Parameters
    ----------
    command: who writes, for others to read: "gananomaly batch". Never a path, nor anything of a patient.
    wait: None refuses at once while another one writes; else it is called ten times a second until the other has
        finished, and may raise to give up.

    Raises
    ------
    FolderInUse: another one writes there; the sentence says who.
    InputError: something that is no lock lies where the lock would be.
    """
    real = Path(os.path.realpath(place))
    key, own = os.path.normcase(str(real)), (os.getpid(), threading.get_ident())
    with _guard:
        nested = _held.get(key) == own
    if nested:
        yield
        return
    made = _make_folders(real.parent)
    try:
        while (lock := _take(Path(place), real, command, refuse=wait is None)) is None:
            wait()  # type: ignore[misc]  # a lock that waits has it
            time.sleep(_POLL_S)
        with _guard:
            _held[key] = own
        try:
            remove_leftovers(real)
            yield
        finally:
            with _guard:
                _held.pop(key, None)
            lock.release()
    finally:
        for folder in made:
            with contextlib.suppress(OSError):  # somebody put something into it
                folder.rmdir()


def locked(argument: str, command: str) -> Callable[[Function], Function]:
    """A decorator: the function runs :func:`folder_lock` in the place that its ``argument`` names; None needs no lock.

    ``argument`` may lead to what an argument holds: "job.out".
    """
    name, _, inside = argument.partition(".")

    def decorate(function: Function) -> Function:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def alone_there(*args: Any, **more: Any) -> Any:
            place = signature.bind(*args, **more).arguments.get(name)
            if place is not None and inside:
                place = getattr(place, inside)
            if place is None:
                return function(*args, **more)
            with folder_lock(place, command):
                return function(*args, **more)

        return alone_there  # type: ignore[return-value]

    return decorate


class _Lock:
    """A lock that is held; without a file it is none, and there is nothing to release."""

    def __init__(self, path: Path | None = None, number: int = -1) -> None:
        self._path, self._number = path, number

    def release(self) -> None:
        if self._path is None:
            return
        # Gone before it is free: who gets a file that has gone sees it and asks again. Windows removes no open file.
        if os.name != "nt":
            self._remove()
        with contextlib.suppress(OSError):
            _unlock(self._number)
        os.close(self._number)
        if os.name == "nt":
            self._remove()

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            os.unlink(self._path)  # type: ignore[arg-type]


def _take(place: Path, real: Path, command: str, refuse: bool) -> _Lock | None:
    """The lock; None where another one has it and ``refuse`` is false."""
    for path in (
        real.with_name(f".{real.name}.gananomaly.lock"),
        # A folder that may be written to in a place that may not, as containers have them.
        Path(tempfile.gettempdir()) / f".{hash_text(str(real))[:24]}.gananomaly.lock",
    ):
        while True:
            try:
                number = _open(path)
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.EISDIR) or os.path.islink(path) or os.path.isdir(path):
                    raise _in_the_way(place, path) from error
                break
            if not stat.S_ISREG(os.fstat(number).st_mode):
                os.close(number)
                raise _in_the_way(place, path)
            state = _try_lock(number)
            holder = _read(number)
            if state == "busy" or (state == "unknown" and holder is not None and not _mine_or_ended(holder)):
                os.close(number)
                if refuse:
                    raise _in_use(place, path, holder, certain=state == "busy")
                return None
            if not _still_there(path, number):
                os.close(number)
                continue
            _write(number, Holder.me(command))
            return _Lock(path, number)
    return _Lock()


def _open(path: Path) -> int:
    flags = os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if os.name == "nt" and path.is_symlink():
        raise OSError(errno.ELOOP, "a link")
    try:
        return os.open(path, flags | os.O_RDWR, 0o666)
    except PermissionError:
        if not os.path.lexists(path):
            raise
        # What another user left or holds: to see whether it is held, reading is enough.
        return os.open(path, flags & ~os.O_CREAT | os.O_RDONLY)


def _try_lock(number: int) -> str:
    """ "ours"; "busy" when another has it; "unknown" where the disk has no locks."""
    try:
        _lock(number)
    except OSError as error:
        if error.errno in _BUSY:
            return "busy"
        if error.errno in _NO_LOCKS:
            return "unknown"
        raise
    return "ours"


if os.name == "nt":
    import msvcrt

    def _lock(number: int) -> None:
        os.lseek(number, _BYTE, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]

    def _unlock(number: int) -> None:
        os.lseek(number, _BYTE, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]

else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_UN)


def _still_there(path: Path, number: int) -> bool:
    try:
        return os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(number))
    except OSError:
        return False


def _read(number: int) -> Holder | None:
    try:
        os.lseek(number, 0, os.SEEK_SET)
        data = json.loads(os.read(number, _LARGEST))
        return Holder(int(data["process"]), *(str(data[key]) for key in ("machine", "started", "since", "command")))
    except (OSError, ValueError, OverflowError, KeyError, TypeError, RecursionError):
        return None


def _write(number: int, holder: Holder) -> None:
    # A disk that has no room for a line has the lock all the same.
    with contextlib.suppress(OSError):
        os.lseek(number, 0, os.SEEK_SET)
        os.ftruncate(number, 0)
        os.write(number, json.dumps(asdict(holder)).encode())


def _mine_or_ended(holder: Holder) -> bool:
    # Without locks of the system, another thread of this process cannot be told from what it left itself.
    return holder.ended() or (holder.process == os.getpid() and holder.machine == platform.node())


def _in_use(place: Path, path: Path, holder: Holder | None, certain: bool) -> FolderInUse:
    who = holder.in_words() if holder is not None else "another process"
    rest = "" if certain else f"; if that process is no more, delete {path}"
    said = f"{place} is being written to by {who}: wait for it, or choose another folder{rest}."
    return FolderInUse(said, field="output")


def _in_the_way(place: Path, path: Path) -> InputError:
    return InputError(f"{path} is in the way, it is no file of ours: move it, or choose another place than {place}.")


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder; returns those that were not there, deepest first."""
    made: list[Path] = []
    missing = [folder, *folder.parents]
    with contextlib.suppress(OSError):  # the writing itself says what is refused
        missing = missing[: next((n for n, path in enumerate(missing) if path.exists()), 0)]
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            made.insert(0, path)
    return made


def _started(process: int) -> str:
    """When a process began, in the system's own count since it was switched on; "" where that is not known."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        # The program's name, in brackets, may hold blanks and brackets of its own.
        return f"{boot} {text.rpartition(')')[2].split()[19]}"
    except (OSError, IndexError):
        return ""
