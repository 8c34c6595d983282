"""Which DICOM series a folder holds, without identifiers, and which of them to read."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...running.progress import ProgressCallback, no_progress
from ..identity import TAGS as IDENTITY_TAGS
from ..identity import Identity, parted, same_patient, same_study

ENDINGS = (".dcm", ".ima")
_TAGS = [
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "Modality",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "ImageOrientationPatient",
    "PixelSpacing",
    *IDENTITY_TAGS,
]
ONE_DIRECTION = 0.1
"""Degrees below which two directions are one: what rounding to three digits and reconstruction leave."""
_NUMBERS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass
class SeriesInfo:
    """One series of a folder.

    ``number`` counts from 1 in the listing; ``count`` is the number of images (frames of multi-frame files count);
    ``size`` is (columns, rows) of most of them. Holds no patient, study or description text.
    """

    number: int
    uid: str
    modality: str
    count: int
    size: tuple[int, int]
    files: list[Path] = field(default_factory=list, repr=False)
    others: int = 0
    """Files of the series left out of ``files`` because their size or orientation differs (scout views)."""
    patient: int = 1
    """Which patient of the folder, counted from 1. Images of several under one UID are listed as several series."""


def list_series(folder: Path | str, progress: ProgressCallback = no_progress) -> list[SeriesInfo]:
    """The image series in a folder and the folders below it, by series number; raises :class:`InputError` if none."""
    return scan_folder(folder, progress)[0]


def scan_folder(folder: Path | str, progress: ProgressCallback = no_progress) -> tuple[list[SeriesInfo], int]:
    """The listing of :func:`list_series`, and how many DICOM files were too damaged to be listed."""
    found, damaged = _headers(Path(folder), progress)
    if not found:
        name = Path(folder).name or str(folder)
        if damaged:
            raise InputError(f"The folder {name} holds {damaged} DICOM files but none can be read: export them again.")
        raise InputError(f"The folder {name} holds no DICOM images and no pictures: choose another folder.")
    ordered = sorted(_groups(found), key=lambda group: (group[0].series_number, group[0].series))
    listing = [_summary(n, group) for n, group in enumerate(ordered, start=1)]
    patients = parted((header.whose for group in ordered for header in group), same_patient)
    met: dict[int, int] = {}
    for info, group in zip(listing, ordered, strict=True):
        info.patient = met.setdefault(patients[group[0].whose], len(met) + 1)
    return listing, damaged


def _groups(found: list[_Header]) -> list[list[_Header]]:
    """Headers by series; one that holds images of two patients or studies, as two."""
    series: dict[str, list[_Header]] = {}
    for header in found:
        series.setdefault(header.series, []).append(header)
    groups: dict[tuple[str, int], list[_Header]] = {}
    for uid, headers in series.items():
        numbers = parted((header.whose for header in headers), same_study)
        for header in headers:
            groups.setdefault((uid, numbers[header.whose]), []).append(header)
    return list(groups.values())


def choose_series(listing: list[SeriesInfo], wanted: str | int | None) -> tuple[SeriesInfo, list[str]]:
    """The series asked for by UID or number, else the one with most images (CT first), and warnings to pass on.

    Between patients, and between studies under one UID, nothing is chosen for the user: :class:`InputError`.
    """
    if wanted is not None:
        text = str(wanted).strip()
        fitting = [info for info in listing if text in (info.uid, str(info.number))]
        if not fitting:
            raise InputError(f"There is no series {text}; there are: {_listed(listing)}.")
        if len(fitting) > 1:
            raise _to_be_chosen(fitting)
        return fitting[0], []
    if len({info.patient for info in listing}) > 1:
        raise _to_be_chosen(listing)
    best = max(listing, key=lambda info: (info.modality == "CT", info.count, info.size[0] * info.size[1]))
    alike = [info for info in listing if info.uid == best.uid]
    if len(alike) > 1:
        raise _to_be_chosen(alike)
    if len(listing) == 1:
        return best, []
    return best, [
        f"The folder holds {len(listing)} series ({_listed(listing)}): series {best.number}, the largest"
        f"{' CT' if best.modality == 'CT' else ''}, was taken. Name another one to analyse that."
    ]


def _to_be_chosen(listing: list[SeriesInfo]) -> InputError:
    patients = len({info.patient for info in listing})
    count, kind = (patients, "patients") if patients > 1 else (len(listing), "studies")
    said = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    under = " under one series number" if len({info.uid for info in listing}) == 1 else ""
    numbers = [str(info.number) for info in listing]
    named = "and a number" if len(numbers) > 4 else f"{', '.join(numbers[:-1])} or {numbers[-1]}"
    return InputError(
        f"The folder holds images of {said} {kind}{under} ({_listed(listing)}): choose one with --series {named}, "
        "or put the images of each into a folder of their own."
    )


def _listed(listing: list[SeriesInfo]) -> str:
    return ", ".join(f"{info.number}: {info.modality or 'unknown'}, {info.count} images" for info in listing[:12])


@dataclass
class _Header:
    path: Path
    series: str
    series_number: int
    modality: str
    frames: int
    size: tuple[int, int]
    orientation: tuple[float, ...]
    sop: str
    whose: Identity


def _headers(folder: Path, progress: ProgressCallback) -> tuple[list[_Header], int]:
    """Headers of all DICOM images below a folder, and how many DICOM files could not be read."""
    import pydicom

    paths = [Path(root) / name for root, _, names in sorted(os.walk(folder)) for name in sorted(names)]
    headers, damaged = [], 0
    for n, path in enumerate(paths):
        if n % 20 == 0:
            progress(n / len(paths), "Looking through the folder")
        if path.name.startswith(".") or path.name.upper() == "DICOMDIR":
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # Old files lack the preamble; a name that promises DICOM is taken at its word.
                promised = path.suffix.lower() in ENDINGS
                dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=_TAGS, force=promised)
                header = _header(path, dataset)
                damaged += promised and header is None and "SOPClassUID" not in dataset
        except pydicom.errors.InvalidDicomError:
            continue
        except Exception:  # a damaged header may fail anywhere inside the parser
            damaged += 1
            continue
        if header is not None:
            headers.append(header)
    return headers, damaged


def _header(path: Path, dataset) -> _Header | None:  # type: ignore[no-untyped-def]
    if not dataset.get("Rows") or not dataset.get("Columns"):
        return None  # a report, plan or structure set
    return _Header(
        path=path,
        series=str(dataset.get("SeriesInstanceUID", "")),
        series_number=int(dataset.get("SeriesNumber") or 0),
        modality=str(dataset.get("Modality", "")),
        frames=int(dataset.get("NumberOfFrames") or 1),
        size=(int(dataset.Columns), int(dataset.Rows)),
        orientation=tuple(float(value) for value in dataset.get("ImageOrientationPatient") or ()),
        sop=str(dataset.get("SOPInstanceUID", "")),
        whose=Identity.of(dataset),
    )


def one_orientation(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two orientations (three cosines of rows, three of columns) are less than ``ONE_DIRECTION`` apart."""
    pair = np.array([one, other], float).reshape(2, 2, 3)
    pair /= np.maximum(np.linalg.norm(pair, axis=2, keepdims=True), 1e-12)
    # The chord, for the cosine of so small an angle has few digits left.
    chords = np.linalg.norm(pair[0] - pair[1], axis=1)
    return bool((chords < 2 * np.sin(np.radians(ONE_DIRECTION / 2))).all())


def _alike(one: _Header, other: _Header) -> bool:
    if one.size != other.size or len(one.orientation) != len(other.orientation):
        return False
    return one.orientation == other.orientation or (
        len(one.orientation) == 6 and one_orientation(one.orientation, other.orientation)
    )


def _summary(number: int, group: list[_Header]) -> SeriesInfo:
    # A scout view often shares the series of the slices; only what has one size and orientation makes a volume.
    kinds: list[list[_Header]] = []
    for header in group:
        for kind in kinds:
            if _alike(header, kind[0]):
                kind.append(header)
                break
        else:
            kinds.append([header])
    alike = max(kinds, key=len)
    return SeriesInfo(
        number=number,
        uid=group[0].series,
        modality=alike[0].modality,
        count=sum(header.frames for header in alike),
        size=alike[0].size,
        files=[header.path for header in alike],
        others=len(group) - len(alike),
    )
