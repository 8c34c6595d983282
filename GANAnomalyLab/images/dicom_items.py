"""Which training images a folder of DICOM files holds: series of slices, radiographs one by one, and whose they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.running.quiet import quiet
from GANAnomalyLib.volume import RADIOGRAPHS
from GANAnomalyLib.volume.formats.dicom_objects import object_kind
from GANAnomalyLib.volume.formats.dicom_series import ENDINGS

from .image_items import Item

_TAGS = ["SOPClassUID", "Modality", "PatientID", "SeriesInstanceUID", "Rows", "NumberOfFrames"]


@dataclass(frozen=True)
class _Header:
    path: Path
    modality: str
    person: str
    series: str
    frames: int


def dicom_items(path: Path, name: str, cancel: CancelToken) -> tuple[list[Item], int]:
    """The items of one DICOM file or of the DICOM files right in a folder, and how many series were left out.

    Of the series of slices the largest CT of each patient is taken, as analysis does, and every file of radiographs.
    """
    headers = _headers(path, cancel)
    if path.is_dir() and not headers:
        raise InputError(f"The folder {path.name} holds no DICOM images that can be read: export them again.")
    items = []
    for header in headers:
        if header.modality in RADIOGRAPHS:
            below = f"{name}/{header.path.name}" if path.is_dir() else name
            items.append(Item(below.removeprefix("./"), header.path, None, header.person, True))
    volumes = [header for header in headers if header.modality not in RADIOGRAPHS]
    if not path.is_dir():
        return items or [Item(name, path, None, volumes[0].person if volumes else "")], 0
    counts: Counter[tuple[str, str, str]] = Counter()
    for header in volumes:
        counts[header.person, header.series, header.modality] += header.frames
    best: dict[str, tuple[str, str, str]] = {}
    for key in sorted(counts, key=lambda key: (key[2] != "CT", -counts[key], key[1])):
        best.setdefault(key[0], key)
    for person, series, _ in best.values():
        items.append(Item(name, path, series or None, person))
    return items, len(counts) - len(best)


def _headers(path: Path, cancel: CancelToken) -> list[_Header]:
    import pydicom

    found = []
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        cancel.check()
        if not file.is_file() or file.name.startswith(".") or file.name.upper() == "DICOMDIR":
            continue
        try:
            with quiet():
                promised = file.suffix.lower() in ENDINGS
                dataset = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=_TAGS, force=promised)
                if not dataset.get("Rows") or object_kind(dataset):  # a segmentation or a dose is no image
                    continue
                tags = ("Modality", "PatientID", "SeriesInstanceUID")
                modality, person, series = (str(dataset.get(tag) or "").strip() for tag in tags)
                found.append(_Header(file, modality, person, series, int(dataset.get("NumberOfFrames") or 1)))
        except Exception:  # no DICOM, or a header damaged in one of many ways: reading the pixels says what is wrong
            continue
    return found
