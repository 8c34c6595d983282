"""Errors of the engine in a slot: a sentence in the panel, never a traceback."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def told(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method decorator: what the engine refuses is told with the object's ``_tell(sentence, wrong)``."""

    @functools.wraps(method)
    def run(self: Any, *arguments: Any) -> Any:
        from GANAnomalyLib.errors import GANAnomalyError

        try:
            return method(self, *arguments)
        except GANAnomalyError as error:
            self._tell(error.message, True)
            return None

    return run
