"""The images of a store in order, one line each, for people and for the next program."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError

from ..tables.write_csv import write_rows
from .judged_rows import BY_SCORE, Judged, judge
from .rows import taken

COLUMNS = (
    "rank", "path", "sha256", "score", "oddness", "checks", "kind", "domain", "slices", "wd", "mse", "ssim", "top",
    "left", "bottom", "right", "width", "height", "modality", "body_part", "view", "site", "device",
)  # fmt: skip
"""Of the CSV. ``score`` is the model's highest patch; without a model how far the worst check is beyond its limit, as
``oddness`` is; ``checks`` are those that flag the image; the box is in shares of the image."""
_AT_ONCE = 2000
_READ = tuple(name for name in COLUMNS if name not in ("rank", "path", "score", "oddness", "checks", "kind"))


def ranked(store: Path | str, by: str | None = None) -> Judged:
    """A store judged, with the columns that lists need; raises as :func:`~.judged_rows.judge`."""
    return judge(store, _READ, by)


def lines(judged: Judged, rows: np.ndarray | None = None) -> Iterator[dict[str, Any]]:
    """A line for each of the readable images (or ``rows``), most striking first."""
    chosen = judged.order if rows is None else rows
    chosen = chosen[judged.readable[chosen]]
    for first in range(0, len(chosen), _AT_ONCE):
        columns = _columns(judged, chosen[first : first + _AT_ONCE], first + 1)
        for values in zip(*columns.values(), strict=True):
            yield dict(zip(columns, values, strict=True))


def _columns(judged: Judged, rows: np.ndarray, number: int) -> dict[str, Sequence[Any]]:
    found = taken(judged.table.select(["path", "kind", *_READ]), rows)
    return {
        "rank": range(number, number + len(rows)),
        **{name: found[name].to_pylist() for name in found.column_names},
        "score": (judged.score if judged.by == BY_SCORE else judged.oddness)[rows].tolist(),
        "oddness": judged.oddness[rows].tolist(),
        "checks": [";".join(names) for names in judged.flags_of(rows)],
    }


def write_ranking(path: Path | str, judged: Judged, force: bool = False) -> int:
    """Write all lines to a CSV, whole or not at all; returns how many.

    Raises :class:`InputError` where a file is there and ``force`` is not given.
    """
    check_new(path, force)
    rows = judged.order[judged.readable[judged.order]]
    found = _columns(judged, rows, 1)
    write_rows(Path(path), COLUMNS, zip(*(found[name] for name in COLUMNS), strict=True))
    return len(rows)


def check_new(path: Path | str, force: bool) -> None:
    """Raise :class:`InputError` where a file is there that may not be replaced."""
    if Path(path).exists() and not force:
        raise InputError(f"{path} is there already: choose another name, or replace it with --force.")
