"""Tables for others to read: CSV that spreadsheets open, and that no cell of can act in them."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from GANAnomalyLib.files import whole

_FORMULA = ("=", "+", "@", "-")
_AT_ONCE = 1000


def plain(value: Any) -> Any:
    """Plain values for JSON and tables; what is not a number becomes None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def cell(value: Any) -> str:
    """A value as a cell's text: "" for what is missing, numbers in full, and text that no spreadsheet takes for a
    formula."""
    value = plain(value)
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value[:1] in _FORMULA else str(value)


def cell_text(text: str) -> str:
    """The text that :func:`cell` was given."""
    return text[1:] if text[:1] == "'" and text[1:2] in _FORMULA else text


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a CSV, whole or not at all, in UTF-8 with a mark; raises a GANAnomalyError when the disk refuses."""
    # Excel takes a file without this mark for its own code page.
    with whole(path, "the table") as part, open(part, "w", newline="", encoding="utf-8") as file:
        file.write("\ufeff")  # the codec that writes it by itself takes a third of the time
        writer = csv.writer(file)
        writer.writerow(list(columns))
        left = iter(rows)
        while block := list(islice(left, _AT_ONCE)):
            writer.writerows(zip(*(_cells(column) for column in zip(*block, strict=True)), strict=True))


def _cells(values: Sequence[Any]) -> Iterable[Any]:
    """As :func:`cell` of each; what all columns of large tables hold costs no call a cell."""
    kinds = {*map(type, values)} - {type(None)}
    if kinds <= {int}:
        return values  # the writer makes the same of them
    if kinds == {float}:
        return [value if value is not None and math.isfinite(value) else "" for value in values]
    if kinds == {str}:
        return [f"'{value}" if value and value[0] in _FORMULA else value for value in values]
    return map(cell, values)


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """As :func:`write_rows`, of rows that name their values; what a row does not name is missing."""
    names = list(columns)
    write_rows(path, names, ([row.get(name) for name in names] for row in rows))
