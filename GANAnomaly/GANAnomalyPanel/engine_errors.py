"""Errors of the engine in a slot: a sentence in the panel, never a traceback."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from GANAnomalyPanel.engine_sentences import error_text

if TYPE_CHECKING:
    from GANAnomalyLib.errors import GANAnomalyError


def errors_told(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method decorator: what the engine refuses is told with the object's ``_tell(sentence, wrong)``."""

    @functools.wraps(method)
    def run(self: Any, *arguments: Any) -> Any:
        from GANAnomalyLib.errors import GANAnomalyError

        try:
            return method(self, *arguments)
        except GANAnomalyError as error:
            self._tell(error_text(error), True)
            return None

    return run


def missing_package(error: ImportError) -> GANAnomalyError:
    """What to raise from an ImportError of a package that Slicer does not ship."""
    from GANAnomalyLib.errors import GANAnomalyError

    return GANAnomalyError(
        f"The Python package {error.name} is missing: press Analyse in the module, which offers to install it.",
        str(error),
    )
