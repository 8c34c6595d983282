"""CSV tables that say something about files: classes, patients, parts of a split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import read_csv

COLUMNS = {
    "file": ("file", "filename", "file_name", "name", "image", "image_id", "image_name", "path", "image index"),
    "class": ("class", "label", "target", "category"),
    "patient": ("patient", "patient_id", "patientid", "patient id", "subject", "subject_id", "case"),
    "split": ("split", "part", "set", "fold", "subset"),
}
_ENDINGS: tuple[str, ...] = (".gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".dcm", ".ima", ".dicom")
_ENDINGS += (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


def read_table(path: Path | str) -> dict[str, list[str]]:
    """The known columns of a CSV (comma, semicolon or tab), each under its name in :data:`COLUMNS`, as texts.

    Raises :class:`InputError` when it cannot be read, or no row has as many cells as the heading.
    """
    path = Path(path)
    found = read_csv(path, ragged=True)
    rows = [found.heading, *found.rows]
    if len(rows) < 2:
        raise InputError(f"{path.name} holds no rows below its heading: add them.")
    known = {}
    for name, written in COLUMNS.items():
        places = [n for n, cell in enumerate(rows[0]) if cell.strip().lower() in written]
        if len(places) > 1:
            raise InputError(f"{path.name} has two columns that could be the {name}: keep one.")
        if places:
            known[name] = places[0]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) <= max(known.values(), default=0):
            raise InputError(f"Row {number} of {path.name} has too few cells: complete it.")
    return {name: [row[place].strip() for row in rows[1:]] for name, place in known.items()}


def need_columns(table: dict[str, list[str]], path: Path | str, *columns: str) -> None:
    """Raise :class:`InputError` when a table lacks a column."""
    for name in columns:
        if name not in table:
            raise InputError(f"{Path(path).name} has no column {name!r}: name its columns in the first row.")


class ItemByFileName:
    """Which item a table's file name means: its path below the source, or the name alone, with or without ending."""

    def __init__(self, names: Sequence[str]) -> None:
        self._exact = {name: number for number, name in enumerate(names)}
        self._loose: dict[str, int] = {}
        for number, name in enumerate(names):
            for key in {_stem(name), PurePosixPath(name).name, _stem(PurePosixPath(name).name)} - {name}:
                self._loose[key] = number if key not in self._loose else -1

    def find(self, text: str, table: str) -> int | None:
        """The number of the item, or None; raises :class:`InputError` when the name fits several."""
        name = text.replace("\\", "/").removeprefix("./")
        for key in (name, _stem(name), PurePosixPath(name).name, _stem(PurePosixPath(name).name)):
            if key in self._exact:
                return self._exact[key]
            if key in self._loose:
                if self._loose[key] < 0:
                    raise InputError(
                        f"{table} names {text}, which several files could be: give paths below the folder."
                    )
                return self._loose[key]
        return None


def match_rows(
    table: dict[str, list[str]], column: str, names: Sequence[str], path: Path | str
) -> tuple[list[str], int]:
    """A column's text for each item ("" where no row names it), and how many rows name no item.

    Raises :class:`InputError` when rows contradict each other.
    """
    finder, out, unknown = ItemByFileName(names), [""] * len(names), 0
    for file, value in zip(table["file"], table[column], strict=True):
        number = finder.find(file, Path(path).name)
        if number is None:
            unknown += 1
        elif out[number] not in ("", value):
            raise InputError(f"{Path(path).name} gives {file} two different values of {column}: keep one.")
        else:
            out[number] = value
    return out, unknown


def _stem(name: str) -> str:
    while name.lower().endswith(_ENDINGS) and "." in PurePosixPath(name).name[1:]:
        name = name[: name.rindex(".")]
    return name
