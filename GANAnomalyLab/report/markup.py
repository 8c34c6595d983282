"""Values as HTML: everything escaped, numbers as a reader wants them."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
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


def escaped(text: Any) -> str:
    """Text as HTML, safe between tags and inside quoted attributes."""
    return html.escape(clean(text), quote=True)


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


def sort_value(value: Any) -> float | None:
    """The number a cell is sorted by: its own, or the one its text begins with; None where there is none."""
    value = plain(value)
    if isinstance(value, (bool, int, float)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str) and (found := _NUMBER.match(value.strip())):
        return float(found.group(0).replace(",", "").replace("−", "-"))
    return None


def table_html(headers: Sequence[str], rows: Sequence[Sequence[Any]], caption: str = "") -> str:
    """A table; columns whose cells are all numbers (or nothing) stand to the right and are sorted as numbers.

    Raises ValueError when a row has not as many cells as there are headers.
    """
    rows = [list(row) for row in rows]
    for row in rows:
        if len(row) != len(headers):
            raise ValueError(f"a row has {len(row)} cells under {len(headers)} headers")
    numeric = [_is_numeric([row[n] for row in rows]) for n in range(len(headers))]
    kinds = [' class="number"' if number else "" for number in numeric]
    out = ['<div class="block wide"><table class="sorted">' if len(rows) > 1 else '<div class="block wide"><table>']
    if caption:
        out.append(f"<caption>{escaped(caption)}</caption>")
    heads = "".join(f'<th scope="col"{kind}>{escaped(head)}</th>' for head, kind in zip(headers, kinds, strict=True))
    out.append(f"<thead><tr>{heads}</tr></thead><tbody>")
    for row in rows:
        cells = (_cell(value, kind, number) for value, kind, number in zip(row, kinds, numeric, strict=True))
        out.append(f"<tr>{''.join(cells)}</tr>")
    out.append("</tbody></table></div>")
    return "\n".join(out)


def facts_html(facts: Mapping[str, Any], caption: str = "") -> str:
    """Names and values, one a row; hashes in even letters. A mapping within stands with its name before each key."""
    out = ['<div class="block wide"><table class="facts">']
    if caption:
        out.append(f"<caption>{escaped(caption)}</caption>")
    out.append("<tbody>")
    for name, value in _flat(facts):
        text = value_text(value)
        shown = f"<code>{escaped(text)}</code>" if _HASH.fullmatch(text) else escaped(text)
        out.append(f'<tr><th scope="row">{escaped(name)}</th><td>{shown}</td></tr>')
    out.append("</tbody></table></div>")
    return "\n".join(out)


def _flat(facts: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    out: list[tuple[str, Any]] = []
    for name, value in facts.items():
        if isinstance(value, Mapping) and value:
            out += _flat(value, f"{before}{name}: ")
        else:
            out.append((f"{before}{name}", value))
    return out


def _cell(value: Any, kind: str, numeric: bool) -> str:
    number = sort_value(value) if numeric else None
    data = "" if number is None else f' data-value="{number!r}"'
    return f"<td{kind}{data}>{escaped(value_text(value))}</td>"


def _is_numeric(values: Sequence[Any]) -> bool:
    held = [value for value in (plain(value) for value in values) if not _is_nothing(value)]
    return bool(held) and all(not isinstance(v, bool) and sort_value(v) is not None for v in held)


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
