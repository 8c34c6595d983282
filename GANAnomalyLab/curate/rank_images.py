"""The images of a store in order, one line each, for people and for the next program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError

from ..tables.write_csv import write_rows
from .judged_rows import BY_SCORE, Judged, judge

COLUMNS = (
    "rank", "path", "sha256", "score", "oddness", "checks", "kind", "slices", "wd", "mse", "ssim", "top", "left",
    "bottom", "right", "width", "height", "modality", "body_part", "view", "site", "device",
)  # fmt: skip
"""Of the CSV. ``score`` is the model's highest patch; without a model how far the worst check is beyond its limit, as
``oddness`` is; ``checks`` are those that flag the image; the box is in shares of the image."""
_READ = tuple(name for name in COLUMNS if name not in ("rank", "path", "score", "oddness", "checks", "kind"))


def ranked(store: Path | str, by: str | None = None) -> Judged:
    """A store judged, with the columns that lists need; raises as :func:`~.judged_rows.judge`."""
    return judge(store, _READ, by)


def lines(judged: Judged, rows: np.ndarray | None = None) -> Iterator[dict[str, Any]]:
    """A line for each of the readable images (or ``rows``), most striking first."""
    chosen = judged.order if rows is None else rows
    chosen = chosen[judged.readable[chosen]]
    columns = {name: judged.table[name].to_pylist() for name in ("path", "kind", *_READ)}
    scores = judged.score if judged.by == BY_SCORE else judged.oddness
    for number, row in enumerate(map(int, chosen), 1):
        yield {
            "rank": number,
            **{name: values[row] for name, values in columns.items()},
            "score": float(scores[row]),
            "oddness": float(judged.oddness[row]),
            "checks": ";".join(judged.flags_of(row)),
        }


def write_ranking(path: Path | str, judged: Judged, force: bool = False) -> int:
    """Write all lines to a CSV, whole or not at all; returns how many.

    Raises :class:`InputError` where a file is there and ``force`` is not given.
    """
    check_new(path, force)
    count = 0

    def cells() -> Iterator[list[Any]]:
        nonlocal count
        for line in lines(judged):
            count += 1
            yield [line[name] for name in COLUMNS]

    write_rows(Path(path), COLUMNS, cells())
    return count


def check_new(path: Path | str, force: bool) -> None:
    """Raise :class:`InputError` where a file is there that may not be replaced."""
    if Path(path).exists() and not force:
        raise InputError(f"{path} is there already: choose another name, or replace it with --force.")
