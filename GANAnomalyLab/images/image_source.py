"""What to train on and how it becomes images, as plain data."""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass
from typing import Any

from GANAnomalyLib.errors import InputError

LARGEST_SIDE = 4096
AUTO, BY_FILE, BY_FOLDER, REGEX = "auto", "file", "folder", "regex:"
FRAMINGS = ("full", "body")
INTENSITIES = ("auto", "window", "range")

_NOT_PIXELS = ("path", "conditional", "subset", "mirror", "labels", "patients", "split", "part", "seed")
"""Settings that choose among images or say things about them: the stored pixels are the same for all of these."""


@dataclass
class ImageSource:
    """Where training images come from.

    Attributes
    ----------
    path: a folder of CT volumes (NIfTI, NRRD, MetaImage, DICOM folders), of DICOM radiographs, of NIfTI slices or of
        PNG, JPEG, BMP or TIFF pictures; a zip of pictures; or one volume.
    resolution: pixels of an image's side, a power of two; None for the one nearest to what the first file has.
    channels: 1 for grey, 3 for colour.
    conditional: learn the classes that ``labels``, or else the data's dataset.json, give.
    labels: a CSV with the columns file and class, or "folder" for the name of the first folder below ``path``.
    subset: so many images at random (``seed``); None for all.
    mirror: show each image left-right flipped too. For CT that is anatomy that does not exist.
    hu_window, hu_level: Hounsfield units, of volumes.
    intensity: "window", or "range" for each image from its darkest to its brightest pixel; "auto" takes "range" for
        radiographs and for what is no CT, and "window" for CT. Pictures always keep their grey values.
    framing: "full" for whole slices, "body" for the box around the volume's body, as analysis frames them.
    slices: (first, stop) of the volumes' slices, from 0 at the lowest, ``stop`` excluded.
    z_range: (lowest, highest) height in millimetres (superior, of RAS) that the middle of a slice may have.
    every: keep one of so many slices.
    mask: a mask file, or a folder of masks named as their volumes: only slices with something marked are kept.
    label: the mask's label that counts; None for all that is not zero.
    tissue: the least share of a volume's slice that must be brighter than the window's floor.
    allow_any: take volumes that do not look like a CT.
    patients: which images are of one patient. "file": each file (or DICOM series) is one; "folder": the first folder
        below ``path``; "regex:PATTERN": what the pattern's first group finds in the file's path; a CSV with the columns
        file and patient; "auto": what ``split`` says, else DICOM's PatientID, else each file.
    split: a CSV with the column split and file or patient (or both), and ``part``, the split to take.
    """

    path: str
    resolution: int | None = None
    channels: int = 1
    conditional: bool = False
    labels: str | None = None
    subset: int | None = None
    mirror: bool = False
    hu_window: float = 350.0
    hu_level: float = 50.0
    intensity: str = "auto"
    framing: str = "full"
    slices: tuple[int, int] | None = None
    z_range: tuple[float, float] | None = None
    every: int = 1
    mask: str | None = None
    label: int | None = None
    tissue: float = 0.01
    allow_any: bool = False
    patients: str = AUTO
    split: str | None = None
    part: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        self.path = str(self.path)
        for name in ("slices", "z_range"):
            value = getattr(self, name)
            setattr(self, name, tuple(value) if isinstance(value, list) else value)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ImageSource:
        """The inverse of :meth:`to_dict`, checked; raises :class:`InputError`."""
        known = {item.name for item in dataclasses.fields(cls)}
        unknown = [str(name) for name in data if name not in known]
        if unknown:
            raise InputError(f"The images to train on have no setting {unknown[0]!r}: check its name.")
        if not isinstance(data.get("path"), str):
            raise InputError("The images to train on have no path: name a folder, a zip or a volume.")
        source = cls(**data)
        source.validate()
        return source

    def pixel_settings(self) -> dict[str, Any]:
        """The settings that decide which pixels are stored."""
        return {name: value for name, value in self.to_dict().items() if name not in _NOT_PIXELS}

    def validate(self) -> None:
        """Raise :class:`InputError` for the first value that cannot be."""
        self._check_kinds()
        if not self.path.strip():
            raise InputError("Nothing to train on was named: give a folder, a zip or a volume with --data.")
        side = self.resolution
        if side is not None and (not 4 <= side <= LARGEST_SIDE or side & (side - 1)):
            raise InputError(f"resolution must be a power of two from 4 to {LARGEST_SIDE} pixels, not {side}.")
        if self.channels not in (1, 3):
            raise InputError(f"channels must be 1 (grey) or 3 (colour), not {self.channels}.")
        if not 0 < self.hu_window < 1e6 or not abs(self.hu_level) < 1e6:
            raise InputError(f"The window {self.hu_window} at level {self.hu_level} is not one in Hounsfield units.")
        for name, choices in (("framing", FRAMINGS), ("intensity", INTENSITIES)):
            if getattr(self, name) not in choices:
                raise InputError(f"{name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}.")
        if self.intensity == "range" and self.framing == "body":
            raise InputError("The body is found by Hounsfield units: use framing full with intensity range.")
        for name in ("subset", "every"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name} must be at least 1, not {value}.")
        if not 0 <= self.tissue < 1:
            raise InputError(f"tissue must be a share from 0 to below 1, not {self.tissue}.")
        if self.seed < 0:
            raise InputError(f"seed must be zero or more, not {self.seed}.")
        self._check_ranges()

    def _check_ranges(self) -> None:
        if self.slices is not None and not 0 <= self.slices[0] < self.slices[1]:
            raise InputError(f"slices must be a first and a larger stop, counted from 0, not {self.slices}.")
        if self.z_range is not None and not self.z_range[0] < self.z_range[1]:
            raise InputError(f"z-range must be a lower and a higher millimetre, not {self.z_range}.")
        if self.label is not None and self.mask is None:
            raise InputError("A label was named without a mask: give the mask too, or leave the label out.")
        if (self.split is None) != (self.part is None):
            raise InputError("A split needs both its CSV and the part to take (for example train): give both.")
        if self.labels is not None and not self.conditional:
            raise InputError("Labels were given but training is not conditional: add --cond 1, or leave them out.")
        if self.patients.startswith(REGEX):
            patient_pattern(self.patients)

    def _check_kinds(self) -> None:
        whole, number = (int,), (int, float)
        kinds: dict[str, tuple[type, ...]] = {
            **dict.fromkeys(("resolution", "channels", "subset", "every", "label", "seed"), whole),
            **dict.fromkeys(("hu_window", "hu_level", "tissue"), number),
            **dict.fromkeys(("conditional", "mirror", "allow_any"), (bool,)),
            **dict.fromkeys(("labels", "intensity", "framing", "mask", "patients", "split", "part"), (str,)),
        }
        optional = ("resolution", "subset", "label", "labels", "mask", "split", "part")
        for name, kind in kinds.items():
            value = getattr(self, name)
            if value is None and name in optional:
                continue
            if not _is(value, kind):
                raise InputError(f"{name} cannot be {str(value)[:60]!r}: give {_SAID[kind]}.")
        for name, kind in (("slices", whole), ("z_range", number)):
            value = getattr(self, name)
            if value is not None and not (
                isinstance(value, tuple) and len(value) == 2 and all(_is(item, kind) for item in value)
            ):
                raise InputError(f"{name} must be two numbers, not {str(value)[:60]!r}.")


_SAID: dict[tuple[type, ...], str] = {
    (int,): "a whole number",
    (int, float): "a number",
    (bool,): "true or false",
    (str,): "a text",
}


def patient_pattern(rule: str) -> re.Pattern[str]:
    """The pattern of a rule ``regex:PATTERN``; raises :class:`InputError` when it is none."""
    try:
        return re.compile(rule[len(REGEX) :])
    except (re.error, RecursionError, OverflowError) as error:
        raise InputError(
            f"The pattern for patients, {rule[len(REGEX) :][:60]!r}, is not a regular expression: {error}."
        ) from error


def _is(value: object, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, bool) and bool not in kinds:
        return False
    if isinstance(value, float) and not math.isfinite(value):
        return False
    return isinstance(value, kinds)
