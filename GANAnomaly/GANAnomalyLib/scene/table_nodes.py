"""Table nodes: made, read and changed so that a user's edits do no harm and a saved scene gives back every word."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from .roles import mark

# Slicer keeps tables as text with a tab between cells and takes every double quote for the border of a cell, also
# those within words: such a comment would shift all cells behind it. The look-alikes read the same in its tables.
_TO_CELL = str.maketrans({"\n": "\u2028", '"': "\uff02", "\t": " ", "\r": None})
_FROM_CELL = str.maketrans({"\u2028": "\n", "\uff02": '"'})


def add_table(
    scene: Any, name: str, role: str, columns: dict[str, Sequence[Any]], units: dict[str, str], fingerprint: str
) -> Any:
    """A locked table node; ``units`` go by column and are shown in the column's head."""
    from vtkmodules.vtkCommonDataModel import vtkTable

    node = scene.AddNewNodeByClass("vtkMRMLTableNode", name)
    # Filled before it is shown to the node: every column added to an observed table would redraw its views.
    table = vtkTable()
    for title, values in columns.items():
        table.AddColumn(_column(title, values))
    node.SetAndObserveTable(table)
    for title in columns:
        if units.get(title):
            node.SetColumnUnitLabel(title, units[title])
            # A table view shows titles, not units; scripts go on using the plain name.
            node.SetColumnTitle(title, f"{title.removesuffix('_mm')} ({units[title]})")
    node.SetUseColumnTitleAsColumnHeader(True)
    node.SetLocked(True)
    mark(node, role, fingerprint)
    return node


def read_rows(node: Any) -> list[dict[str, str]]:
    """A table's rows as text by column; none where there is no table."""
    table = node.GetTable() if node is not None else None
    if table is None:
        return []
    columns = [table.GetColumn(n) for n in range(table.GetNumberOfColumns())]
    columns = [column for column in columns if column.GetName() and column.GetNumberOfComponents() == 1]
    # Not through VTK's own text of a number, which has six digits.
    return [
        {column.GetName(): str(column.GetValue(row)).translate(_FROM_CELL) for column in columns}
        for row in range(table.GetNumberOfRows())
    ]


def write_cells(node: Any, row: int, cells: dict[str, str]) -> None:
    """Set text cells of a row, adding columns that the table lacks; told to the table's views once."""
    from vtkmodules.vtkCommonCore import vtkVariant

    table = node.GetTable()
    for name, text in cells.items():
        if table.GetColumnByName(name) is None:
            table.AddColumn(_column(name, [""] * table.GetNumberOfRows()))
        table.SetValueByName(row, name, vtkVariant(text.translate(_TO_CELL)))
    table.Modified()


def put_column(node: Any, name: str, values: Sequence[Any]) -> None:
    """A column of its own, or in the place of one of that name, a value a row; told to the table's views once."""
    table = node.GetTable()
    table.RemoveColumnByName(name)
    table.AddColumn(_column(name, values))
    table.Modified()


def number(text: str | None) -> float:
    """A cell's number; NaN where it holds none."""
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def whole(text: str | None) -> int | None:
    """A cell's whole number; None where it holds none."""
    value = number(text)
    return int(value) if math.isfinite(value) and value == int(value) else None


def numbers(texts: Iterable[str | None]) -> tuple[float, ...]:
    """Cells' numbers."""
    return tuple(number(text) for text in texts)


def _column(title: str, values: Sequence[Any]) -> Any:
    """A typed column: integers, else numbers (anything missing is NaN), else text."""
    from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkIntArray, vtkStringArray

    column: Any
    filled: Sequence[Any]
    if values and all(isinstance(v, int) for v in values):
        column, filled = vtkIntArray(), values
    elif all(isinstance(v, (int, float)) or v in (None, "") for v in values) and any(v != "" for v in values):
        column, filled = vtkDoubleArray(), [float("nan") if v in (None, "") else float(v) for v in values]
    else:
        column, filled = vtkStringArray(), ["" if v is None else str(v).translate(_TO_CELL) for v in values]
    column.SetName(title)
    for value in filled:
        column.InsertNextValue(value)
    return column
