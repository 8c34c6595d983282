"""A source image's header as new objects take it over: what an odd scanner or a careless hand left out or misspelt is
made valid, everything that is no part of patient, study or geometry is left away."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName

from ..running.quiet import quiet

_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?")
_AGE = re.compile(r"\d{3}[DWMY]")
_UID = re.compile(r"[0-9.]{1,64}")
_MOST = {"SH": 16, "LO": 64, "CS": 16}

REQUIRED = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
    *("StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName"),
)
"""Of patient and study, what must be there in every object, empty where it is not known (PS3.3 C.7.1.1, C.7.2.1)."""
OPTIONAL = (
    *("IssuerOfPatientID", "PatientBirthTime", "EthnicGroup", "PatientIdentityRemoved", "DeidentificationMethod"),
    *("StudyDescription", "PatientAge", "PatientSize", "PatientWeight"),
)
_GEOMETRY = (
    *("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "Modality"),
    *("PositionReferenceIndicator", "Rows", "Columns", "NumberOfFrames", "ImagePositionPatient", "InstanceNumber"),
    *("ImageOrientationPatient", "PixelSpacing", "SliceThickness", "ImageType", "LossyImageCompression"),
    *("LossyImageCompressionRatio", "LossyImageCompressionMethod", "SharedFunctionalGroupsSequence"),
    *("PerFrameFunctionalGroupsSequence", "RescaleSlope", "RescaleIntercept", "RescaleType", "WindowCenter"),
    *("WindowWidth", "SamplesPerPixel", "PhotometricInterpretation", "BitsStored", "PixelRepresentation"),
)


def place_header(dataset: Dataset) -> Dataset:
    """What an image is, and where it lies: its UIDs and its geometry, without pixels, patient and study."""
    header = Dataset()
    for name in _GEOMETRY:
        element = _got(dataset, name)
        if element is not None and element.value not in (None, ""):
            header.add(element)
    header.SamplesPerPixel = header.get("SamplesPerPixel", 1)
    return header


def add_patient(header: Dataset, dataset: Dataset) -> None:
    """Put the patient and the study that a dataset names into a header; text as UTF-8 (ISO_IR 192)."""
    header.SpecificCharacterSet = "ISO_IR 192"
    with quiet():
        for name in REQUIRED:
            setattr(header, name, _text(dataset, name))
        for name in OPTIONAL:
            value = _text(dataset, name)
            if str(value):
                setattr(header, name, value)
    if header.get("PatientIdentityRemoved") not in ("YES", "NO"):
        header.pop("PatientIdentityRemoved", None)
    if header.get("PatientIdentityRemoved") == "YES" and "DeidentificationMethod" not in header:
        # Where an identity was removed it has to be said how, and the source may have said it in codes.
        header.DeidentificationMethod = "See the source images"


def copy_patient(made: Dataset, header: Dataset) -> None:
    """Copy patient and study from a header that has them (:func:`add_patient`)."""
    for name in ("SpecificCharacterSet", *REQUIRED, *OPTIONAL):
        if name in header:
            setattr(made, name, header.get(name))


def _got(dataset: Dataset, name: str) -> Any:
    try:
        return dataset[name]
    except Exception:  # not there, or a damaged value, which may fail anywhere inside the parser
        return None


def _text(dataset: Dataset, name: str) -> str | PersonName:
    """An attribute as it may be written: "" for what is not there or not valid."""
    element = _got(dataset, name)
    value = None if element is None else element.value
    if value is None:
        return ""
    if element.VR == "PN":
        return _name(str(value[0] if _several(value) else value))
    text = "".join(sign if sign.isprintable() else " " for sign in str(value[0] if _several(value) else value)).strip()
    text = text.replace("\\", "/")
    check = _CHECKS.get(element.VR)
    if name == "PatientSex":
        return text.upper() if text.upper() in ("M", "F", "O") else ""
    return text[: _MOST.get(element.VR, 1024)].strip() if check is None or check(text) else ""


def _several(value: Any) -> bool:
    return not isinstance(value, (str, PersonName)) and hasattr(value, "__getitem__") and len(value) > 0


def _name(text: str) -> PersonName:
    """At most three groups of at most five components and 64 characters, in UTF-8 when it is written."""
    plain = "".join(sign if sign.isprintable() else " " for sign in text).replace("\\", " ")
    groups = ["^".join(group.split("^")[:5])[:64].rstrip("^") for group in plain.split("=")[:3]]
    return PersonName("=".join(groups).rstrip("="))


def _date(text: str) -> bool:
    try:
        datetime.datetime.strptime(text, "%Y%m%d")
    except ValueError:
        return False
    return len(text) == 8


def _number(text: str) -> bool:
    try:
        return 0 < float(text) < 1e6
    except ValueError:
        return False


_CHECKS: dict[str, Callable[[str], object]] = {
    "DA": _date,
    "TM": _TIME.fullmatch,
    "AS": _AGE.fullmatch,
    "UI": _UID.fullmatch,
    "DS": _number,
}
