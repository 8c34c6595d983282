"""What people choose a DICOM series by; for the screen only, since descriptions are typed by hand."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

CHOOSE_BY = (
    "SeriesDescription",
    "BodyPartExamined",
    "ConvolutionKernel",
    "SliceThickness",
    "AcquisitionTime",
    "SeriesTime",
    "AcquisitionDateTime",
    "SharedFunctionalGroupsSequence",
)
"""The DICOM attributes that :func:`facts_of` reads."""
_LONGEST = 64


@dataclass(frozen=True)
class SeriesFacts:
    """What distinguishes a series of a study from the others; empty or None where the files do not say."""

    description: str = ""
    body_part: str = ""
    kernel: str = ""
    thickness: float | None = None
    """Of a slice, mm."""
    time: str = ""
    """Of the acquisition, else of the series: "14:05:30", in the scanner's time zone; no date."""

    def words(self) -> list[str]:
        """Those that are known, for a line of text."""
        return [
            *(text for text in (self.description, self.body_part) if text),
            *([f"kernel {self.kernel}"] if self.kernel else []),
            *([f"{self.thickness:g} mm"] if self.thickness else []),
            *([f"at {self.time}"] if self.time else []),
        ]


def facts_of(dataset: Any) -> SeriesFacts:
    """The facts of one image's header."""
    thickness = None
    with contextlib.suppress(TypeError, ValueError):
        thickness = float(_value(dataset, "SliceThickness", "PixelMeasuresSequence"))
    return SeriesFacts(
        _text(dataset.get("SeriesDescription")),
        _text(dataset.get("BodyPartExamined") or _value(dataset, "BodyPartExamined", "FrameAnatomySequence")),
        _text(_value(dataset, "ConvolutionKernel", "CTReconstructionSequence")),
        thickness if thickness is not None and 0 < thickness < 1000 else None,
        _time(dataset.get("AcquisitionTime"))
        or _time(str(dataset.get("AcquisitionDateTime") or "")[8:14])
        or _time(dataset.get("SeriesTime")),
    )


def most_said(found: list[SeriesFacts]) -> SeriesFacts:
    """The facts of a series: of each what most images say, and the earliest time."""
    chosen = {}
    for name in (field.name for field in fields(SeriesFacts)):
        said = [getattr(facts, name) for facts in found if getattr(facts, name)]
        if said:
            chosen[name] = min(said) if name == "time" else Counter(said).most_common(1)[0][0]
    return SeriesFacts(**chosen)


def _value(dataset: Any, name: str, sequence: str) -> Any:
    """An attribute of an image, or of all frames of a multi-frame one."""
    value = dataset.get(name)
    for group in dataset.get("SharedFunctionalGroupsSequence") or [] if value in (None, "") else []:
        for item in group.get(sequence) or []:
            value = item.get(name)
    return value


def _text(value: Any) -> str:
    """One line that a terminal shows as it is; several values are joined."""
    if value is None:
        return ""
    joined = str(value) if isinstance(value, str) or not hasattr(value, "__iter__") else " ".join(map(str, value))
    return " ".join("".join(sign if sign.isprintable() else " " for sign in joined).split())[:_LONGEST]


def _time(value: Any) -> str:
    digits = str(value or "").strip().replace(":", "").split(".")[0]
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (4, 6):
        return ""
    return ":".join(digits[n : n + 2] for n in range(0, len(digits), 2))
