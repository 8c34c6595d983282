"""What is said of the files: classes, patients, parts of a split; worked out anew without touching the pixels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from GANAnomalyLib.errors import InputError

from .image_items import ImageCollection, Item
from .image_source import AUTO, BY_FILE, BY_FOLDER, REGEX, ImageSource, patient_pattern
from .label_tables import match_rows, need_columns, read_table
from .labels import LABELS_FILE, Label, class_number

Say = Callable[[str], None]
PARTS = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid", "dev"),
    "test": ("test", "testing"),
}
"""Names that mean the same part of a split; any other name stands for itself."""


@dataclass(frozen=True)
class ImageAnnotations:
    """By item: ``labels`` (I, L) float32, ``patients`` (I,) int codes, ``parts`` (I,) texts; the classes' names."""

    labels: np.ndarray
    patients: np.ndarray
    parts: np.ndarray
    label_names: list[str]


def annotations_hash(source: ImageSource, collection: ImageCollection) -> str:
    """A hash of all that notes are made from, besides the items themselves."""
    digest = hashlib.sha256(json.dumps([source.conditional, source.labels, source.patients, source.split]).encode())
    for path in (source.labels, source.patients, source.split):
        if path is not None and path not in (AUTO, BY_FILE, BY_FOLDER) and Path(path).is_file():
            digest.update(Path(path).read_bytes())
    if source.conditional and source.labels is None:
        digest.update(json.dumps([collection.labels(), collection.label_names()]).encode())
    if source.patients == AUTO:
        digest.update(json.dumps(collection.people()).encode())
    return digest.hexdigest()[:16]


def annotate_images(
    source: ImageSource, collection: ImageCollection, items: Sequence[Item], say: Say
) -> ImageAnnotations:
    """Look up every item; raises :class:`InputError` for tables that contradict or leave out what is needed."""
    names = [item.name for item in items]
    who = patient_texts(source, items, say)
    order = {text: code for code, text in enumerate(dict.fromkeys(who))}
    codes = np.array([order[text] for text in who], np.int32)
    parts = _parts(source, names, who, codes, say)
    used = np.array([source.split is None or bool(part) for part in parts])
    labels, label_names = _labels(source, collection, names, used, say)
    return ImageAnnotations(labels, codes, np.array(parts, dtype=np.str_), label_names)


def patient_keys(source: ImageSource, items: Sequence[Item]) -> dict[int, str]:
    """A hash for each patient code of :func:`annotate_images`, the same for the same patient of another source."""
    who = patient_texts(source, items, lambda sentence: None)
    return {
        code: hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
        for code, text in enumerate(dict.fromkeys(who))
    }


def part_name(text: str) -> str:
    """The one name of a part of a split: "val" is "validation"."""
    lower = text.strip().lower()
    return next((name for name, same in PARTS.items() if lower in same), lower)


def patient_texts(source: ImageSource, items: Sequence[Item], say: Say) -> list[str]:
    """What each item's patient is called, in memory only."""
    rule, names = source.patients, [item.name for item in items]
    if rule == AUTO and source.split is not None:
        table = read_table(source.split)
        if "patient" in table and "file" in table:
            found, unknown = match_rows(table, "patient", names, source.split)
            _tell_unknown(source.split, unknown, say)
            # A file that the table leaves out is in no part either.
            return [f"id:{text}" if text else _own(item) for text, item in zip(found, items, strict=True)]
    if rule == AUTO:
        return [f"id:{item.person}" if item.person else _own(item) for item in items]
    if rule == BY_FILE:
        return [_own(item) for item in items]
    if rule == BY_FOLDER:
        return [f"id:{_folder(name, 'patient')}" for name in names]
    if rule.startswith(REGEX):
        pattern = patient_pattern(rule)
        hits = [pattern.search(name) for name in names]
        found = ["" if hit is None else hit.group(1 if pattern.groups else 0) or "" for hit in hits]
        lost = [name for name, text in zip(names, found, strict=True) if not text]
        if lost:
            raise InputError(
                f"The pattern for patients finds nothing in {lost[0]} ({len(lost)} such files): change it."
            )
        return [f"id:{text}" for text in found]
    table = read_table(rule)
    need_columns(table, rule, "file", "patient")
    found, unknown = match_rows(table, "patient", names, rule)
    _tell_unknown(rule, unknown, say)
    lost = [name for name, text in zip(names, found, strict=True) if not text]
    if lost:
        raise InputError(
            f"{Path(rule).name} gives no patient for {len(lost)} of {len(names)} files (the first is {lost[0]}): add "
            "them."
        )
    return [f"id:{text}" for text in found]


def _own(item: Item) -> str:
    return f"file:{item.path.resolve()}"


def _folder(name: str, what: str) -> str:
    parts = PurePosixPath(name).parts
    if len(parts) < 2:
        raise InputError(f"{name} lies in no sub-folder that could name its {what}: give each {what} a folder.")
    return parts[0]


def _parts(source: ImageSource, names: list[str], who: list[str], codes: np.ndarray, say: Say) -> list[str]:
    if source.split is None:
        return [""] * len(names)
    table = read_table(source.split)
    need_columns(table, source.split, "split")
    if "file" in table:
        found, unknown = match_rows(table, "split", names, source.split)
        _tell_unknown(source.split, unknown, say)
    else:
        need_columns(table, source.split, "patient")
        by_patient: dict[str, str] = {}
        for patient, part in zip(table["patient"], table["split"], strict=True):
            if part_name(by_patient.setdefault(patient, part)) != part_name(part):
                raise InputError(f"{Path(source.split).name} puts one patient into two parts: correct it.")
        found = [by_patient.get(text.removeprefix("id:"), "") for text in who]
    parts = [part_name(text) for text in found]
    lost = parts.count("")
    if lost:
        say(f"{lost} of {len(names)} files are in no part of {Path(source.split).name} and were left out.")
    parts_of: dict[int, str] = {}
    for code, part in zip(codes.tolist(), parts, strict=True):
        if part and parts_of.setdefault(code, part) != part:
            raise InputError(
                f"{Path(source.split).name} puts files of one patient into {parts_of[code]} and into {part}: give each "
                "patient to one part only."
            )
    return parts


def _labels(
    source: ImageSource, collection: ImageCollection, names: list[str], used: np.ndarray, say: Say
) -> tuple[np.ndarray, list[str]]:
    """(I, L) labels and the names of the L; zero for items that are not ``used``, which need none."""
    if not source.conditional:
        return np.zeros((len(names), 0), np.float32), []
    wanted = [name for name, use in zip(names, used.tolist(), strict=True) if use]
    if source.labels == BY_FOLDER:
        rows, label_names = _one_hot([_folder(name, "class") for name in wanted])
    elif source.labels is not None:
        table = read_table(source.labels)
        need_columns(table, source.labels, "file", "class")
        found, unknown = match_rows(table, "class", names, source.labels)
        _tell_unknown(source.labels, unknown, say)
        texts = dict(zip(names, found, strict=True))
        _refuse_unlabelled([name for name in wanted if not texts[name]], wanted, source.labels)
        rows, label_names = _one_hot([texts[name] for name in wanted])
    else:
        rows, label_names = _listed(collection, wanted)
    labels = np.zeros((len(names), len(label_names)), np.float32)
    labels[used] = rows
    return labels, label_names


def _listed(collection: ImageCollection, wanted: list[str]) -> tuple[np.ndarray, list[str]]:
    known = collection.labels()
    if known is None:
        raise InputError(
            f"Conditional training needs classes, but the data has no {LABELS_FILE} with labels: add one, name a CSV "
            "of classes, or train without classes."
        )
    _refuse_unlabelled([name for name in wanted if name not in known], wanted, LABELS_FILE)
    labels: list[Label] = [known[name] for name in wanted]
    if labels and isinstance(labels[0], list):
        return np.array(labels, np.float32), [str(n) for n in range(len(labels[0]))]
    rows, numbers = _one_hot([str(label) for label in labels])
    names = collection.label_names()
    known_names = names is not None and len(names) == len(set(names)) >= len(numbers)
    if names is None or not known_names or len(names) * len(wanted) > 1 << 30:
        return rows, numbers
    # A class of which there are no images here is one all the same.
    return np.pad(rows, ((0, 0), (0, len(names) - len(numbers)))), names


def _one_hot(texts: list[str]) -> tuple[np.ndarray, list[str]]:
    """Whole numbers are classes as they are, 0 up to the largest; other texts are numbered by their order."""
    numbers = [class_number(text) for text in texts]
    if numbers and all(number is not None for number in numbers):
        classes = [int(number) for number in numbers if number is not None]
        label_names = [str(n) for n in range(max(classes) + 1)]
    else:
        label_names = sorted(set(texts))
        place = {text: n for n, text in enumerate(label_names)}
        classes = [place[text] for text in texts]
    if len(texts) * len(label_names) > 1 << 30:
        raise InputError(f"The labels name {len(label_names)} classes: that many cannot be learnt, check them.")
    out = np.zeros((len(texts), len(label_names)), np.float32)
    out[np.arange(len(texts)), classes] = 1
    return out, label_names


def _refuse_unlabelled(lost: list[str], names: list[str], table: str) -> None:
    if lost:
        raise InputError(
            f"{Path(table).name} gives no class for {len(lost)} of {len(names)} files (the first is {lost[0]}): "
            "add them."
        )


def _tell_unknown(path: str, unknown: int, say: Say) -> None:
    if unknown:
        say(f"{unknown} rows of {Path(path).name} name files that are not there; they were passed over.")
