"""Measurement groups of any system's Structured Report (TID 1500): what was marked where, measured and judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from ..review.imported_findings import Measured

_GROUP, _PERSON, _DEVICE, _DEVICE_MODEL = "125007", "121008", "121013", "121015"
_TRACKING_ID, _TRACKING_UID, _FINDING = "112039", "112040", "121071"
_DEEPEST = 40
_NO_JUDGEMENTS = (_FINDING, "276214006", "363698007", "112037")
"""Codes of a group that say what it is and where, not how it was judged: finding, category, site."""


@dataclass
class ReportedGroup:
    """One measurement group; ``segments`` are (SOP Instance UID, number), ``points`` (N, 3) LPS mm or empty, ``flat``
    whether regions drawn on single images were left out."""

    tracking_id: str = ""
    tracking_uid: str = ""
    kind: str = ""
    segments: list[tuple[str, int]] = field(default_factory=list)
    points: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    flat: bool = False
    measurements: list[Measured] = field(default_factory=list)
    evaluations: dict[str, str] = field(default_factory=dict)


@dataclass
class Report:
    """The groups of a report, and who observed: "person", "device" or ""."""

    groups: list[ReportedGroup]
    observer: str = ""
    by: str = ""


def report_of(dataset: Dataset) -> Report:
    """What a report holds; raises whatever a damaged one makes the parser raise."""
    person, device, groups = "", "", []
    for item, depth in _items(dataset, 0):
        code = _code(item)
        if depth == 1 and code == _PERSON:
            person = person or _line(item.get("PersonName"))
        elif depth == 1 and code in (_DEVICE, _DEVICE_MODEL):
            device = device or _line(item.get("TextValue"))
        elif code == _GROUP and item.get("ValueType") == "CONTAINER":
            groups.append(_group(item))
    return Report(groups, person or device, "person" if person else "device" if device else "")


def _items(item: Dataset, depth: int) -> Iterator[tuple[Dataset, int]]:
    """All content items but those inside a measurement group; a report that is a trap of endless depth ends here."""
    for child in item.get("ContentSequence") or () if depth < _DEEPEST else ():
        yield child, depth + 1
        if _code(child) != _GROUP:
            yield from _items(child, depth + 1)


def _group(item: Dataset) -> ReportedGroup:
    group = ReportedGroup()
    for child in item.get("ContentSequence") or ():
        code, kind = _code(child), str(child.get("ValueType"))
        if code == _TRACKING_ID:
            group.tracking_id = _line(child.get("TextValue"))
        elif code == _TRACKING_UID:
            group.tracking_uid = _line(child.get("UID"))
        elif kind == "CODE" and child.get("RelationshipType") == "CONTAINS":
            value = _meaning(child.get("ConceptCodeSequence"))
            if code == _FINDING:
                group.kind = value
            elif code not in _NO_JUDGEMENTS:
                group.evaluations[_meaning(child.get("ConceptNameCodeSequence"))] = value
        elif kind == "NUM":
            group.measurements += _measured(child)
        elif kind == "IMAGE":
            group.segments += _segments(child)
        elif kind == "SCOORD3D":
            points = np.array([float(value) for value in child.GraphicData]).reshape(-1, 3)
            group.points = np.concatenate([group.points, points])
        elif kind == "SCOORD":
            group.flat = True
    return group


def _measured(item: Dataset) -> list[Measured]:
    value = _first(item.get("MeasuredValueSequence"))
    if value is None or value.get("NumericValue") is None:
        return []
    unit = _first(value.get("MeasurementUnitsCodeSequence"))
    number = float(value.NumericValue)
    name = _meaning(item.get("ConceptNameCodeSequence"))
    return [Measured(name, number, "" if unit is None else _line(unit.get("CodeValue")))] if np.isfinite(number) else []


def _segments(item: Dataset) -> list[tuple[str, int]]:
    found = []
    for reference in item.get("ReferencedSOPSequence") or ():
        numbers = reference.get("ReferencedSegmentNumber")
        for number in numbers if hasattr(numbers, "__iter__") else [numbers] if numbers is not None else []:
            found.append((str(reference.get("ReferencedSOPInstanceUID")), int(number)))
    return found


def _code(item: Dataset) -> str:
    name = _first(item.get("ConceptNameCodeSequence"))
    return "" if name is None else str(name.get("CodeValue") or "")


def _meaning(sequence: Any) -> str:
    code = _first(sequence)
    return "" if code is None else _line(code.get("CodeMeaning"))


def _first(sequence: Any) -> Any:
    return sequence[0] if sequence else None


def _line(value: Any) -> str:
    text = "" if value is None else str(value)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:200]
