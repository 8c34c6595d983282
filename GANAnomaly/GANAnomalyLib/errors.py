"""Errors that carry one sentence for the user and details for the log.

A sentence that names an option holds a mark in its place, made by :func:`option`: the terminal calls it
``--device cpu``, a panel by the name of its field.
"""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, TypeVar

Namer = Callable[[str, str], str]
"""From an option and its value ("" for none) to what they are called where the sentence is read."""
E = TypeVar("E", bound="GANAnomalyError")
_MARK = re.compile("\u27e8([a-z][a-z0-9_]*)(?:=([^\u27e8\u27e9]*))?\u27e9")


def option(name: str, value: object = "") -> str:
    """The mark of an option in a sentence; ``name`` as requests call it ("hu_offset"), with the value to give it."""
    return f"\u27e8{name}={value}\u27e9" if value != "" else f"\u27e8{name}\u27e9"


def on_terminal(name: str, value: str) -> str:
    """What the terminal calls an option: ``--hu-offset -1024``."""
    return f"--{name.replace('_', '-')} {value}".rstrip()


def in_words(text: str, namer: Namer = on_terminal) -> str:
    """The text with its marks as ``namer`` calls them."""
    return _MARK.sub(lambda mark: namer(mark[1], mark[2] or ""), text)


class Note(str):
    """A remark on a result, in the terminal's words; ``marked`` is the one that :func:`in_words` gives other words."""

    marked: str

    def __new__(cls, marked: str) -> Note:
        made = super().__new__(cls, in_words(marked))
        made.marked = marked
        return made


def marked_notes(notes: Iterable[str]) -> dict[str, str]:
    """Of those that name options: what they say on the terminal, to their marked form."""
    return {str(note): note.marked for note in notes if isinstance(note, Note) and note != note.marked}


class GANAnomalyError(Exception):
    """Base of every error the engine raises on purpose.

    ``message`` (and ``str()``) is the sentence as the terminal says it, ``marked`` the one that :func:`in_words` gives
    other words. ``code`` says what kind of error it is, for programs.

    Parameters
    ----------
    message:
        One sentence for the user: what was wrong with what, and what to do. May hold marks made by :func:`option`.
    details:
        More for a log file; never shown unasked, never holds patient names or identifiers.
    screen:
        More lines for the person in front of the screen, such as what there is to choose from. May hold what people
        typed into a file, so it never goes into a log, a result or a message to another process.
    field:
        Which field of a request is at fault ("metric", "settings.stride"); "" where none is, or it is not known.
    values:
        What the sentence tells, for programs: plain data, never anything of a patient.
    """

    code: ClassVar[str] = "failed"
    exit_code = 1
    template = ""
    """The sentence before its ``values`` stood in their places, where :meth:`of` made it: what is translated."""
    refused: OSError | None = None
    """What the operating system said, where it refused to write."""

    def __init__(
        self,
        message: str,
        details: str = "",
        screen: str = "",
        *,
        field: str = "",
        values: Mapping[str, Any] | None = None,
    ) -> None:
        self.marked = message
        self.message = in_words(message)
        super().__init__(self.message)
        self.details = details
        self.screen = screen
        self.field = field
        self.values = dict(values or {})

    @classmethod
    def of(cls: type[E], template: str, details: str = "", field: str = "", **values: Any) -> E:
        """An error whose sentence has its values in braces, as ``str.format`` fills them, so that it is translated."""
        error = cls(template.format(**values), details, field=field, values=values)
        error.template = template
        return error


@contextlib.contextmanager
def at_fault(field: str) -> Iterator[None]:
    """Within it, errors of the user's input that name no field are those of ``field``."""
    try:
        yield
    except InputError as error:
        error.field = error.field or field
        raise


class InputError(GANAnomalyError):
    """The user's input (a file, an option, a model) cannot be used as it is."""

    code = "input"
    exit_code = 2


class OtherResult(InputError):
    """The output folder holds the result of another request, or a damaged one: only ``force`` replaces it."""

    code = "other_result"


class FolderInUse(InputError):
    """Another process writes to the folder: wait for it, or choose another one."""

    code = "in_use"


class OutOfMemory(GANAnomalyError):
    """Memory ran out, on the graphics card or in the computer: a smaller request may still go through."""

    code = "memory"


_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "failed to allocate memory", "bad_alloc")


def out_of_memory(error: BaseException) -> bool:
    """Whether an exception of any library says that memory ran out, on the graphics card or in the computer.

    Asks torch for nothing, which may not be there: it has its own class for a graphics card, known under several names,
    and a plain RuntimeError for the computer.
    """
    if isinstance(error, (MemoryError, OutOfMemory)) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in text for words in _NO_MEMORY)


class Cancelled(GANAnomalyError):
    """The user asked to stop; what was finished stays and the next run resumes from it."""

    code = "cancelled"
    exit_code = 130

    def __init__(self, message: str = "Cancelled: what is finished is kept; the same again goes on from it.") -> None:
        super().__init__(message)
