"""Errors that carry one sentence for the user and details for the log."""

from __future__ import annotations

import errno


class GANAnomalyError(Exception):
    """Base of every error the engine raises on purpose.

    Parameters
    ----------
    message:
        One sentence for the user: what was wrong with what, and what to do.
    details:
        More for a log file; never shown unasked, never holds patient names or identifiers.
    screen:
        More lines for the person in front of the screen, such as what there is to choose from. May hold what people
        typed into a file, so it never goes into a log, a result or a message to another process.
    """

    exit_code = 1
    refused: OSError | None = None
    """What the operating system said, where it refused to write."""

    def __init__(self, message: str, details: str = "", screen: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.screen = screen


class InputError(GANAnomalyError):
    """The user's input (a file, an option, a model) cannot be used as it is."""

    exit_code = 2


class OtherResult(InputError):
    """The output folder holds the result of another request, or a damaged one: only ``force`` replaces it."""


class FolderInUse(InputError):
    """Another process writes to the folder: wait for it, or choose another one."""


class OutOfMemory(GANAnomalyError):
    """Memory ran out, on the graphics card or in the computer: a smaller request may still go through."""


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

    exit_code = 130

    def __init__(self, message: str = "Cancelled: what is finished is kept; the same again goes on from it.") -> None:
        super().__init__(message)
