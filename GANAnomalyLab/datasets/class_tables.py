"""The published tables of classes: VinDr-SpineXR's rows of findings, a column of 0 and 1, and ISIC 2020's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import Rows, read_csv
from GANAnomalyLib.spelling import meant

from ..images.labels import class_number
from .dataset_options import BINARY, BY_LESION

NORMAL, ABNORMAL = "normal", "abnormal"
LESIONS = (
    "No finding",
    "Disc space narrowing",
    "Foraminal stenosis",
    "Osteophytes",
    "Spondylolysthesis",
    "Surgical implant",
    "Vertebral collapse",
    "Other lesions",
)
"""The classes 0 to 7 of a set by kinds of lesion, as VinDr-SpineXR spells them."""
ISIC_CLASSES = ("benign", "malignant")
_IMAGE, _LESION = ("image_id", "image", "file", "filename"), "lesion_type"
_CLASS = ("label", "class", "target", "abnormal", "finding")


@dataclass
class ClassTable:
    """``labels`` by image, ``patients`` by image where the table names them; ``classes`` are the names of 0, 1, ...

    ``several`` are the images that are left out because they have several kinds of lesion.
    """

    name: str
    classes: tuple[str, ...]
    labels: dict[str, int] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)
    several: tuple[str, ...] = ()


def film_table(path: Path | str, kinds: str = BINARY, column: str | None = None) -> ClassTable:
    """The classes of radiographs from a table with the column ``image_id``.

    With a column ``lesion_type`` a row is a finding: an image is abnormal when any of its rows names something other
    than "No finding"; for ``kinds`` "lesions" its class is the one kind that its rows name. Otherwise ``column`` (or
    label, class, target, abnormal, finding) holds 0 or 1. Raises :class:`InputError` for tables that are neither, name
    a lesion that is not known, or give an image two classes.
    """
    rows, name = read_csv(path, ragged=True), Path(path).name
    image = _column(rows, name, _IMAGE)
    lesion = _find(rows, (_LESION,)) if column is None else None
    if lesion is None and kinds == BY_LESION:
        raise InputError(f"{name} has no column {_LESION}: kinds of lesion are told by it.")
    if lesion is None:
        found = _cells(rows, name, image, _column(rows, name, _CLASS if column is None else (column,)))
        return ClassTable(name, (NORMAL, ABNORMAL), _numbers(found, name))
    found = _cells(rows, name, image, lesion)
    if kinds == BINARY:
        ill = {key: int(any(text.lower() != LESIONS[0].lower() for text in texts)) for key, texts in found.items()}
        return ClassTable(name, (NORMAL, ABNORMAL), ill)
    numbers = {key: {_lesion(text, key, name) for text in texts} for key, texts in found.items()}
    one = {key: next(iter(kind)) for key, kind in numbers.items() if len(kind) == 1}
    return ClassTable(name, LESIONS, one, several=tuple(key for key in numbers if key not in one))


def isic_table(path: Path | str) -> ClassTable:
    """The classes and patients of ISIC 2020: the columns image_name, target (1 malignant), and, if there, patient_id.

    Raises :class:`InputError` for tables without the first two, and for images with two classes or patients.
    """
    rows, name = read_csv(path, ragged=True), Path(path).name
    image, target = _column(rows, name, ("image_name", "image")), _column(rows, name, ("target",))
    labels = _numbers(_cells(rows, name, image, target), name)
    return ClassTable(name, ISIC_CLASSES, labels, _patients(rows, name, image))


def named_patients(path: Path | str) -> set[str]:
    """All patients of a table's column patient_id; none where it has no such column."""
    rows, name = read_csv(path, ragged=True), Path(path).name
    return set(_patients(rows, name, _column(rows, name, (*_IMAGE, "image_name"))).values()) - {""}


def image_names(path: Path | str) -> set[str]:
    """The images that a table names in its column image_id or image_name; raises :class:`InputError` without one."""
    rows, name = read_csv(path, ragged=True), Path(path).name
    place = _column(rows, name, (*_IMAGE, "image_name"))
    return {row[place] for row in rows.rows if len(row) > place and row[place]}


def check_classes(table: ClassTable, labels: list[int], what: str = "images") -> list[str]:
    """A sentence about classes that no image is of; raises :class:`InputError` where all are of one class."""
    there = sorted(set(labels))
    if len(there) < 2:
        kind = f"of one class ({table.classes[there[0]]})" if there else "of no class"
        raise InputError(f"All {what} are {kind}, so there is nothing to tell apart: check {table.name}.")
    empty = [name for number, name in enumerate(table.classes) if number not in there]
    return [f"No image is of the class {', '.join(empty)}."] if empty else []


def _cells(rows: Rows, name: str, image: int, value: int, empty: bool = False) -> dict[str, list[str]]:
    """By image, the texts of a column in all of its rows."""
    found: dict[str, list[str]] = defaultdict(list)
    for row, line in zip(rows.rows, rows.lines, strict=True):
        if len(row) <= max(image, value) or not row[image] or not (row[value] or empty):
            raise InputError(f"Line {line} of {name} names no image, or no class for it: complete it.")
        found[row[image]].append(row[value])
    if not found:
        raise InputError(f"{name} holds no rows below its heading: add them.")
    return found


def _patients(rows: Rows, name: str, image: int) -> dict[str, str]:
    """By image, whose it is; {} without a column of patients."""
    place = _find(rows, ("patient_id",))
    found = {} if place is None else _cells(rows, name, image, place, empty=True)
    for key, texts in found.items():
        if len(set(texts)) > 1:
            raise InputError(f"{name} gives {key} two different patients: keep one.")
    return {key: texts[0] for key, texts in found.items()}


def _numbers(found: dict[str, list[str]], name: str) -> dict[str, int]:
    """By image, the one number, 0 or 1, that its rows give it."""
    numbers = {key: {_zero_or_one(text, key, name) for text in texts} for key, texts in found.items()}
    for key, values in numbers.items():
        if len(values) > 1:
            raise InputError(f"{name} gives {key} two classes, 0 and 1: keep one.")
    return {key: values.pop() for key, values in numbers.items()}


def _zero_or_one(text: str, image: str, name: str) -> int:
    number = class_number(text)
    if number not in (0, 1):
        raise InputError(f"{name} gives {image} the class {text[:40]!r}, and classes there are 0 and 1: correct it.")
    return number


def _lesion(text: str, image: str, name: str) -> int:
    for number, known in enumerate(LESIONS):
        if known.lower() == text.lower():
            return number
    raise InputError(
        f"{name} gives {image} the lesion {text[:40]!r}{meant(text, LESIONS)}, which is none of {', '.join(LESIONS)}."
    )


def _find(rows: Rows, names: tuple[str, ...]) -> int | None:
    heads = [head.lower() for head in rows.heading]
    return next((heads.index(name.lower()) for name in names if name.lower() in heads), None)


def _column(rows: Rows, name: str, names: tuple[str, ...]) -> int:
    place = _find(rows, names)
    if place is None:
        wanted = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
        raise InputError(f"{name} has no column {wanted}: it has {', '.join(rows.heading[:12])}.")
    return place
