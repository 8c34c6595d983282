"""Tables for others to read: CSV that spreadsheets open, and that no cell of can act in them."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from GANAnomalyLib.files import whole

_FORMULA = ("=", "+", "@", "-")


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
    kind = type(value)
    if kind is int or (kind is float and math.isfinite(value)):  # most of a large table's cells
        return str(value)
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
    with whole(path, "the table") as part, open(part, "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(list(columns))
        writer.writerows([cell(value) for value in row] for row in rows)


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """As :func:`write_rows`, of rows that name their values; what a row does not name is missing."""
    names = list(columns)
    write_rows(path, names, ([row.get(name) for name in names] for row in rows))
