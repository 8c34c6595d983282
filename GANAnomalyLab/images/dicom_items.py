"""Which training images a folder of DICOM files holds: series of slices, radiographs one by one, and whose they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.modalities import CT, modality_code
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.running.quiet import quiet
from GANAnomalyLib.volume import RADIOGRAPHS, SeriesInfo
from GANAnomalyLib.volume.formats.dicom_objects import object_kind
from GANAnomalyLib.volume.formats.dicom_series import ENDINGS, scan_folder

from .image_items import Item

_TAGS = ["SOPClassUID", "Modality", "PatientID", "Rows"]


def dicom_items(path: Path, name: str, cancel: CancelToken, modality: str = CT) -> tuple[list[Item], int]:
    """The items of one DICOM file or of the DICOM files right in a folder, and how many series were left out.

    Of the series of slices the largest of the ``modality`` of each patient is taken, as analysis does, and every file
    of radiographs.
    """
    if not path.is_dir():
        header = _header(path)
        return [Item(name, path, None, _said(header, "PatientID"), _said(header, "Modality") in RADIOGRAPHS)], 0
    listing = cancellable(lambda tell: scan_folder(path, tell)[0], cancel)
    # What lies in a folder below is listed there.
    found = [info for info in listing if not info.is_segmentation and any(f.parent == path for f in info.files)]
    if not found:
        raise InputError(f"The folder {path.name} holds no DICOM images that can be read: export them again.")
    items = []
    volumes = [info for info in found if info.modality not in RADIOGRAPHS]
    for info in found:
        if info.modality in RADIOGRAPHS:
            person = _person(info)
            for file in (*info.files, *info.left_out):
                items.append(Item(f"{name}/{file.name}".removeprefix("./"), file, None, person, True))
    items.sort(key=lambda item: item.path)
    best: dict[int, SeriesInfo] = {}
    first = modality_code(modality)
    for info in sorted(volumes, key=lambda info: (info.modality != first, -info.count, info.uid)):
        best.setdefault(info.patient, info)
    often = Counter(info.uid for info in listing)
    for info in best.values():
        # Series of several patients under one UID, or under none, are told apart by the number in the listing only.
        series = info.uid if info.uid and often[info.uid] == 1 else str(info.number)
        items.append(Item(name, path, series, _person(info)))
    return items, len(volumes) - len(best)


def _person(info: SeriesInfo) -> str:
    """DICOM's PatientID, which the listing keeps to itself."""
    return _said(_header(info.files[0]), "PatientID")


def _said(header: Any, tag: str) -> str:
    return "" if header is None else str(header.get(tag) or "").strip()


def _header(file: Path) -> Any:
    """The header of an image; None where it is none, or cannot be read: reading the pixels says what is wrong."""
    import pydicom

    try:
        with quiet():
            promised = file.suffix.lower() in ENDINGS
            header = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=_TAGS, force=promised)
            return header if header.get("Rows") and not object_kind(header) else None
    except Exception:  # no DICOM, or a header damaged in one of many ways
        return None
