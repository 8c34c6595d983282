"""What belongs and what does not: the rows of a store with their checks judged and their order, most striking first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.domain.verdict import UNKNOWN, UNUSUAL
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.spelling import meant

from .cheap_checks import CHECKS, MEASURES, Check
from .curation_store import Store
from .rows import categories, numbers, values_of, whole_rows
from .sides import LEAST_ALIKE, SIZE, alike_sides

MIRRORED = "mirrored"
BY_SCORE, BY_CHECKS = "score", "checks"
ORDERS = (BY_SCORE, BY_CHECKS)
LEAST_OF_SET = 20
"""Rows of a kind below which nothing is compared with the others."""
_RARE = 0.05
"""A body part or view that fewer have, where at least half have another, is told."""
_HEADER = (
    ("body_part", "another body part than most, by its header"),
    ("view", "another view than most, by its header"),
)
_DOMAIN = (
    (UNKNOWN, 1.0, "not what the model knows: another part of the body, other units, turned"),
    (UNUSUAL, 0.5, "unusual for the model: its scores mean less"),
)
"""Verdicts on scans, how far beyond the limit each counts, and what is said."""


@dataclass
class Judged:
    """Rows about whole files, and what is said of each.

    ``table`` has the columns asked for; ``flags`` (N,) bool by the name of each check; ``says`` what each check says;
    ``oddness`` (N,) how far the worst check is beyond its limit, in shares of it (negative: within all);
    ``score`` (N,) NaN where none is; ``order`` row numbers, most striking first, what could not be read last.
    """

    store: Store
    table: Any
    flags: dict[str, np.ndarray]
    says: dict[str, str]
    oddness: np.ndarray
    score: np.ndarray
    order: np.ndarray
    by: str
    readable: np.ndarray = field(repr=False)

    @property
    def scored(self) -> bool:
        """Whether a model scored any of them."""
        return bool(np.isfinite(self.score).any())

    def __len__(self) -> int:
        return len(self.table)

    def flags_of(self, rows: np.ndarray, checks: Sequence[str] | None = None) -> list[tuple[str, ...]]:
        """The names of the checks, all or some, that flag each of these rows."""
        names = list(self.flags if checks is None else checks)
        # There are few combinations, each put into words once.
        codes = np.zeros(len(rows), np.int64)
        for bit, name in enumerate(names):
            codes |= self.flags[name][rows].astype(np.int64) << bit
        kinds, places = np.unique(codes, return_inverse=True)
        said = [tuple(name for bit, name in enumerate(names) if kind >> bit & 1) for kind in kinds.tolist()]
        return [said[place] for place in places.tolist()]


def judge(
    folder: Path | str,
    columns: tuple[str, ...] = (),
    by: str | None = None,
    limits: Mapping[str, tuple[float | None, float | None]] | None = None,
) -> Judged:
    """Read a store and judge its rows.

    Parameters
    ----------
    columns: further columns of :func:`~.row_schema.schema` (or "part") in the table.
    by: "score" or "checks"; None for scores where the store has them.
    limits: other (low, high) limits by check; None there for no limit.

    Raises
    ------
    InputError: no store, a check that nobody has, or an order that cannot be had.
    """
    store = Store.open(folder)
    needed = ("path", "kind", "score", "body_part", "view", "domain", "sides", *MEASURES)
    table = whole_rows(store.folder, tuple(dict.fromkeys((*needed, *columns))))
    kinds, kind_of = categories(table, "kind")
    rows_of = {kind: np.flatnonzero(kind_of == place) for place, kind in enumerate(kinds)}
    unreadable = rows_of.pop("unreadable", np.zeros(0, int))
    readable = np.ones(len(table), bool)
    readable[unreadable] = False
    score = numbers(table, "score")
    by = _order(by, score, store)
    flags, says, oddness = {}, {}, np.full(len(table), -1.0)
    for check in _checks(limits or {}):
        excess = _excess(check, numbers(table, check.measure), rows_of)
        flags[check.name], says[check.name] = excess > 0, check.says
        oddness = np.maximum(oddness, np.clip(excess, -1.0, None))
    excess = (LEAST_ALIKE - _sides(table, rows_of)) / abs(LEAST_ALIKE)
    flags[MIRRORED], says[MIRRORED] = excess > 0, "its left and right are exchanged, by those of the others"
    oddness = np.fmax(oddness, np.clip(excess, -1.0, None))
    for column, told in _HEADER:
        rare = _rare(categories(table, column)[1], readable)
        name = f"other_{column}"
        flags[name], says[name] = rare, told
        oddness = np.where(rare, np.maximum(oddness, 1.0), oddness)
    verdicts, verdict_of = categories(table, "domain")
    for verdict, counts, told in _DOMAIN if verdicts else ():
        flagged = verdict_of == (verdicts.index(verdict) if verdict in verdicts else len(verdicts))
        name = f"{verdict}_scan"
        flags[name], says[name] = flagged, told
        oddness = np.where(flagged, np.maximum(oddness, counts), oddness)
    first = np.nan_to_num(score if by == BY_SCORE else oddness, nan=-np.inf)
    second = oddness if by == BY_SCORE else np.nan_to_num(score, nan=-np.inf)
    # Stable, and by path at last, so that the same store is always told in the same order.
    order = np.lexsort((np.arange(len(table)), -second, -first, ~readable))
    return Judged(store, table, flags, says, oddness, score, order, by, readable)


def _order(by: str | None, score: np.ndarray, store: Store) -> str:
    scored = bool(np.isfinite(score).any())
    if by is None:
        return BY_SCORE if scored else BY_CHECKS
    if by not in ORDERS:
        raise InputError(f"Rows are ordered by {' or '.join(ORDERS)}, not {by!r}{meant(by, ORDERS)}.")
    if by == BY_SCORE and not scored:
        raise InputError(
            f"The store {store.folder.name} was made without a model and has no scores: order by checks, or curate "
            "with --model into another store."
        )
    return by


def _checks(limits: Mapping[str, tuple[float | None, float | None]]) -> list[Check]:
    names = [check.name for check in CHECKS]
    for name in limits:
        if name not in names:
            raise InputError(f"There is no check {name!r}{meant(name, names)}: there are {', '.join(names)}.")
    return [
        replace(check, low=limits[check.name][0], high=limits[check.name][1]) if check.name in limits else check
        for check in CHECKS
    ]


def _excess(check: Check, values: np.ndarray, rows_of: Mapping[str, np.ndarray]) -> np.ndarray:
    """Of each row; rows are compared with those of their kind."""
    out = np.full(len(values), -np.inf)
    for rows in rows_of.values():
        if not check.of_set or len(rows) >= LEAST_OF_SET:
            out[rows] = check.excess(values[rows])
    return out


def _sides(table: Any, rows_of: Mapping[str, np.ndarray]) -> np.ndarray:
    sides, known = values_of(table, "sides")
    groups = [rows[known[rows]] for rows in rows_of.values()]
    return alike_sides(sides.view(np.int8).reshape(-1, SIZE), [rows for rows in groups if len(rows) >= LEAST_OF_SET])


def _rare(places: np.ndarray, readable: np.ndarray) -> np.ndarray:
    """Rows whose header names what few others have, where most have one and the same; where ``places`` is -1 it names
    nothing."""
    said = readable & (places >= 0)
    out = np.zeros(len(places), bool)
    if said.sum() < LEAST_OF_SET:
        return out
    counts = np.bincount(places[said])
    if counts.max() * 2 < said.sum():
        return out
    out[said] = counts[places[said]] < _RARE * said.sum()
    return out
