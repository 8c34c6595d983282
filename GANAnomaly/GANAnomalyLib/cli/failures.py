"""Exceptions to one sentence, an exit code, and, where it helps, a log file with the details."""

from __future__ import annotations

import errno
import json
import sys
from dataclasses import dataclass

import click

from ..errors import Cancelled, GANAnomalyError, out_of_memory
from ..files import is_denied, is_full
from .log import write_log
from .session import Session

FAILED, BAD_INPUT, STOPPED = 1, 2, 130
PARTS = {
    "slicer": "headless",
    "slicer_core": "headless",
    "trame_slicer": "headless",
    "matplotlib": "pictures",
    "yaml": "train",
    "tensorboard": "train",
    "opacus": "privacy",
    "opt_einsum": "privacy",
    "sqlalchemy": "review",
    "alembic": "review",
    "psycopg": "postgres",
    "dicomweb_client": "pacs",
    "pynetdicom": "pacs",
    "retrying": "pacs",
    "requests": "pacs",
}
"""Optional modules and the extra of this package that brings them."""


@dataclass(frozen=True)
class Failure:
    """``expected`` failures are fully told by their sentence; the others need the log."""

    sentence: str
    exit_code: int
    expected: bool = True


def explain(error: BaseException) -> Failure:
    """What to tell the person about an exception."""
    if isinstance(error, GANAnomalyError):
        return Failure(error.message, error.exit_code)
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return Failure(Cancelled().message, STOPPED)
    if isinstance(error, click.ClickException):
        return Failure(_usage(error), error.exit_code)
    if out_of_memory(error):
        return Failure(
            "There was not enough memory: close other programs, analyse fewer slices at a time (--slices, --batch), "
            "or choose --device cpu if the graphics card ran out.",
            FAILED,
        )
    if isinstance(error, OSError):
        return _explain_file(error)
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("GANAnomalyLib"):
        return _explain_missing(error.name)
    return Failure(f"GANAnomaly met a problem it did not expect ({type(error).__name__}).", FAILED, expected=False)


def report(error: BaseException, session: Session) -> int:
    """Say it, on stderr (with ``--json`` also on stdout as JSON); returns the exit code."""
    failure = explain(error)
    sentence = failure.sentence
    if not failure.expected or (session.verbose and not isinstance(error, click.ClickException)):
        log = write_log(error, session.arguments)
        if not failure.expected:
            sentence += " Try again; if it stays, please report it" + (" with that file." if log else ".")
        if log:
            sentence += f" Details: {log}"
    click.echo(f"gananomaly: {sentence}", err=True)
    # Redirected, it would be kept in a file, such as the log of a cluster.
    if isinstance(error, GANAnomalyError) and error.screen and sys.stderr.isatty():
        click.echo(error.screen, err=True)
    if session.json:
        sys.stdout.write(json.dumps({"error": failure.sentence, "exit_code": failure.exit_code}) + "\n")
    return failure.exit_code


def _usage(error: click.ClickException) -> str:
    text = error.format_message()
    context = getattr(error, "ctx", None)
    if context is not None:
        text += f" See: {context.command_path} --help"
    return text


def _explain_file(error: OSError) -> Failure:
    where = f" ({error.filename})" if error.filename else ""
    if is_full(error):
        return Failure(f"The disk is full{where}: free some space or choose another folder with --out.", FAILED)
    if is_denied(error):
        return Failure(
            f"Access was refused{where}: check who may read or write there, or choose another folder.", BAD_INPUT
        )
    if error.errno == errno.ENOENT:
        return Failure(f"A file or folder does not exist{where}: check the path.", BAD_INPUT)
    if error.errno in (errno.EISDIR, errno.ENOTDIR):
        return Failure(
            f"A folder was given where a file is needed, or the other way round{where}: check it.", BAD_INPUT
        )
    reason = error.strerror or type(error).__name__
    return Failure(f"A file could not be read or written{where}: {reason}.", FAILED, expected=False)


def _explain_missing(module: str) -> Failure:
    top = module.split(".")[0]
    extra = PARTS.get(top)
    what = f"gananomaly[{extra}]" if extra else "gananomaly"
    return Failure(f"The Python package {top} is not installed here: run  pip install '{what}'  and try again.", FAILED)
