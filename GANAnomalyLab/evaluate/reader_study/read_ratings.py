"""Ratings of a study from a table: our columns, or those that iMRMC uses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError

from ...report import file_hash
from ...statistics.readers.readings import Readings
from ...tables.csv_table import Table, read_csv
from .imrmc_list import IMRMC_HEADING, is_list, read_list, truth_rows

READER, TREATMENT, RATING = ("reader", "readerID"), ("treatment", "modality", "modalityID"), ("rating", "score")
LESION, ONE = ("lesion", "region"), "all readings"


@dataclass(frozen=True)
class Ratings:
    """What a file holds: the readings, its hash, and notes for the reader."""

    readings: Readings
    sha256: str
    notes: list[str] = field(default_factory=list)


def read_ratings(
    path: Path | str, metric: str = "auc", case_column: str = "case", treatments: Sequence[str] | None = None
) -> Ratings:
    """Read a table with the columns reader, treatment, case, truth (0 or 1) and rating, or a list of iMRMC's.

    Several rows of one reader, treatment and case are of several lesions, which a column lesion (or region) may name. A
    row without a rating is a reading that is missing; for ``metric`` "jafroc" it is a lesion that was not marked, or a
    case without a mark. ``treatments`` are those that count, in their order.

    Raises :class:`InputError` for a file that cannot be read, a column that is missing, ratings that are no finite
    numbers, a truth that is not 0 or 1, or a treatment that is not there.
    """
    path, sha256 = Path(path), file_hash(path)
    if is_list(path):
        table = read_list(path)
    else:
        table = read_csv(path)
        if table.find(*IMRMC_HEADING[:1]) is not None and table.find("truth") is None:
            table = truth_rows(table)
    need = {"reader": table.need(*READER), "truth": table.need("truth"), "rating": table.need(*RATING)}
    names = (case_column, "caseID") if case_column == "case" else (case_column,)
    need["case"] = table.need(*names, option="--case-column")
    treatment = table.find(*TREATMENT)
    reader, truth, case = (table.texts(need[name]) for name in ("reader", "truth", "case"))
    under = [ONE] * len(reader) if treatment is None else table.texts(treatment)
    for name, column in (("reader", reader), ("treatment", under), ("case", case)):
        if "" in column:
            raise InputError(f"Line {table.lines[column.index('')]} of {path.name} names no {name}: fill it in.")
    rating = np.array(table.numbers(need["rating"], missing=True))
    lesion, weight = table.find(*LESION), table.find("weight")
    empty = np.isnan(rating)
    notes = []
    if metric == "jafroc":
        if lesion is None:
            raise InputError(f"{path.name} has no column 'lesion': located findings need it, for which one is marked.")
        rating[empty] = -math.inf
        empty[:] = False
    elif empty.any():
        notes.append(f"{int(empty.sum())} rows hold no rating: they count as readings that are missing.")
    if empty.all():
        raise InputError(f"No row of {path.name} holds a rating.")
    kept = np.flatnonzero(~empty)
    marked = [""] * len(reader) if lesion is None else table.texts(lesion)
    columns = [[column[n] for n in kept] for column in (reader, under, case, truth, marked)]
    weights = [1.0] * len(reader) if weight is None else _weights(table, weight)
    try:
        readings = Readings.of(
            columns[0], columns[1], columns[2], columns[3], rating[kept], columns[4], [weights[n] for n in kept]
        )
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from error
    return Ratings(_chosen(readings, treatments), sha256, notes)


def _weights(table: Table, place: int) -> list[float]:
    """1 where none is given, as for marks on no lesion."""
    return [1.0 if math.isnan(value) else value for value in table.numbers(place, missing=True)]


def _chosen(readings: Readings, treatments: Sequence[str] | None) -> Readings:
    if treatments is None:
        return readings
    unknown = [name for name in treatments if name not in readings.treatments]
    if unknown:
        raise InputError(f"There is no treatment {unknown[0]!r}: there are {', '.join(readings.treatments)}.")
    place = [readings.treatments.index(name) for name in treatments]
    # In the order asked for: names are listed by their numbers.
    order = np.full(len(readings.treatments), len(readings.treatments))
    order[place] = np.arange(len(place))
    names = (*treatments, *(name for name in readings.treatments if name not in treatments))
    ranks = {name: n for n, name in enumerate(names)}
    moved = np.array([ranks[name] for name in readings.treatments])[readings.treatment]
    return Readings(
        readings.readers,
        names,
        readings.cases,
        readings.reader,
        moved,
        readings.case,
        readings.truth,
        readings.rating,
        readings.lesion,
        readings.weight,
    ).only(moved < len(place))
