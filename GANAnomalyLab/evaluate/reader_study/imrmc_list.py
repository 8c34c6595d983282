"""The list format of iMRMC: free text, sizes, BEGIN DATA:, then a row for each rating and each case's truth.

Source: the format as its manual describes it.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import write_text
from GANAnomalyLib.files.reading import CSV_LIMIT, read_bytes

from ...statistics.readers.readings import Readings
from ...tables.csv_table import Table

BEGIN = "BEGIN DATA:"
IMRMC_HEADING = ("readerID", "caseID", "modalityID", "score")
_TRUTH = ("-1", "truth")


def is_list(path: Path) -> bool:
    """Whether a file holds the mark that its data begin after."""
    return BEGIN.encode() in read_bytes(path, CSV_LIMIT)


def read_list(path: Path) -> Table:
    """The readings of a list, with a column truth."""
    text = read_bytes(path, CSV_LIMIT).decode("utf-8-sig", "replace")
    before, _, data = text.partition(BEGIN)
    first = before.count("\n") + 1
    rows, lines = [], []
    for number, cells in enumerate(csv.reader(io.StringIO(data)), start=first):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(IMRMC_HEADING):
            raise InputError(
                f"Line {number} of {path.name} has {len(cells)} cells: after {BEGIN} each has reader, case, modality "
                "and score."
            )
        rows.append(tuple(cell.strip() for cell in cells))
        lines.append(number)
    if not rows:
        raise InputError(f"{path.name} holds no data after {BEGIN}")
    return truth_rows(Table(path, IMRMC_HEADING, tuple(rows), tuple(lines)))


def truth_rows(table: Table) -> Table:
    """A table whose truths stand in rows of a reader -1 (or truth), with a column for them instead."""
    reader, case, score = (table.need(name) for name in ("readerID", "caseID", "score"))
    truths: dict[str, str] = {}
    for row, line in zip(table.rows, table.lines, strict=True):
        if row[reader].casefold() in _TRUTH and truths.setdefault(row[case], row[score]) != row[score]:
            raise InputError(f"Line {line} of {table.path.name}: case {row[case]} has a second, other truth.")
    kept = [n for n, row in enumerate(table.rows) if row[reader].casefold() not in _TRUTH]
    without = next((table.rows[n][case] for n in kept if table.rows[n][case] not in truths), None)
    if without is not None:
        raise InputError(
            f"{table.path.name} holds no truth of case {without}: add a row with the reader -1 (or truth), or a column "
            "truth."
        )
    if not kept:
        raise InputError(f"{table.path.name} holds truths only, and no rating.")
    rows = tuple((*table.rows[n], truths[table.rows[n][case]]) for n in kept)
    return Table(table.path, (*table.heading, "truth"), rows, tuple(table.lines[n] for n in kept), table.comma_decimals)


def write_list(path: Path | str, readings: Readings, title: str = "") -> Path:
    """Write readings as a list, whole or not at all.

    Raises :class:`InputError` for what the format cannot say: several ratings of a case by one reader under one
    treatment, located findings, or names with commas or line breaks, or that mean the truth.
    """
    keys = np.stack([readings.reader, readings.treatment, readings.case])
    if len(np.unique(keys, axis=1).T) < keys.shape[1] or not np.isfinite(readings.rating).all():
        raise InputError("iMRMC's list takes one rating of a case by a reader under a treatment, and here are several.")
    names = (*readings.readers, *readings.treatments, *readings.cases)
    wrong = [name for name in names if set(name) & set(',"\n\r')]
    wrong += [name for name in readings.readers if name.casefold() in _TRUTH]
    if wrong:
        raise InputError(f"iMRMC's list cannot hold the name {wrong[0][:40]!r}: rename it.")
    truth = np.zeros(len(readings.cases), bool)
    truth[readings.case] = readings.truth
    sizes = {"N0": int((~truth).sum()), "N1": int(truth.sum())}
    sizes |= {"NR": len(readings.readers), "NM": len(readings.treatments)}
    lines = [" ".join(title.split()), *(f"{name}: {count}" for name, count in sizes.items()), BEGIN]
    lines += [f"-1,{name},0,{int(ill)}" for name, ill in zip(readings.cases, truth, strict=True)]
    columns = zip(readings.reader, readings.case, readings.treatment, readings.rating, strict=True)
    lines += [
        f"{readings.readers[r]},{readings.cases[c]},{readings.treatments[t]},{rating:.15g}"
        for r, c, t, rating in columns
    ]
    return write_text(path, "\n".join(lines) + "\n", "the list for iMRMC")
