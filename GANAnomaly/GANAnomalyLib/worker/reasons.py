"""An exception as the event that ends a job: what kind it is, one sentence, and details for a log."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Mapping
from typing import Any

from ..errors import Cancelled, GANAnomalyError, InputError, OutOfMemory, out_of_memory
from ..files import is_denied, is_full
from .less_memory import can_use_less

EXIT_CODES = {"input": 2, "cancelled": 130, "memory": 1, "missing": 1, "failed": 1}
_PACKAGES = {
    "PIL": "pillow",
    "matplotlib": "matplotlib",
    "nibabel": "nibabel",
    "skimage": "scikit-image",
    "slicer": "slicer-core",
    "trame_slicer": "trame-slicer",
}
"""Packages whose name to install differs from, or is not to be guessed from, the name to import."""
_BROKEN_LIBRARY = (126, 127, 1114)
"""What Windows says when a library, or one that it needs, is not there or does not start."""


def error_event(error: BaseException, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The error event of an exception; ``request`` is what was asked for, as a dict, where that is known.

    "message" is the sentence in the terminal's words, "marked" the one to give other words to
    (:func:`GANAnomalyLib.errors.in_words`), "template" the one to translate, with places for "values" ("" where
    "marked" is); "code" and "field" are those of the error.
    """
    kind, told, packages = _told(error)
    details = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    if isinstance(error, GANAnomalyError) and error.details:
        details += f"\n{error.details}\n"
    smaller = kind == "memory" and bool(request) and "input" in (request or {}) and can_use_less(request or {})
    event = {
        "event": "error",
        "kind": kind,
        # Only of the error that is told: not of one that turned out to be one of memory.
        "code": told.code if told is error else kind,
        "field": told.field,
        "values": told.values,
        "message": told.message,
        "marked": told.marked,
        "template": told.template,
        "details": details,
        "less_memory": smaller,
    }
    return {**event, "packages": packages} if packages else event


def _told(error: BaseException) -> tuple[str, GANAnomalyError, list[str]]:
    # A reader may take it for a damaged file when there is no memory for the voxels.
    if isinstance(error, InputError) and not (error.__cause__ is not None and out_of_memory(error.__cause__)):
        return "input", error, []
    if isinstance(error, (Cancelled, KeyboardInterrupt)):
        return "cancelled", Cancelled(), []
    if isinstance(error, OutOfMemory):
        return "memory", error, []
    if isinstance(error, GANAnomalyError) and not isinstance(error, InputError):
        return "failed", error, []
    if isinstance(error, InputError) or out_of_memory(error):
        said = OutOfMemory("There was not enough memory: close other programs, or analyse fewer slices at a time.")
        return "memory", said, []
    if isinstance(error, ImportError) and _package(error):
        return _missing(error)
    if isinstance(error, OSError):
        return _file(error)
    unexpected = "The engine met a problem it did not expect ({kind}): please report it."
    return "failed", GANAnomalyError.of(unexpected, kind=type(error).__name__), []


def _package(error: ImportError) -> str:
    """What to install, or "" when it is our own file that is missing."""
    top = (error.name or "").split(".")[0]
    return "" if top == "GANAnomalyLib" else _PACKAGES.get(top, top)


def _missing(error: ImportError) -> tuple[str, GANAnomalyError, list[str]]:
    package = _package(error)
    if isinstance(error, ModuleNotFoundError):
        said = GANAnomalyError.of(
            "The Python package {package} is not installed: install it and try again.", package=package
        )
        return "missing", said, [package]
    return "missing", _broken(package), [package]


def _broken(package: str) -> GANAnomalyError:
    return GANAnomalyError.of("The Python package {package} cannot be loaded: install it again.", package=package)


def _file(error: OSError) -> tuple[str, GANAnomalyError, list[str]]:
    if getattr(error, "winerror", None) in _BROKEN_LIBRARY:
        for entry in reversed(traceback.extract_tb(error.__traceback__)):
            if entry.filename.replace("\\", "/").endswith("/torch/__init__.py"):
                return "missing", _broken("torch"), ["torch"]
    if is_full(error):
        full = GANAnomalyError("The disk is full: free some space or choose another folder for the result.")
        return "failed", full, []
    if is_denied(error):
        denied = InputError("Access to a file was refused: check who may read the input and write to the result.")
        return "input", denied, []
    if error.errno == errno.ENOENT:
        gone = InputError("A file or folder does not exist any more: check the input and the result's folder.")
        return "input", gone, []
    why = error.strerror or type(error).__name__
    return "failed", GANAnomalyError.of("A file could not be read or written ({why}).", why=why), []
