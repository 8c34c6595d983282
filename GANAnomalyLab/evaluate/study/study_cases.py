"""What a study runs: cases in their sets, and the configurations that each case is analysed with."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.errors import InputError

BASELINE = "baseline"
"""The group of normal cases."""
MEAN = "mean"
"""The row of a summary over all anomaly sets; no set may be called so."""

_NAME = re.compile(r"[^\W_][\w.+\-]*")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_LONGEST = 120
_OWN = ("input", "output", "mask", "slices", "scene")
"""Parts of a request that come from the case, or that a study has no use for."""


@dataclass(frozen=True)
class StudyCase:
    """One image of a study.

    Attributes
    ----------
    name: unique in the study, and fit for a file name.
    path: the volume, DICOM folder or picture.
    group: :data:`BASELINE` for normal cases, else the name of the anomaly set.
    patient: who it is of; cases of one patient are drawn together for intervals. "" is a patient of its own.
    mask: where the lesion is, on the image's grid; None where that is not known, and for normal cases.
    slices: (first, stop) in patient order, as in :class:`~GANAnomalyLib.AnalysisRequest`; None for all.
    facts: more about it, for the tables: ``level`` is the only one that a table has a column for.
    region_mask: where to score, for the region "mask".
    """

    name: str
    path: Path
    group: str
    patient: str = ""
    mask: Path | None = None
    slices: tuple[int, int] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    region_mask: Path | None = None

    @property
    def normal(self) -> bool:
        """Whether it belongs to the normal cases."""
        return self.group == BASELINE

    @property
    def drawn_with(self) -> str:
        """The patient, or the case itself where the patient is not known."""
        return self.patient or self.name

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "name": self.name,
            "path": str(self.path),
            "group": self.group,
            "patient": self.patient,
            "mask": None if self.mask is None else str(self.mask),
            "slices": None if self.slices is None else list(self.slices),
            "facts": dict(self.facts),
            "region_mask": None if self.region_mask is None else str(self.region_mask),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> StudyCase:
        """The inverse of :meth:`to_dict`."""
        values = dict(data)
        values["path"] = Path(values["path"])
        for name in ("mask", "region_mask"):
            values[name] = None if values[name] is None else Path(values[name])
        values["slices"] = None if values["slices"] is None else tuple(values["slices"])
        return cls(**values)


@dataclass(frozen=True)
class Configuration:
    """One way to analyse: a ``name`` fit for a file name, and ``request``, fields of an ``AnalysisRequest``."""

    name: str
    request: Mapping[str, Any] = field(default_factory=dict)

    def ask(self, case: StudyCase, output: Path) -> AnalysisRequest:
        """The request for a case, with its result in ``output``; raises :class:`InputError` for what cannot be."""
        values: dict[str, Any] = {"input": str(case.path), **self.request, "output": str(output)}
        values["settings"] = dict(self.request.get("settings", {}))
        if case.slices is not None:
            values["slices"] = case.slices
        if values.get("region") == "mask" and case.region_mask is not None:
            values["mask"] = str(case.region_mask)
        if values.get("region") == "mask" and values.get("mask") is None:
            raise InputError(f"Configuration {self.name} scores inside a mask, and {case.name} has none: give one.")
        request = AnalysisRequest.from_dict(values)
        request.validate()
        return request


def check_study(cases: Sequence[StudyCase], configurations: Sequence[Configuration]) -> None:
    """Raise :class:`InputError` for a study that cannot be run, told without opening an image."""
    if not cases:
        raise InputError("There is no case to analyse: give folders that hold volumes or pictures.")
    if not configurations:
        raise InputError("There is no configuration to analyse with: give at least one.")
    for what, names in (
        ("case", [case.name for case in cases]),
        ("configuration", [item.name for item in configurations]),
    ):
        for name in names:
            if not _NAME.fullmatch(name) or len(name) > _LONGEST or _RESERVED.fullmatch(name.split(".")[0]):
                raise InputError(f"The {what} name {name!r} cannot name a folder: use letters, digits, . + - and _.")
        # Names that differ by case only are one folder on Windows and macOS.
        twice = [name for name, count in Counter(name.casefold() for name in names).items() if count > 1]
        if twice:
            raise InputError(f"Two {what}s are called {twice[0]!r}: give each a name of its own.")
    for group in {case.group for case in cases}:
        if not _NAME.fullmatch(group) or group == MEAN:
            raise InputError(f"The set's name {group!r} cannot be used: use letters, digits, . + - and _, not 'mean'.")
    for item in configurations:
        fields = {field.name for field in dataclasses.fields(AnalysisRequest)} - set(_OWN)
        unknown = sorted(set(item.request) - fields - {"slices"})
        if unknown:
            raise InputError(f"Configuration {item.name} has a setting {unknown[0]!r} that no request has.")
        item.ask(dataclasses.replace(cases[0], region_mask=Path("mask")), Path("result"))
