"""Lists of whole numbers as people write them: ``85,265-300``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.messages import ranges

LARGEST_SEED = 2**32 - 1
"""NumPy's RandomState takes no larger one."""
MOST = 1_000_000
"""Numbers in one list; more is a slip of the keyboard, or work to be divided."""

_PART = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")


def parse_numbers(text: str, what: str = "seeds", largest: int = LARGEST_SEED) -> list[int]:
    """The numbers of ``85,265-300`` (both ends included), each once, in the order they were written.

    ``what`` names them in sentences; ``largest`` is the highest that is allowed. Raises :class:`InputError`.
    """
    found: dict[int, None] = {}
    for part in (piece.strip() for piece in str(text).split(",")):
        match = _PART.fullmatch(part)
        if match is None or max(map(len, match.groups(default=""))) > 20:
            raise InputError(f"{str(text)[:60]!r} is not a list of {what}: give numbers and ranges, as in 85,265-300.")
        first, last = int(match[1]), int(match[2] or match[1])
        if first > last:
            raise InputError(f"The range {part} of {what} runs backwards: write the smaller number first.")
        if last > largest:
            raise InputError(f"The {what} go from 0 to {largest}, {last} is too large: give a smaller number.")
        if last - first + len(found) >= MOST:
            raise InputError(f"{str(text)[:60]} are more than {MOST:,} {what}: ask for them in several parts.")
        found.update(dict.fromkeys(range(first, last + 1)))
    return list(found)


def checked_numbers(numbers: Iterable[int] | str, what: str = "seeds", largest: int = LARGEST_SEED) -> list[int]:
    """Numbers given as such, each once; raises :class:`InputError` for what is no whole number from 0 to ``largest``.

    Text is read as by :func:`parse_numbers`.
    """
    if isinstance(numbers, str):
        return parse_numbers(numbers, what, largest)
    found: dict[int, None] = {}
    for number in numbers:
        whole = hasattr(number, "__index__") and not isinstance(number, bool)
        if not whole or not 0 <= int(number) <= largest:
            raise InputError(f"The {what} are whole numbers from 0 to {largest}, not {str(number)[:40]}.")
        found[int(number)] = None
    if not found:
        raise InputError(f"No {what} were given: give at least one number.")
    return list(found)


def written_numbers(numbers: Iterable[int]) -> str:
    """Numbers as :func:`parse_numbers` reads them: runs of neighbours become ranges."""
    return ranges(numbers).replace(", ", ",")
