"""Values as the words of a page: numbers as a reader wants them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NOTHING = "–"
_HASH = re.compile(r"(sha256:)?[0-9a-f]{32,128}")
_NUMBER = re.compile(r"[-+−]?(\d[\d,]*\.?\d*|\.\d+)([eE][-+]?\d+)?(?=$|[\s%±(])")


def clean(text: Any) -> str:
    """Text that any file can hold: no control characters, and a mark for each half of a broken character.

    File names can hold both. Line breaks and tabs stay.
    """
    kept = (c if unicodedata.category(c) not in ("Cc", "Cs") or c in "\n\t" else "�" for c in str(text))
    return "".join(kept)


def plain(value: Any) -> Any:
    """A NumPy scalar as Python's own, anything else as it is."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value


def value_text(value: Any) -> str:
    """A cell's words: 0.912 for 0.9123, 12,345 for a count, yes or no, and a dash for None and NaN."""
    value = plain(value)
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {value_text(item)}" for key, item in value.items()) or NOTHING
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(value_text(item) for item in value) or NOTHING
    return clean(value)


def ends_text(interval: Any) -> str:
    """``0.870 to 0.944`` of a pair, or of what has ``low`` and ``high``; "" for None or where an end is not known."""
    pair = interval if isinstance(interval, tuple) else (getattr(interval, name, None) for name in ("low", "high"))
    low, high = pair
    return "" if low is None or high is None else f"{low:.3f} to {high:.3f}"


def with_ends(value: float, interval: Any) -> str:
    """``0.912 (0.870 to 0.944)``, without the brackets where there is no interval."""
    ends = ends_text(interval)
    return f"{value:.3f}" + (f" ({ends})" if ends else "")


def sort_value(value: Any) -> float | None:
    """The number a cell is sorted by: its own, or the one its text begins with; None where there is none."""
    value = plain(value)
    if isinstance(value, (bool, int, float)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str) and (found := _NUMBER.match(value.strip())):
        return float(found.group(0).replace(",", "").replace("−", "-"))
    return None


def all_numeric(values: Sequence[Any]) -> bool:
    """Whether a column's cells are all numbers, or text that begins with one, or nothing, and not all nothing."""
    held = [value for value in map(plain, values) if not _is_nothing(value)]
    return bool(held) and all(not isinstance(v, bool) and sort_value(v) is not None for v in held)


def is_hash(text: str) -> bool:
    """Whether a text is a hash, to be shown in even letters."""
    return _HASH.fullmatch(text) is not None


def flat(facts: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values; a mapping within stands with its name before each key."""
    for name, value in facts.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{before}{name}: ")
        else:
            yield f"{before}{name}", value


def _is_nothing(value: Any) -> bool:
    return value is None or value in ("", NOTHING) or (isinstance(value, float) and math.isnan(value))


def _float_text(value: float) -> str:
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 10_000:
        return f"{value:,.0f}" if size < 1e12 else f"{value:.3g}"
    if size >= 100:
        return f"{value:.1f}"
    if size >= 10:
        return f"{value:.2f}"
    return f"{value:.3f}" if size >= 0.001 else f"{value:.2g}"
