"""What other installed packages bring, by entry points."""

from __future__ import annotations

import logging
from importlib.metadata import entry_points
from typing import TypeVar

T = TypeVar("T")
_LOG = logging.getLogger(__name__)


def brought(group: str, kind: type[T], what: str) -> list[T]:
    """The objects of a class that packages name in an entry point group, by the order of their names.

    One that cannot be imported, or is something else, is passed over; the log says so. ``what`` they are, in words:
    "detector".
    """
    found = []
    for point in sorted(entry_points(group=group), key=lambda point: point.name):
        try:
            made = point.load()
        except Exception as error:  # another package's import may fail in any way, and must not take ours along
            _LOG.warning("The %s %s of %s cannot be used: %r", what, point.name, point.value, error)
            continue
        if isinstance(made, kind):
            found.append(made)
        else:
            _LOG.warning(
                "The entry point %s of %s is no %s: it must be a %s.", point.name, point.value, what, kind.__name__
            )
    return found
