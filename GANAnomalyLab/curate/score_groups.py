"""How far groups of images differ in their scores: the AUROC of each attribute, as a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.spelling import meant

from ..statistics.against_the_rest import RankedOnce, auroc_above, false_discovery, rank_test
from ..tables.csv_table import read_csv
from .judged_rows import BY_CHECKS, BY_SCORE, Judged, judge
from .row_schema import TRAIT_COLUMNS
from .rows import categories, rows_by_place

LEAST = 5
"""Images of a group, and of those it is compared with, that a row needs."""
_REFERENCE = -2


@dataclass(frozen=True)
class GroupRow:
    """One group against the reference: ``auroc`` of its scores above the reference's, with DeLong's 95 % interval.

    ``p`` is of the two-sided rank test, ``q`` the same controlled for the number of groups (Benjamini and Hochberg,
    1995).
    """

    group: str
    images: int
    reference: int
    median: float
    auroc: float
    low: float | None
    high: float | None
    p: float
    q: float


def group_scores(
    store: Path | str, by: str | None = None, table: Path | str | None = None, by_order: str | None = None
) -> list[GroupRow]:
    """A row a group, the highest AUROC first.

    Parameters
    ----------
    by: a column of the store (modality, body_part, view, site, maker, device, ...); each value against all others.
        None with a ``table`` for its column "attribute".
    table: a CSV with the columns path (or file: its end is enough) and attribute; images with an empty attribute are
        the reference of all groups. Images that it does not name do not count.
    by_order: "score" or "checks", as :func:`~.judged_rows.judge`.

    Raises :class:`InputError` where no group can be made.
    """
    judged = judge(store, () if by not in TRAIT_COLUMNS else (by,), by_order)
    scores = judged.score if judged.by == BY_SCORE else judged.oddness
    usable = judged.readable & np.isfinite(scores)
    if table is not None:
        names, group_of, rest = _from_table(judged, table, by or "attribute")
    else:
        names, group_of = _from_store(judged, by)
        rest = None
    ranked = RankedOnce(np.where(usable, scores, 0.0))
    every = ranked.counts(usable & (group_of >= 0)) if rest is None else ranked.counts(usable & rest)
    rows = []
    for name, within in zip(names, rows_by_place(group_of, len(names), usable), strict=True):
        inside = ranked.counts(within)
        reference = every - inside if rest is None else every
        if inside.sum() >= LEAST and reference.sum() >= LEAST:
            median = float(np.median(scores[within]))
            rows.append(_row(str(name), median, reference, inside))
    if not rows:
        raise InputError(
            f"No group of {LEAST} images with {LEAST} others to compare with was found: check the column or the table."
        )
    controlled = false_discovery([row.p for row in rows])
    rows = [replace(row, q=float(q)) for row, q in zip(rows, controlled, strict=True)]
    return sorted(rows, key=lambda row: -row.auroc)


def attributes_found(store: Path | str, table: Path | str) -> list[dict[str, object]]:
    """How well each attribute of a CSV (as of :func:`group_scores`) is found, the best first.

    A row each: ``attribute``, ``images``, and the AUROCs "score" (missing without a model) and "checks".
    """
    checks = {row.group: row for row in group_scores(store, table=table, by_order=BY_CHECKS)}
    scores: dict[str, float] = {}
    if judge(store).scored:
        scores = {row.group: row.auroc for row in group_scores(store, table=table, by_order=BY_SCORE)}
    rows: list[dict[str, object]] = [
        {"attribute": name, "images": row.images, "score": scores.get(name), "checks": row.auroc}
        for name, row in checks.items()
    ]
    return sorted(
        rows, key=lambda row: -max(scores.get(str(row["attribute"]), 0.0), checks[str(row["attribute"])].auroc)
    )


def _row(group: str, median: float, reference: np.ndarray, inside: np.ndarray) -> GroupRow:
    area, low, high = auroc_above(reference, inside)
    p = rank_test(reference, inside)
    return GroupRow(group, int(inside.sum()), int(reference.sum()), median, area, low, high, p, p)


def _from_store(judged: Judged, by: str | None) -> tuple[list[Any], np.ndarray]:
    """The groups, and (N,) which of them each row is of, -1 for none."""
    if by not in TRAIT_COLUMNS:
        raise InputError(
            f"Images are grouped by {', '.join(TRAIT_COLUMNS)}, or by a table of yours, not by "
            f"{by!r}{meant(by or '', list(TRAIT_COLUMNS))}."
        )
    return categories(judged.table, by)


def _from_table(judged: Judged, table: Path | str, column: str) -> tuple[list[Any], np.ndarray, np.ndarray]:
    """As of the store, and (N,) bool of the reference; paths of the table may be the ends of the store's."""
    found = read_csv(table)
    paths, values = found.texts(found.need("path", "file", "filename")), found.texts(found.need(column, option="--by"))
    said = {_end(path): value for path, value in zip(paths, values, strict=True)}
    names = sorted({*said.values()} - {""})
    place_of = {name: place for place, name in enumerate(names)} | {"": _REFERENCE}
    lengths = sorted({key.count("/") + 1 for key in said}, reverse=True)
    out = np.full(len(judged), -1)
    for row, path in enumerate(judged.table["path"].to_pylist()):
        parts = path.replace("\\", "/").rsplit("/", lengths[0])
        ends = ("/".join(parts[-length:]) for length in lengths)
        value = next((said[end] for end in ends if end in said), None)
        if value is not None:
            out[row] = place_of[value]
    return names, out, out == _REFERENCE


def _end(path: str) -> str:
    return path.replace("\\", "/").lstrip("./")
