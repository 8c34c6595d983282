"""Rows of a store, as every answer reads them: of what lies in the sources now, the latest of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError

from .packages import needed, parquet
from .row_schema import WHOLE

LISTING = "listing.parquet"


def whole_rows(store: Path, columns: Sequence[str], listed: bool = True) -> Any:
    """An Arrow table of the rows about whole files (images, volumes, what could not be read), in the order of paths.

    ``listed``: only of files that lay in the sources when last looked, as they were then. Where a file was read more
    than once, its latest rows count. ``part`` says which part's thumbnails belong to a row.
    """
    return _rows(store, columns, listed, slices=False)


def slice_rows(store: Path, columns: Sequence[str]) -> Any:
    """As :func:`whole_rows`, the rows of images and of slices, which the model scored one by one."""
    return _rows(store, columns, listed=True, slices=True)


def _rows(store: Path, columns: Sequence[str], listed: bool, slices: bool) -> Any:
    arrow, compute = needed("pyarrow"), needed("pyarrow.compute")
    wanted = list(dict.fromkeys(["path", "slice", "state", "run", "kind", *(c for c in columns if c != "part")]))
    files = sorted((store / "rows").glob("*.parquet"))
    tables = []
    for file in files:
        try:
            table = parquet().read_table(file, columns=wanted)
        except (OSError, ValueError) as error:
            raise InputError(
                f"The part {file.name} of the store is damaged: remove it, and the same curate command makes it anew.",
                str(error),
            ) from error
        if "part" in columns:
            table = table.append_column("part", arrow.array([file.stem] * len(table), arrow.string()))
        whole = compute.equal(table["slice"], WHOLE)
        keep = compute.not_equal(table["kind"], "volume") if slices else whole
        tables.append(table.filter(keep))
    if not tables:
        from .row_schema import schema

        empty = arrow.schema([schema().field(name) for name in wanted]).empty_table()
        return empty.append_column("part", arrow.array([], arrow.string())) if "part" in columns else empty
    table = arrow.concat_tables(tables)
    table = table.sort_by([("path", "ascending"), ("slice", "ascending"), ("run", "ascending")])
    if len(table):
        table = table.filter(arrow.array(_latest(table)))
    if listed and (store / LISTING).is_file():
        now = parquet().read_table(store / LISTING)
        table = table.join(now, ["path", "state"], join_type="inner").sort_by(
            [("path", "ascending"), ("slice", "ascending")]
        )
    return table


def _latest(table: Any) -> np.ndarray:
    """(N,) bool: rows of the latest run of their path; paths lie together."""
    paths = table["path"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    runs = table["run"].to_numpy()
    latest = np.zeros(int(paths.max()) + 1, runs.dtype)
    np.maximum.at(latest, paths, runs)
    newest: np.ndarray = runs == latest[paths]
    return newest


def numbers(table: Any, column: str) -> np.ndarray:
    """A column as (N,) float64, NaN where nothing is known."""
    found: np.ndarray = table[column].cast(needed("pyarrow").float64()).to_numpy(zero_copy_only=False)
    return found
