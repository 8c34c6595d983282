"""What to train on and how it becomes images, as plain data."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.framings import FRAMING_HELP, FRAMINGS
from GANAnomalyLib.modalities import (
    CT,
    MODALITIES,
    MODALITY_HELP,
    PERCENTILE,
    PERCENTILE_HELP,
    PERCENTILE_OF,
    PERCENTILE_OF_HELP,
    modality_code,
)
from GANAnomalyLib.option_fields import Options, check_names, option, option_of

LARGEST_SIDE = 4096
AUTO, BY_FILE, BY_FOLDER, REGEX = "auto", "file", "folder", "regex:"

_NOT_PIXELS = ("path", "conditional", "subset", "mirror", "labels", "patients", "split", "part", "seed")


def _power_of_two(side: int) -> str | None:
    fits = 4 <= side <= LARGEST_SIDE and not side & (side - 1)
    return None if fits else f"must be a power of two from 4 to {LARGEST_SIDE} pixels, not {side}"


def _first_and_stop(slices: tuple[int, int]) -> str | None:
    return None if 0 <= slices[0] < slices[1] else f"must be a first and a larger stop, counted from 0, not {slices}"


def _low_and_high(heights: tuple[float, float]) -> str | None:
    return None if heights[0] < heights[1] else f"must be a lower and a higher millimetre, not {heights}"


@dataclass
class ImageSource(Options):
    """Where training images come from.

    Which images are of one patient, ``patients``: "file": each file (or DICOM series) is one; "folder": the first
    folder below ``path``; "regex:PATTERN": what the pattern's first group finds in the file's path; a CSV with the
    columns file and patient; "auto": what ``split`` says, else DICOM's PatientID, else each file.
    """

    WHAT = "setting of the images to train on"

    path: str = option(
        MISSING,
        doc="A folder of CT or MR volumes (NIfTI, NRRD, MetaImage, DICOM folders), of DICOM radiographs, of NIfTI "
        "slices or of PNG, JPEG, BMP or TIFF pictures; a zip of pictures; or one volume.",
    )
    resolution: int | None = option(
        None,
        doc="Pixels of an image's side; None for the power of two nearest to what the first file has.",
        check_value=_power_of_two,
    )
    channels: int = option(1, doc="1 for grey, 3 for colour.", choices=(1, 3))
    conditional: bool = option(False, doc="Learn the classes that ``labels``, or else the data's dataset.json, give.")
    labels: str | None = option(
        None, doc='A CSV with the columns file and class, or "folder" for the name of the first folder below ``path``.'
    )
    subset: int | None = option(None, doc="So many images at random (``seed``); None for all.", low=1)
    mirror: bool = option(
        False, doc="Show each image left-right flipped too. For CT that is anatomy that does not exist."
    )
    modality: str = option(MODALITIES[0], doc=MODALITY_HELP, choices=MODALITIES)
    hu_window: float = option(350.0, doc="Of volumes: Hounsfield units, of MR percent of white.", above=0, below=1e6)
    hu_level: float = option(50.0, doc="The middle of that window.", above=-1e6, below=1e6)
    percentile: float = option(PERCENTILE, doc=PERCENTILE_HELP, above=0, high=100)
    percentile_of: str = option(PERCENTILE_OF[0], doc=PERCENTILE_OF_HELP, choices=PERCENTILE_OF)
    intensity: str = option(
        "auto",
        doc='"window", or "range" for each image from its darkest to its brightest pixel; "auto" takes "range" for '
        'radiographs and for what is no CT, and "window" for CT. Pictures always keep their grey values.',
        choices=("auto", "window", "range"),
    )
    framing: str = option(
        "full",
        doc=FRAMING_HELP,
        choices=FRAMINGS,
    )
    slices: tuple[int, int] | None = option(
        None,
        doc="(first, stop) of the volumes' slices, from 0 at the lowest, ``stop`` excluded.",
        check_value=_first_and_stop,
    )
    z_range: tuple[float, float] | None = option(
        None,
        doc="(lowest, highest) height in millimetres (superior, of RAS) that the middle of a slice may have.",
        check_value=_low_and_high,
    )
    every: int = option(1, doc="Keep one of so many slices.", low=1)
    mask: str | None = option(
        None,
        doc="A mask file, or a folder of masks named as their volumes: only slices with something marked are kept.",
    )
    label: int | None = option(None, doc="The mask's label that counts; None for all that is not zero.")
    tissue: float = option(
        0.01,
        doc="The least share of a volume's slice that must be brighter than the window's floor.",
        low=0,
        below=1,
    )
    allow_any: bool = option(False, doc="Take volumes that do not look like a CT.")
    hu_offset: float | None = option_of(AnalysisRequest, "hu_offset")
    patients: str = option(AUTO, doc="Which images are of one patient.")
    split: str | None = option(None, doc="A CSV with the column split and file or patient (or both).")
    part: str | None = option(None, doc="The split to take.")
    seed: int = option(0, doc="Of ``subset``.", low=0)

    def __post_init__(self) -> None:
        self.path = str(self.path)
        for name in ("slices", "z_range"):
            value = getattr(self, name)
            setattr(self, name, tuple(value) if isinstance(value, list) else value)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ImageSource:
        """The inverse of :meth:`to_dict`, checked; raises :class:`InputError`."""
        if not isinstance(values.get("path"), str):
            check_names(values, cls.options(), f"There is no {cls.WHAT} called {{}}")
            raise InputError("The images to train on have no path: name a folder, a zip or a volume.")
        return super().from_dict(values)

    def pixel_settings(self) -> dict[str, Any]:
        """The settings that decide which pixels are stored; the others choose among images or say things of them."""
        kept = {name: value for name, value in dataclasses.asdict(self).items() if name not in _NOT_PIXELS}
        if self.hu_offset is None:
            del kept["hu_offset"]  # images that were stored before there was one are found again
        if modality_code(self.modality) == CT:
            for name in ("modality", "percentile", "percentile_of"):
                del kept[name]
        return kept

    def check_together(self) -> None:
        if not self.path.strip():
            raise InputError("Nothing to train on was named: give a folder, a zip or a volume with --data.")
        if self.hu_offset is not None and modality_code(self.modality) != CT:
            raise InputError("An offset makes Hounsfield units, and an MR has none: leave it out.")
        if self.intensity == "range" and self.framing != "full":
            raise InputError("The body is found by Hounsfield units: use framing full with intensity range.")
        if self.label is not None and self.mask is None:
            raise InputError("A label was named without a mask: give the mask too, or leave the label out.")
        if (self.split is None) != (self.part is None):
            raise InputError("A split needs both its CSV and the part to take (for example train): give both.")
        if self.labels is not None and not self.conditional:
            raise InputError("Labels were given but training is not conditional: add --cond 1, or leave them out.")
        if self.patients.startswith(REGEX):
            patient_pattern(self.patients)


def patient_pattern(rule: str) -> re.Pattern[str]:
    """The pattern of a rule ``regex:PATTERN``; raises :class:`InputError` when it is none."""
    try:
        return re.compile(rule[len(REGEX) :])
    except (re.error, RecursionError, OverflowError) as error:
        raise InputError(
            f"The pattern for patients, {rule[len(REGEX) :][:60]!r}, is not a regular expression: {error}."
        ) from error
