"""Whose an image is, as far as its header says: to keep patients and studies apart, never to be shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

TAGS = ["PatientID", "PatientName", "StudyInstanceUID"]


@dataclass(frozen=True)
class Identity:
    """Patient ID, the words of the patient's name and the study of one image; what is empty is not known.

    Names count without regard to capitals, spaces, separators and empty components: ``DOE^JOHN`` is ``Doe^John^^^``.
    """

    patient: str = field(default="", repr=False)
    name: tuple[str, ...] = field(default=(), repr=False)
    study: str = field(default="", repr=False)

    @classmethod
    def of(cls, dataset: Any) -> Identity:
        """The identity that a DICOM dataset carries."""
        patient, name, study = (" ".join(str(dataset.get(tag) or "").split()) for tag in TAGS)
        return cls(patient, tuple(filter(None, re.split(r"[\s^=,.]+", name.casefold()))), study)


def same_patient(one: Identity, other: Identity) -> bool:
    """Whether two images are of one patient.

    Where both have an ID it decides, with one exception: under one ID, two names of which neither is a part of the
    other (``DOE^JOHN`` is a part of ``DOE^JOHN^MR``) are two patients. Without an ID the name decides, without either
    the study. An image that says nothing at all goes with any.
    """
    if one.patient and other.patient:
        first, second = set(one.name), set(other.name)
        return one.patient == other.patient and (not first or not second or first <= second or second <= first)
    if one.name and other.name:
        return one.name == other.name
    if one.study and other.study:
        return one.study == other.study
    return Identity() in (one, other)


def same_study(one: Identity, other: Identity) -> bool:
    """Whether two images are of one patient and of one study (or one of them does not say of which)."""
    return same_patient(one, other) and (one.study == other.study or not one.study or not other.study)


def parted(found: Iterable[Identity], alike: Callable[[Identity, Identity], bool]) -> dict[Identity, int]:
    """A number for each identity, the same for those that are ``alike``.

    What says too little, and so would fit several, is a part of its own: nobody knows whose it is.
    """
    # The most complete come first; the others find their place among them.
    distinct = sorted(dict.fromkeys(found), key=lambda one: (not one.patient, -len(one.name), not one.study))
    parts: list[list[Identity]] = []
    known: dict[tuple[int, object], set[int]] = {}  # to compare only what has something in common
    numbers: dict[Identity, int] = {}
    for one in distinct:
        keys = [(n, key) for n, key in enumerate((one.patient, one.name, one.study)) if key]
        near = set().union(*(known.get(key, ()) for key in keys)) if keys else range(len(parts))
        fitting = [n for n in near if any(alike(one, other) for other in parts[n])]
        if len(fitting) == 1:
            number = fitting[0]
            parts[number].append(one)
        else:
            number = len(parts)
            parts.append([one])
        numbers[one] = number
        for key in keys:
            known.setdefault(key, set()).add(number)
    return numbers
