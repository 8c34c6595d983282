"""Whose a case is, where its name tells."""

from __future__ import annotations

import re
from collections.abc import Iterable

from GANAnomalyLib.errors import InputError


def patients_by_pattern(names: Iterable[str], pattern: str, source: str) -> list[str]:
    """What a regular expression finds in each name: its first group, or all of it.

    Raises :class:`InputError` for a pattern that is none, and a name of ``source`` in which it finds nothing.
    """
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise InputError(f"{pattern[:60]!r} is not a regular expression: {error}.") from error
    out = []
    for name in names:
        match = compiled.search(name)
        patient = None if match is None else match[min(compiled.groups, 1)]
        if not patient:
            raise InputError(f"The pattern {pattern[:60]!r} finds no patient in {name[:80]!r} of {source}: correct it.")
        out.append(patient)
    return out
