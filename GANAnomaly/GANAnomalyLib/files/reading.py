"""JSON, CSV, YAML and NumPy files from anywhere, read to plain values; each failure is one sentence.

Every function raises :class:`InputError` only, whatever the bytes are; sizes and depths are limited, and no name in a
file decides what is run. Whether the values are those that were asked for is for :mod:`.kinds` to say.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from .typed_values import value_in_words

JSON_LIMIT, CSV_LIMIT, YAML_LIMIT = 256 << 20, 256 << 20, 1 << 18
"""Bytes."""
DEPTH_LIMIT, DIGITS_LIMIT = 64, 300
"""Brackets within brackets; digits of a whole number, which stay below what a float holds."""


@dataclass(frozen=True)
class Rows:
    """A CSV's heading and rows as texts without outer spaces; ``lines`` are the rows' places in the file, from 1."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    comma_decimals: bool
    """Whether 0,5 may mean a half: cells are not divided by commas."""

    def by_name(self) -> list[dict[str, str]]:
        """The rows as dicts by heading; "" for cells that a row lacks."""
        places = list(enumerate(self.heading))
        return [{head: row[n] if n < len(row) else "" for n, head in places} for row in self.rows]


def read_bytes(path: Path | str, limit: int) -> bytes:
    """A file's content, at most ``limit`` bytes."""
    path = Path(path)
    try:
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        raise InputError(f"{path} cannot be opened: check that it is there and may be read.", str(error)) from error
    if len(data) > limit:
        most = f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit >> 10} KiB"
        raise InputError(f"{path} is too large, more than {most}: check which file it is.")
    return data


def read_json(path: Path | str, limit: int = JSON_LIMIT) -> Any:
    """The value in a JSON file, UTF-8 with or without a mark."""
    return parse_json(read_bytes(path, limit), str(path))


def read_object(path: Path | str, limit: int = JSON_LIMIT) -> dict[str, Any]:
    """As :func:`read_json`, for a file that must hold names with values."""
    data = read_json(path, limit)
    if not isinstance(data, dict):
        raise InputError(
            f"{path} must hold names with values in braces, not {value_in_words(data)}: check which file it is."
        )
    return data


def parse_json(data: bytes | str, name: str) -> Any:
    """The value in JSON; ``name`` says in sentences where it comes from.

    NaN and Infinity pass, as Python writes them: a declaration (:mod:`.kinds`) refuses them where they are wrong.
    """
    text = data if isinstance(data, str) else _utf8(data, name)
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_int=_whole)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{name} is not valid JSON ({place}): correct it, or make it anew.", error.msg) from error
    except RecursionError as error:
        raise _too_deep(name) from error
    except ValueError as error:  # from the two checks
        raise InputError(f"{name} is not valid JSON: it {error}; correct it, or make it anew.") from error
    _check_depth(value, name)
    if "\\u" in text:
        _check_letters(value, name)
    return value


def read_json_lines(path: Path | str, limit: int = JSON_LIMIT) -> list[dict[str, Any]]:
    """The objects of a file with one a line. Lines that hold none are passed over: a kill may have cut the last."""
    found = []
    for line in read_bytes(path, limit).splitlines():
        try:
            row = parse_json(line, Path(path).name)
        except InputError:
            continue
        if isinstance(row, dict):
            found.append(row)
    return found


def read_csv(path: Path | str, limit: int = CSV_LIMIT, ragged: bool = False) -> Rows:
    """A CSV with a heading and (unless ``ragged``) as many cells in every row; empty lines are left out.

    Comma, semicolon or tab; UTF-8, UTF-16 with a mark, or the code page of Western Windows.
    """
    name, text = Path(path).name, _decode_table(read_bytes(path, limit), Path(path).name)
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, lines = [], []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(tuple(cell.strip() for cell in cells))
                lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"{name} is a damaged CSV table: {error}.") from error
    if not rows:
        raise InputError(f"{name} is empty: give a CSV with a heading and one row for each case.")
    for row, line in zip(rows[1:], lines[1:], strict=True):
        if len(row) != len(rows[0]) and not ragged:
            raise InputError(
                f"Line {line} of {name} has {len(row)} cells and its heading {len(rows[0])}: the file may be cut off "
                "or have unquoted separators; correct it."
            )
    return Rows(rows[0], tuple(rows[1:]), tuple(lines[1:]), delimiter != ",")


def read_yaml(path: Path | str, limit: int = YAML_LIMIT, depth_limit: int = 16) -> dict[str, Any]:
    """The settings by name in a YAML file, without references, which may stand for more values than memory holds."""
    try:
        import yaml
    except ImportError as error:
        raise InputError("Reading a configuration needs PyYAML: run  pip install 'gananomaly[train]'.") from error
    name, text = Path(path).name, _utf8(read_bytes(path, limit), str(path))
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise InputError(f"{name} uses references (* and &): write the values out.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > depth_limit:
                raise _too_deep(name)
        data = yaml.safe_load(text)
        json.dumps(data, default=str)  # numbers of thousands of digits (0xffff...) are an error here
    except InputError:
        raise
    except Exception as error:  # values that its own tags cannot take make the library raise almost anything
        raise InputError(f"{name} is not valid YAML: check it near where it was edited.", repr(error)) from error
    if not isinstance(data, dict):
        raise InputError(f"{name} is not a configuration: it holds no settings by name.")
    return data


def read_array(path: Path | str, name: str | None = None, mapped: bool = False) -> Any:
    """The NumPy array of an .npy file, or the one called ``name`` in an .npz; nothing in it is run.

    ``mapped`` leaves an .npy's values on the disk. How large it may be is for the caller to see to before.
    """
    import numpy as np

    try:
        with open(path, "rb"):
            pass  # a file that cannot be opened is not a damaged one
        loaded = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
        if name is None and isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            return loaded[name]
    except OSError as error:
        raise InputError(f"{path} cannot be opened: check that it is there and may be read.", str(error)) from error
    except Exception as error:  # damaged files make zipfile, zlib, ast and NumPy raise almost anything
        raise InputError(f"{path} is no whole NumPy file, or holds other arrays: make it anew.", repr(error)) from error


def _utf8(data: bytes, name: str) -> str:
    if b"\0" in data:
        raise InputError(f"{name} is not text in UTF-8 (it may be UTF-16): save it again as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is not text in UTF-8: save it again as UTF-8.", str(error)) from error


def _decode_table(data: bytes, name: str) -> str:
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        if wide:
            raise InputError(f"{name} is no plain text: save the table as CSV (UTF-8).", str(error)) from error
        # Excel's plain "CSV" is in the code page of Western Windows; every byte is some letter there.
        text = data.decode("cp1252", "replace")
    if "\0" in text:
        raise InputError(f"{name} is no plain text: save the table as CSV (UTF-8).")
    return text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"names {value_in_words(twice)} twice")
    return found


def _whole(text: str) -> int:
    if len(text) > DIGITS_LIMIT:
        raise ValueError(f"holds a number of {len(text)} digits")
    return int(text)


def _check_depth(value: Any, name: str) -> None:
    level = [value]
    for _ in range(DEPTH_LIMIT + 1):
        inner = (item.values() if isinstance(item, dict) else item for item in level if isinstance(item, dict | list))
        level = [child for children in inner for child in children if isinstance(child, dict | list)]
        if not level:
            return
    raise _too_deep(name)


def _check_letters(value: Any, name: str) -> None:
    try:  # halves of letters cannot be written anywhere; those that stand for bytes of a file's name can
        json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise InputError(f"{name} holds characters that do not exist: make it anew.", str(error)) from error


def _too_deep(name: str) -> InputError:
    return InputError(f"{name} is nested too deeply for what it should be: check which file it is.")
