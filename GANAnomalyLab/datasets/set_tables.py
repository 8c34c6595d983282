"""Classes and patients of a set's items: from dataset.json, folders, patterns or a CSV."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from GANAnomalyLib.errors import InputError

from ..images.annotations import patient_texts
from ..images.image_source import AUTO, BY_FILE, BY_FOLDER, REGEX, ImageSource, patient_pattern
from ..images.label_tables import match_rows, need_columns, read_table
from ..images.labels import LABELS_FILE, Label, class_number
from ..images.people import made_up_codes
from ..images.sources import PICTURES, VOLUMES, Source

NONE = "none"


def class_labels(source: Source, rule: str = AUTO) -> tuple[dict[str, Label] | None, list[str] | None]:
    """Labels by item and the names of the classes.

    ``rule``: "auto" what dataset.json says, if it is there; "none"; "folder" the first folder below the source; or a
    CSV with the columns file and class. Classes that are all whole numbers stay what they are; others are numbered in
    the order of their names. Raises :class:`InputError` when an item has no class.
    """
    if rule == NONE:
        return None, None
    if rule == AUTO:
        found = source.labels()
        if found is not None:
            lost = [item.name for item in source.items if item.name not in found]
            if lost:
                raise InputError(
                    f"{LABELS_FILE} gives no label for {len(lost)} of {len(source.items)} files: add them."
                )
        return found, source.label_names()
    names = [item.name for item in source.items]
    if rule == BY_FOLDER:
        texts = [_folder(name) for name in names]
    else:
        table = read_table(rule)
        need_columns(table, rule, "file", "class")
        texts, _ = match_rows(table, "class", names, rule)
        lost = [name for name, text in zip(names, texts, strict=True) if not text]
        if lost:
            raise InputError(
                f"{Path(rule).name} gives no class for {len(lost)} of {len(names)} files (the first is {lost[0]}): "
                "add them."
            )
    numbers = [class_number(text) for text in texts]
    if all(number is not None for number in numbers):
        return {name: number for name, number in zip(names, numbers, strict=True) if number is not None}, None
    classes = sorted(set(texts))
    place = {text: number for number, text in enumerate(classes)}
    return {name: place[text] for name, text in zip(names, texts, strict=True)}, classes


def patients(source: Source, rule: str = AUTO) -> list[str] | None:
    """Whose each item is, as texts without meaning of their own (equal for the same patient within this set).

    ``rule``: "auto" what dataset.json or DICOM's PatientID says, and None where neither does; "file" each file is one;
    "folder" the first folder below the source; "regex:PATTERN" what it finds in the path; or a CSV with the columns
    file and patient. Raises :class:`InputError` when an item has no patient.
    """
    if rule == AUTO:
        known = source.patients()
        if known is not None:
            return [known.get(item.name) or _unknown(item.name) for item in source.items]
        if not any(item.person for item in source.items):
            return None
    if rule not in (AUTO, BY_FILE, BY_FOLDER) and not rule.startswith(REGEX) and not Path(rule).is_file():
        raise InputError(f"There is no table {rule} of patients: name a CSV, or one of file, folder, regex:PATTERN.")
    if rule.startswith(REGEX):
        patient_pattern(rule)
    texts = patient_texts(ImageSource(str(source.path), patients=rule), source.items, lambda sentence: None)
    return made_up_codes(texts, "\n".join(item.name for item in source.items))


def patients_or_volumes(source: Source, rule: str = AUTO) -> list[str] | None:
    """As :func:`patients`, but where nothing says more, all that comes from one volume is one patient's."""
    found = patients(source, rule)
    if found is None and source.kind == VOLUMES and not any(item.radiograph for item in source.items):
        return patients(source, BY_FILE)
    return found


def check_labels_kind(source: Source, rule: str) -> None:
    """Raise :class:`InputError` for a rule that names a file that is not there."""
    if rule not in (AUTO, NONE, BY_FOLDER) and not Path(rule).is_file():
        what = "pictures" if source.kind == PICTURES else "volumes"
        raise InputError(f"There is no table {rule} of the classes of these {what}: name a CSV, folder, auto or none.")


def _folder(name: str) -> str:
    parts = PurePosixPath(name).parts
    if len(parts) < 2:
        raise InputError(f"{name} lies in no sub-folder that could name its class: give each class a folder.")
    return parts[0]


def _unknown(name: str) -> str:
    raise InputError(f"{LABELS_FILE} names no patient for {name}: add one.")
