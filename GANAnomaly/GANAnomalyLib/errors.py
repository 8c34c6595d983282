"""Errors that carry one sentence for the user and details for the log."""

from __future__ import annotations


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


class OutOfMemory(GANAnomalyError):
    """Memory ran out, on the graphics card or in the computer: a smaller request may still go through."""


class Cancelled(GANAnomalyError):
    """The user asked to stop; what was finished stays and the next run resumes from it."""

    exit_code = 130

    def __init__(self, message: str = "Cancelled: what is finished is kept; the same again goes on from it.") -> None:
        super().__init__(message)
