"""DICOM objects that are no images: what each is called."""

from __future__ import annotations

from typing import Any

_CLASS = "1.2.840.10008.5.1.4.1.1."
SEGMENTATION = "a segmentation (SEG)"
_BY_CLASS = {
    "66.4": SEGMENTATION,
    "66.7": SEGMENTATION,
    "66.5": "a surface segmentation (SEG)",
    "66.1": "a spatial registration (REG)",
    "66.3": "a spatial registration (REG)",
    "66.2": "a set of fiducials (FID)",
    "66": "raw data of the scanner (RAW)",
    "67": "a table of real-world values (RWV)",
    "88.59": "a key object note (KO)",
    "88": "a structured report (SR)",
    "11": "a presentation state (PR)",
    "104.1": "an encapsulated PDF (DOC)",
    "104": "an encapsulated document (DOC)",
    "9": "a waveform, such as an ECG",
    "200": "a scan protocol",
    "481.2": "a radiotherapy dose (RTDOSE)",
    "481.3": "a radiotherapy structure set (RTSTRUCT)",
    "481.5": "a radiotherapy plan (RTPLAN)",
    "481.8": "a radiotherapy plan (RTPLAN)",
    "481.4": "a radiotherapy treatment record (RTRECORD)",
    "481.6": "a radiotherapy treatment record (RTRECORD)",
    "481.7": "a radiotherapy treatment record (RTRECORD)",
    "481.9": "a radiotherapy treatment record (RTRECORD)",
}
"""By what follows the standard's root for storage classes; a class also stands for those below it."""
_DIRECTORY = "1.2.840.10008.1.3.10"
_BY_MODALITY = {
    "SEG": SEGMENTATION,
    "SR": "a structured report (SR)",
    "KO": "a key object note (KO)",
    "PR": "a presentation state (PR)",
    "DOC": "an encapsulated document (DOC)",
    "ECG": "a waveform, such as an ECG",
    "REG": "a spatial registration (REG)",
    "RTDOSE": "a radiotherapy dose (RTDOSE)",
    "RTSTRUCT": "a radiotherapy structure set (RTSTRUCT)",
    "RTPLAN": "a radiotherapy plan (RTPLAN)",
    "RTRECORD": "a radiotherapy treatment record (RTRECORD)",
}


def object_kind(dataset: Any) -> str | None:
    """What an object is that is no image, in words with their article ("a structured report (SR)"); None: an image.

    Segmentations and doses do hold pixels; anything else that the standard does not call an image must have none.
    """
    from pydicom.uid import UID

    uid = str(dataset.get("SOPClassUID") or getattr(dataset, "file_meta", {}).get("MediaStorageSOPClassUID") or "")
    if uid == _DIRECTORY:
        return "a list of files (DICOMDIR)"
    name = UID(uid).name
    if name == uid or not uid:  # a class of a manufacturer, or none
        return _BY_MODALITY.get(str(dataset.get("Modality") or ""))
    numbers = uid.removeprefix(_CLASS).split(".")
    for count in range(len(numbers), 0, -1):
        if uid.startswith(_CLASS) and (found := _BY_CLASS.get(".".join(numbers[:count]))):
            return found
    if "Image" in name or dataset.get("Rows"):
        return None
    return f"a DICOM object of the kind {name.removesuffix(' Storage')}"


def not_an_image(name: str, kind: str) -> str:
    """The sentence for a file that was given as an image."""
    return f"{name} is {kind}, not an image: give the CT series."
