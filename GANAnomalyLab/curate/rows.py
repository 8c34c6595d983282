"""Rows of a store, as every answer reads them: of what lies in the sources now, the latest of each.

Parts are what counts. The rows about whole files are also kept together in one file, which is made anew whenever it is
not of just these parts and this listing: a question to 100,000 rows then opens one file and not four hundred.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.files.writing import whole

from .packages import needed, parquet
from .row_schema import WHOLE, schema

ROWS, LISTING, TOGETHER = "rows", "listing.parquet", "together.parquet"
_KEY = b"gananomaly.parts"
_LEFT_OUT = ("feature",)
"""Columns that are large and seldom asked for stay in the parts alone."""
_NUMPY = {"float": "float32", "double": "float64"}
"""Arrow's names of numbers that NumPy calls otherwise."""


def whole_rows(store: Path, columns: Sequence[str], listed: bool = True) -> Any:
    """An Arrow table of the rows about whole files (images, volumes, what could not be read), in the order of paths.

    ``listed``: only of files that lay in the sources when last looked, as they were then. Where a file was read more
    than once, its latest rows count. Column "part" says which part's thumbnails belong to a row.
    """
    wanted = _with_keys(columns)
    if listed and not set(wanted) & set(_LEFT_OUT):
        made = keep_together(store)
        return read_columns(store / TOGETHER, wanted) if made is None else made.select(wanted)
    return _rows(store, wanted, listed)


def slice_rows(store: Path, columns: Sequence[str]) -> Any:
    """As :func:`whole_rows`, the rows of images and of slices, which the model scored one by one."""
    return _rows(store, _with_keys(columns), slices=True)


def keep_together(store: Path) -> Any | None:
    """Put the rows about whole files together where they are not; returns them if that had to be done, else None.

    A disk that refuses (read-only, full) keeps nobody from asking. Raises :class:`InputError` for a damaged part.
    """
    path, key = store / TOGETHER, _state(store)
    if _key_of(path) == key:
        return None
    table = _rows(store, [*(name for name in schema().names if name not in _LEFT_OUT), "part"])
    with contextlib.suppress(GANAnomalyError), whole(path, "the rows") as part:
        parquet().write_table(table.replace_schema_metadata({_KEY: key}), part, compression="zstd")
    return table


def _key_of(path: Path) -> bytes:
    try:
        return (parquet().read_schema(path).metadata or {}).get(_KEY, b"")
    except (OSError, ValueError):
        return b""


def _state(store: Path) -> bytes:
    """What the rows depend on, as a hash: the parts' names, and the listing's size and time."""
    digest = hashlib.sha256("\n".join(_parts(store)).encode())
    listing = store / LISTING
    if listing.is_file():
        facts = listing.stat()
        digest.update(f"\n{facts.st_size} {facts.st_mtime_ns}".encode())
    return digest.hexdigest().encode()


def _parts(store: Path) -> list[str]:
    """The names of the parts, in the order of runs."""
    try:
        return sorted(name for name in os.listdir(store / ROWS) if name.endswith(".parquet"))
    except FileNotFoundError:
        return []


def read_columns(path: Path, columns: Sequence[str] | None = None) -> Any:
    """Columns of a Parquet file as an Arrow table, in the order asked for."""
    # Not read_table: it loads pyarrow.dataset, and with it pandas, which takes longer than 100,000 rows.
    with parquet().ParquetFile(path, memory_map=True) as file:
        table = file.read(columns=columns)
    return table if columns is None else table.select(columns)


def _with_keys(columns: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(["path", "slice", "state", "run", "kind", *columns]))


def _rows(store: Path, wanted: list[str], listed: bool = True, slices: bool = False) -> Any:
    arrow, compute = needed("pyarrow"), needed("pyarrow.compute")
    columns = [name for name in wanted if name != "part"]
    tables = []
    for part in _parts(store):
        try:
            table = read_columns(store / ROWS / part, columns)
        except (OSError, ValueError) as error:
            raise InputError(
                f"The part {part} of the store is damaged: remove it, and the same curate command makes it anew.",
                str(error),
            ) from error
        if "part" in wanted:
            table = table.append_column("part", arrow.repeat(part.removesuffix(".parquet"), len(table)))
        keep = compute.not_equal(table["kind"], "volume") if slices else compute.equal(table["slice"], WHOLE)
        tables.append(table.filter(keep))
    if not tables:
        empty = arrow.schema([schema().field(name) for name in columns]).empty_table()
        return empty.append_column("part", arrow.array([], arrow.string())) if "part" in wanted else empty
    table = arrow.concat_tables(tables)
    table = table.sort_by([("path", "ascending"), ("slice", "ascending"), ("run", "ascending")])
    if len(table):
        table = table.filter(arrow.array(_latest(table)))
    if listed and (store / LISTING).is_file():
        now = read_columns(store / LISTING)
        there = set(zip(now["path"].to_pylist(), now["state"].to_pylist(), strict=True))
        pairs = zip(table["path"].to_pylist(), table["state"].to_pylist(), strict=True)
        table = table.filter(arrow.array([pair in there for pair in pairs], arrow.bool_()))
    return table.combine_chunks()


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
    values, known = values_of(table, column)
    return np.where(known, values.astype(np.float64), np.nan)


def values_of(table: Any, column: str) -> tuple[np.ndarray, np.ndarray]:
    """A column of numbers as (N,) in its own type, and (N,) bool where they are known; elsewhere anything stands."""
    return _plain(table[column].combine_chunks())


def _plain(array: Any) -> tuple[np.ndarray, np.ndarray]:
    # By the buffers of Arrow's format: to_numpy, fill_null and pyarrow.array load pandas, which takes longer than a
    # question to 100,000 rows.
    first, last = array.offset, array.offset + len(array)
    known, data = array.buffers()
    name = str(array.type)
    kind = _NUMPY.get(name, name) if not name.startswith("fixed") else f"V{array.type.byte_width}"
    if not len(array) or data is None:
        return np.zeros(len(array), kind), np.zeros(len(array), bool)
    values = np.frombuffer(data, kind, last)[first:]
    if known is None:
        return values, np.ones(len(array), bool)
    return values, np.unpackbits(np.frombuffer(known, np.uint8), count=last, bitorder="little")[first:].astype(bool)


def taken(table: Any, rows: np.ndarray) -> Any:
    """Some rows of a table, (n,) their numbers, in that order."""
    arrow = needed("pyarrow")
    places = np.ascontiguousarray(rows, np.int64)
    return table.take(arrow.Array.from_buffers(arrow.int64(), len(places), [None, arrow.py_buffer(places)]))


def texts(table: Any, column: str) -> np.ndarray:
    """A column as (N,) objects: texts, "" where nothing is known."""
    values, places = categories(table, column)
    found: np.ndarray = np.array([*values, ""], object)[places]
    return found


def coded(table: Any, column: str) -> tuple[list[Any], np.ndarray]:
    """What a column says, each once and None among it, in any order, and (N,) which of it a row says."""
    found = needed("pyarrow.compute").dictionary_encode(table[column].combine_chunks(), null_encoding="encode")
    return found.dictionary.to_pylist(), _plain(found.indices)[0]


def categories(table: Any, column: str) -> tuple[list[Any], np.ndarray]:
    """What a column says, each once and in order, and (N,) which of it a row says; -1 where it says nothing or ""."""
    values, codes = coded(table, column)
    order = sorted((place for place, value in enumerate(values) if value not in (None, "")), key=values.__getitem__)
    place_of = np.full(len(values), -1)
    place_of[order] = np.arange(len(order))
    places: np.ndarray = place_of[codes]
    return [values[place] for place in order], places


def rows_by_place(places: np.ndarray, count: int, counted: np.ndarray) -> list[np.ndarray]:
    """The numbers of the ``counted`` rows, (N,) bool, that say each of the ``count`` :func:`categories`."""
    rows = np.flatnonzero(counted & (places >= 0))
    rows = rows[np.argsort(places[rows], kind="stable")]
    return np.split(rows, np.searchsorted(places[rows], np.arange(1, count))) if count else []
