"""How far readers agree: percent agreement and kappas, with intervals by drawing patients anew.

Sources: Cohen 1960, with weights Cohen 1968; Fleiss 1971, where cases may have unequal numbers of readings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken

from ..bootstrap import Bootstrap, Interval, Measured, percentiles
from ..score_checks import share, whole_number

WEIGHTS = ("none", "linear", "quadratic")
MOST_CATEGORIES = 20
_CELLS = 1 << 20

Measure = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Agreement:
    """How far some readings agree.

    Attributes
    ----------
    what: "all readers" (Fleiss), "two readers" (Cohen) or "one reader twice" (Cohen).
    readers: their names. items: what at least two of the readings are of.
    agreement: the share (0..1) of pairs of readings of an item that agree.
    kappa: agreement beyond chance, up to 1; NaN where all readings are of one category.
    """

    what: str
    readers: tuple[str, ...]
    items: int
    agreement: Measured
    kappa: Measured


@dataclass(frozen=True)
class Labels:
    """What readers called items.

    ``table`` (readers, items) holds numbers of ``categories``, -1 for none; ``again`` likewise a second reading of the
    same reader. ``unit`` (items,) is the patient's number.
    """

    readers: tuple[str, ...]
    items: tuple[str, ...]
    categories: tuple[str, ...]
    table: np.ndarray
    again: np.ndarray
    unit: np.ndarray

    @classmethod
    def of(
        cls,
        reader: Sequence[str],
        item: Sequence[str],
        label: Sequence[str],
        patient: Sequence[str] | None = None,
    ) -> Labels:
        """From columns of one length: the first reading of an item by a reader, and the second where there is one.

        Categories are in the order of their numbers where all are numbers, else of the alphabet. Raises
        :class:`InputError` for no reading, unequal lengths, a third reading, or an item of two patients.
        """
        columns = [reader, item, label] + ([] if patient is None else [patient])
        if not len(label) or len({len(column) for column in columns}) > 1:
            raise InputError("Give one reader, case and rating for each reading.")
        readers, items = (tuple(dict.fromkeys(column)) for column in (reader, item))
        categories = tuple(sorted(set(label), key=_order(set(label))))
        places = [{name: n for n, name in enumerate(names)} for names in (readers, items, categories)]
        tables = np.full((2, len(readers), len(items)), -1)
        of_item: dict[int, str] = {}
        for n, names in enumerate(zip(reader, item, label, strict=True)):
            r, i, c = (place[name] for place, name in zip(places, names, strict=True))
            if tables[1, r, i] >= 0:
                raise InputError(f"Reader {names[0]} read {names[1]} more than twice: keep two of the readings.")
            tables[int(tables[0, r, i] >= 0), r, i] = c
            whose = names[1] if patient is None else patient[n]
            if of_item.setdefault(i, whose) != whose:
                raise InputError(f"{names[1]} is of two patients, {of_item[i]} and {whose}: correct one of them.")
        order = {name: n for n, name in enumerate(dict.fromkeys(of_item.values()))}
        return cls(readers, items, categories, tables[0], tables[1], np.array([order[of_item[i]] for i in of_item]))


def _order(names: set[str]) -> Callable[[str], Any]:
    try:
        numbers = {name: float(name) for name in names}
    except ValueError:
        return str
    return numbers.__getitem__


def agreements(
    labels: Labels,
    weights: str = "none",
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 303,
    cancel: CancelToken | None = None,
) -> list[Agreement]:
    """All readers together, each two of them, and each reader with his or her own second readings.

    Parameters
    ----------
    weights: of Cohen's kappa: "none", or how near categories count by their order, "linear" or "quadratic".
    draws: of patients, for percentile intervals at ``level`` (0..1); 0 for none.
    seed: the same seed gives the same intervals.

    What no two readings share is left out. Raises :class:`InputError` for settings out of range.
    """
    if weights not in WEIGHTS:
        raise InputError(f"The weights must be one of {', '.join(WEIGHTS)}, not {str(weights)[:40]!r}.")
    draws, level = whole_number(draws, "number of draws", 0), share(level, "level")
    whole_number(seed, "seed", 0, 2**63 - 1)
    if len(labels.categories) > MOST_CATEGORIES:
        raise InputError(
            f"Readers said {len(labels.categories)} different things, more than {MOST_CATEGORIES}: give categories, or "
            "make two of ratings with a threshold."
        )
    sets = _sets(labels, _nearness(len(labels.categories), weights))
    units = int(labels.unit.max()) + 1

    def measured(drawn: np.ndarray) -> list[np.ndarray]:
        return [value for one in sets for value in one.measure(drawn @ one.sums)]

    values = np.array(measured(np.ones((1, units)))).reshape(-1, 2)
    ends: list[Interval | None] = [None] * values.size
    if draws and sets:
        patients = Bootstrap([np.arange(units)], draws, seed, max(1, _CELLS // units))
        ends = [_interval(row, level) for row in patients.values(measured, cancel=cancel)]
    found = []
    for n, one in enumerate(sets):
        told = [
            Measured(float(value), None if one.patients < 2 or math.isnan(value) else end)
            for value, end in zip(values[n], ends[2 * n : 2 * n + 2], strict=True)
        ]
        found.append(Agreement(one.what, one.readers, one.items, told[0], told[1]))
    return found


def disagreements(labels: Labels) -> list[tuple[str, dict[str, str]]]:
    """The items that readers called by different names, with what each called it: for somebody to settle."""
    found = []
    for n, item in enumerate(labels.items):
        held = np.flatnonzero(labels.table[:, n] >= 0)
        said = {labels.readers[r]: labels.categories[labels.table[r, n]] for r in held}
        if len(set(said.values())) > 1:
            found.append((item, said))
    return found


@dataclass(frozen=True)
class _Set:
    """Readings to be held against each other: how many items and patients; ``sums`` (patients, k), which weighted and
    added up (b, k) ``measure`` makes agreement and kappa (b,) of."""

    what: str
    readers: tuple[str, ...]
    items: int
    patients: int
    sums: np.ndarray
    measure: Measure


def _sets(labels: Labels, near: np.ndarray) -> list[_Set]:
    """All that have an item with two readings."""
    wanted: list[tuple[str, tuple[str, ...], np.ndarray]] = []
    if len(labels.readers) > 1:
        wanted.append(("all readers", labels.readers, labels.table))
        wanted += [
            ("two readers", (labels.readers[a], labels.readers[b]), labels.table[[a, b]])
            for a, b in combinations(range(len(labels.readers)), 2)
        ]
    wanted += [
        ("one reader twice", (name,), np.stack([labels.table[n], labels.again[n]]))
        for n, name in enumerate(labels.readers)
    ]
    found = []
    for what, readers, table in wanted:
        held = (table >= 0).sum(0) > 1
        if held.any():
            by_item, measure = _all(table, len(near)) if what == "all readers" else _pair(table, near)
            sums = np.zeros((int(labels.unit.max()) + 1, by_item.shape[1]))
            np.add.at(sums, labels.unit[held], by_item[held])
            found.append(_Set(what, readers, int(held.sum()), len(np.unique(labels.unit[held])), sums, measure))
    return found


def _nearness(count: int, weights: str) -> np.ndarray:
    """(q, q) how far each two categories agree, 0..1."""
    if weights == "none" or count < 2:
        return np.eye(count)
    apart = np.abs(np.subtract.outer(np.arange(count), np.arange(count))) / (count - 1)
    return 1 - (apart if weights == "linear" else apart**2)


def _pair(table: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, Measure]:
    """Each item's place in the table of two readings, and agreement and Cohen's kappa of such tables (b, q * q)."""
    count = len(near)
    place = np.where((table >= 0).all(0), table[0] * count + table[1], -1)
    sums = np.zeros((table.shape[1], count * count))
    sums[np.flatnonzero(place >= 0), place[place >= 0]] = 1

    def measure(totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        square = totals.reshape(-1, count, count)
        whole = _some(square.sum((1, 2)))
        seen = (square * near).sum((1, 2)) / whole
        chance = np.einsum("bi,ij,bj->b", square.sum(2), near, square.sum(1)) / whole**2
        return np.einsum("bii->b", square) / whole, _beyond(seen, chance)

    return sums, measure


def _all(table: np.ndarray, count: int) -> tuple[np.ndarray, Measure]:
    """Each item's agreement and categories, and agreement and Fleiss' kappa of their sums (b, 2 + q)."""
    named = np.stack([(table == category).sum(0) for category in range(count)], axis=1).astype(np.float64)
    readings = named.sum(1)
    pairs = np.maximum(readings * (readings - 1), 1)
    alike = (named * (named - 1)).sum(1) / pairs
    sums = np.column_stack([alike, np.ones(len(alike)), named])

    def measure(totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen = totals[:, 0] / _some(totals[:, 1])
        shares = totals[:, 2:] / _some(totals[:, 2:].sum(1, keepdims=True))
        return seen, _beyond(seen, (shares**2).sum(1))

    return sums, measure


def _some(counts: np.ndarray) -> np.ndarray:
    """Counts to divide by: NaN for none, as in a draw of patients without any of these readings."""
    return np.where(counts > 0, counts, np.nan)


def _beyond(seen: np.ndarray, chance: np.ndarray) -> np.ndarray:
    possible = 1 - chance > 1e-12  # and not NaN
    return np.where(possible, (seen - chance) / np.where(possible, 1 - chance, 1.0), np.nan)


def _interval(drawn: np.ndarray, level: float) -> Interval | None:
    ends = percentiles(drawn, level)
    return None if ends is None else Interval(*ends, level, int(np.isfinite(drawn).sum()))
