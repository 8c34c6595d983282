"""How far groups of images differ in their scores: the AUROC of each attribute, as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.spelling import meant

from ..statistics.auroc import estimate_auroc
from ..tables.csv_table import read_csv
from .judged_rows import BY_CHECKS, BY_SCORE, Judged, judge
from .row_schema import TRAIT_COLUMNS

LEAST = 5
"""Images of a group, and of those it is compared with, that a row needs."""


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
    columns = ("sha256", *TRAIT_COLUMNS)
    judged = judge(store, columns, by_order)
    scores = judged.score if judged.by == BY_SCORE else judged.oddness
    usable = judged.readable & np.isfinite(scores)
    values = _from_table(judged, table, by or "attribute") if table is not None else _from_store(judged, by)
    named = np.array([value is not None for value in values], bool) & usable
    told = np.array(["" if value is None else str(value) for value in values], dtype=str)
    rows = []
    for group in sorted(set(told[named].tolist()) - {""}):
        inside = named & (told == group)
        reference = named & (told == "") if table is not None else named & ~inside & (told != "")
        if inside.sum() >= LEAST and reference.sum() >= LEAST:
            rows.append(_row(group, scores[reference], scores[inside]))
    if not rows:
        raise InputError(
            f"No group of {LEAST} images with {LEAST} others to compare with was found: check the column or the table."
        )
    return sorted(_controlled(rows), key=lambda row: -row.auroc)


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


def _row(group: str, reference: np.ndarray, inside: np.ndarray) -> GroupRow:
    from scipy.stats import mannwhitneyu

    found = estimate_auroc(reference, inside, draws=0, at_rates=(), at_sensitivities=())
    interval = found.delong or (None, None)
    p = float(mannwhitneyu(inside, reference).pvalue)
    low, high = interval
    median = float(np.median(inside))
    return GroupRow(group, len(inside), len(reference), median, found.value, low, high, p, p)


def _controlled(rows: list[GroupRow]) -> Iterable[GroupRow]:
    from scipy.stats import false_discovery_control

    values = false_discovery_control([row.p for row in rows])
    return [replace(row, q=float(q)) for row, q in zip(rows, values, strict=True)]


def _from_store(judged: Judged, by: str | None) -> list[str | None]:
    if by not in TRAIT_COLUMNS:
        raise InputError(
            f"Images are grouped by {', '.join(TRAIT_COLUMNS)}, or by a table of yours, not by "
            f"{by!r}{meant(by or '', list(TRAIT_COLUMNS))}."
        )
    return [None if value in (None, "") else str(value) for value in judged.table[by].to_pylist()]


def _from_table(judged: Judged, table: Path | str, column: str) -> list[str | None]:
    """The attribute of each row; paths of the table may be the ends of the store's."""
    found = read_csv(table)
    paths, values = found.texts(found.need("path", "file", "filename")), found.texts(found.need(column, option="--by"))
    said = {_end(path): value for path, value in zip(paths, values, strict=True)}
    lengths = sorted({key.count("/") + 1 for key in said}, reverse=True)
    out: list[str | None] = []
    for path in judged.table["path"].to_pylist():
        parts = path.replace("\\", "/").split("/")
        ends = ("/".join(parts[-length:]) for length in lengths)
        out.append(next((said[end] for end in ends if end in said), None))
    return out


def _end(path: str) -> str:
    return path.replace("\\", "/").lstrip("./")
