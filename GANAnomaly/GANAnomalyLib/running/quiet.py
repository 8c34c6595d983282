"""Libraries' notes to developers, kept from a reader of CT; other threads of the same program go on hearing theirs."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator
from typing import Any, cast


class _OfThisThread:
    """In a warning filter's place for a pattern of texts: it matches whatever is said in the thread that made it."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def match(self, text: str) -> bool:
        return threading.get_ident() == self._thread


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Within it, warnings of this thread are not shown.

    ``warnings.catch_warnings`` puts the whole program's filters aside and back again: where two threads do so at the
    same time, one can leave the other's behind for good. This adds one filter, and takes just that one away.
    """
    own = ("ignore", _OfThisThread(), Warning, None, 0)
    entered = cast("list[Any]", warnings.filters)
    entered.insert(0, own)
    try:
        yield
    finally:
        # Somebody else's catch_warnings may have begun with a copy of the list, or ended one, meanwhile.
        for filters in (entered, cast("list[Any]", warnings.filters)):
            with contextlib.suppress(ValueError):
                filters.remove(own)
