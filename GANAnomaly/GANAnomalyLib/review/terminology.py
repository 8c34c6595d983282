"""Lists of terms that readers choose labels from, in the JSON format of 3D Slicer's terminologies.

That is the segment context of dcmqi: ``SegmentationCodes`` has categories, a category has types, and a type is a term
with coding scheme, code and meaning. Anatomic contexts (``AnatomicCodes``) say where, not what: they are not read.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, TypedDict

from ..errors import InputError
from ..files.reading import read_object
from ..files.typed_values import read_as
from .added_findings import SaidLabel
from .coded_labels import Label

BUNDLED = Path(__file__).resolve().parents[1] / "data" / "ct_findings.term.json"
"""Findings in CT of chest and abdomen, by SNOMED codes that DICOM uses (SCT)."""
ENDING = ".json"
_MOST_BYTES, _MOST_TERMS = 16_000_000, 20_000
_REMEDY = "take that file away, or export it again"


class _Codes(TypedDict):
    SegmentationCodes: dict[str, Any]


class _Category(TypedDict):
    Type: list[dict[str, Any]]


class _Term(TypedDict):
    CodeMeaning: str
    CodingSchemeDesignator: str
    CodeValue: str


def terminology_folder() -> Path:
    """Where a user's own lists lie; it need not exist."""
    from .store.database_place import review_folder

    return review_folder() / "terminologies"


def read_terminology(path: Path | str) -> list[Label]:
    """The terms of one file, each once, as they stand there; modifiers of terms (left, right) are not among them.

    Raises :class:`InputError` for a file that cannot be read or is no such list.
    """
    path = Path(path)
    source = f"The list of terms in {path}"
    data = read_object(path, _MOST_BYTES)
    codes = read_as(_Codes, data, source, _REMEDY)["SegmentationCodes"]
    found: dict[Label, None] = {}
    for n, category in enumerate(read_as(list[Any], codes.get("Category", []), source, _REMEDY, "Category")):
        where = f"Category[{n}]"
        for m, term in enumerate(read_as(_Category, category, source, _REMEDY, where)["Type"]):
            said = read_as(_Term, term, source, _REMEDY, f"{where}.Type[{m}]")
            label = Label(said["CodingSchemeDesignator"], said["CodeValue"], said["CodeMeaning"])
            found[read_as(SaidLabel, label_dict(label), source, _REMEDY, f"{where}.Type[{m}]")] = None
            if len(found) > _MOST_TERMS:
                raise InputError(f"{source} has more than {_MOST_TERMS} terms: {_REMEDY}.")
    return list(found)


def label_dict(label: Label) -> dict[str, str]:
    """A label as plain data."""
    return {"scheme": label.scheme, "code": label.code, "meaning": label.meaning}


def known_labels(folder: Path | None = None) -> list[Label]:
    """The terms to choose from: those that come along, and those of the user's own lists, a meaning once each.

    A list that cannot be read is left out, and the log says why. ``folder`` is :func:`terminology_folder` by default.
    """
    folder = terminology_folder() if folder is None else folder
    own = sorted(folder.glob(f"*{ENDING}")) if folder.is_dir() else []
    found: dict[str, Label] = {}
    for path in [BUNDLED, *own]:
        try:
            for label in read_terminology(path):
                found.setdefault(label.meaning.casefold(), label)
        except InputError as error:
            logging.warning("GANAnomaly: %s", error.message)
    return list(found.values())


def label_of(text: str, known: list[Label]) -> Label:
    """The known term with this meaning, whatever its capitals, or its code alone or after its scheme
    ("RADLEX:RID1234"); else the words themselves."""
    said = Label.words(text)
    wanted = said.meaning.casefold()
    for one in known:
        if wanted and wanted in (one.meaning.casefold(), one.code.casefold(), f"{one.scheme}:{one.code}".casefold()):
            return one
    return said
