"""Which DICOM series a folder holds, without identifiers, and which of them to read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError, option
from ...modalities import CT, modality_code
from ...running.messages import Message
from ...running.progress import ProgressCallback, no_progress
from ...running.quiet import quiet
from ..identity import TAGS as IDENTITY_TAGS
from ..identity import Identity, parted, same_patient, same_study
from ..series_facts import CHOOSE_BY, SeriesFacts, facts_of, most_said
from .dicom_objects import SEGMENTATION, object_kind

ENDINGS = (".dcm", ".ima")
OWN_NUMBER = "dicom:"
"""Before a number: DICOM's own is meant, whatever the listing's are. They stay the same from patient to patient."""
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
    *CHOOSE_BY,
]
ONE_DIRECTION = 0.1
"""Degrees below which two directions are one: what rounding to three digits and reconstruction leave."""
_NUMBERS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass
class SeriesInfo:
    """One series of a folder.

    ``number`` counts from 1 in the listing; ``count`` is the number of images (frames of multi-frame files count);
    ``size`` is (columns, rows) of most of them; ``series_number`` is DICOM's own, None where the files give none.

    Holds nothing of the patient and the study. ``facts`` is what people choose a series by, some of it typed by hand:
    it is for the screen only, and not for logs, results and file names (``repr`` leaves it out).
    """

    number: int
    uid: str
    modality: str
    count: int
    size: tuple[int, int]
    files: list[Path] = field(default_factory=list, repr=False)
    left_out: list[Path] = field(default_factory=list, repr=False)
    """Files of the series that are not in ``files`` because their size or orientation differs (scout views)."""
    series_number: int | None = None
    is_segmentation: bool = False
    facts: SeriesFacts = field(default_factory=SeriesFacts, repr=False)
    patient: int = 1
    """Which patient of the folder, counted from 1. Images of several under one UID are listed as several series."""

    @property
    def others(self) -> int:
        """How many files of the series are not in ``files``."""
        return len(self.left_out)


def list_series(folder: Path | str, progress: ProgressCallback = no_progress) -> list[SeriesInfo]:
    """The image series in a folder and the folders below it, by series number; raises :class:`InputError` if none.

    Reports, plans, doses and the like are left out; segmentations are listed, since they can be read on request.
    """
    return scan_folder(folder, progress)[0]


def scan_folder(folder: Path | str, progress: ProgressCallback = no_progress) -> tuple[list[SeriesInfo], int]:
    """The listing of :func:`list_series`, and how many DICOM files were too damaged to be listed."""
    found, damaged, kinds = _headers(Path(folder), progress)
    if not found:
        name = Path(folder).name or str(folder)
        if kinds:
            held = " and ".join(sorted(kinds))
            raise InputError(f"The folder {name} holds no image, only {held}: give the folder of the series.")
        if damaged:
            raise InputError(f"The folder {name} holds {damaged} DICOM files but none can be read: export them again.")
        raise InputError(f"The folder {name} holds no DICOM images and no pictures: choose another folder.")
    ordered = sorted(_groups(found), key=lambda group: (group[0].series_number or 0, group[0].series))
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


def choose_series(
    listing: list[SeriesInfo], wanted: str | int | None, modality: str = CT
) -> tuple[SeriesInfo, list[str]]:
    """The series asked for, else the one with most images (those of ``modality`` first), and warnings to pass on.

    ``wanted`` is a SeriesInstanceUID, else the number in the listing, else DICOM's own series number where just one
    series has it ("dicom:2": always that), else words of the description of just one series. A listing number that is
    another series' own number is said. Between patients, and between studies under one UID, nothing is chosen for the
    user: :class:`InputError`.
    """
    if wanted is not None:
        return _asked_for(listing, str(wanted).strip())
    images = [info for info in listing if not info.is_segmentation] or listing
    if len({info.patient for info in images}) > 1:
        raise _to_be_chosen(images)
    first = modality_code(modality)
    best = max(images, key=lambda info: (info.modality == first, info.count, info.size[0] * info.size[1]))
    alike = [info for info in images if info.uid == best.uid]
    if len(alike) > 1:
        raise _to_be_chosen(alike)
    if len(images) == 1:
        return best, []
    count, listed = len(images), _listed(images)
    if best.modality == "CT":
        return best, [Message("largest_ct_series", count=count, listed=listed, number=best.number)]
    return best, [Message("largest_series", count=count, listed=listed, number=best.number)]


def _asked_for(listing: list[SeriesInfo], text: str) -> tuple[SeriesInfo, list[str]]:
    number = text.removeprefix(OWN_NUMBER)
    own = [info for info in listing if number == str(info.series_number)]
    fitting = [info for info in listing if text in (info.uid, str(info.number))]
    if len(fitting) > 1:
        raise _to_be_chosen(fitting)
    if fitting:
        info = fitting[0]
        if not own or info in own or text == info.uid:
            return info, []
        numbers = " and ".join(str(other.number) for other in own)
        return info, [Message("series_of_listing", number=text, others=numbers)]
    if len(own) == 1:
        return own[0], []
    named = [] if own else _with_words(listing, text)
    if len(named) == 1:
        return named[0], []
    fault = f"There is no series {text if text == number else f'with the DICOM number {number}'}"
    if own or named:
        fault = f"{len(own or named)} series have " + (f"the DICOM number {number}" if own else "these words")
    raise InputError(f"{fault}; there are: {_listed(listing)}.", screen=described(listing))


def _with_words(listing: list[SeriesInfo], text: str) -> list[SeriesInfo]:
    """Images whose description is the text, else those that have it within; capitals and spaces do not count."""
    wanted = " ".join(text.casefold().split())
    said = {info.number: " ".join(info.facts.description.casefold().split()) for info in listing}
    number_or_uid = not wanted.strip(".0123456789")
    images = [] if number_or_uid else [info for info in listing if not info.is_segmentation]
    same = [info for info in images if said[info.number] == wanted]
    return same or [info for info in images if wanted in said[info.number]]


def described(listing: list[SeriesInfo]) -> str:
    """All that people choose by, a line a series; for the screen only."""
    return "\n".join(
        f"  {info.number}: "
        + ", ".join(
            [
                info.modality or "unknown",
                f"{info.count} images",
                *([f"DICOM number {info.series_number}"] if info.series_number is not None else []),
                *info.facts.words(),
            ]
        )
        for info in listing
    )


def _to_be_chosen(listing: list[SeriesInfo]) -> InputError:
    patients = len({info.patient for info in listing})
    count, kind = (patients, "patients") if patients > 1 else (len(listing), "studies")
    said = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    under = " under one series number" if len({info.uid for info in listing}) == 1 else ""
    numbers = [str(info.number) for info in listing]
    named = "and a number" if len(numbers) > 4 else f"{', '.join(numbers[:-1])} or {numbers[-1]}"
    return InputError(
        f"The folder holds images of {said} {kind}{under} ({_listed(listing)}): choose one with "
        f"{option('series', named)}, "
        "or put the images of each into a folder of their own.",
        screen=described(listing),
    )


def _listed(listing: list[SeriesInfo]) -> str:
    """Numbers, kinds and sizes only: this goes into results and logs."""
    return ", ".join(f"{info.number}: {info.modality or 'unknown'}, {info.count} images" for info in listing[:12])


@dataclass
class _Header:
    path: Path
    series: str
    series_number: int | None
    modality: str
    frames: int
    size: tuple[int, int]
    orientation: tuple[float, ...]
    sop: str
    facts: SeriesFacts
    segmentation: bool
    whose: Identity


def _headers(folder: Path, progress: ProgressCallback) -> tuple[list[_Header], int, set[str]]:
    """Headers of all DICOM images below a folder, how many DICOM files could not be read, and what is no image."""
    import pydicom

    paths = [Path(root) / name for root, _, names in sorted(os.walk(folder)) for name in sorted(names)]
    headers, damaged = [], 0
    kinds: set[str] = set()
    for n, path in enumerate(paths):
        if n % 20 == 0:
            progress(n / len(paths), Message("looking_through_folder"))
        if path.name.startswith(".") or path.name.upper() == "DICOMDIR":
            continue
        try:
            with quiet():
                # Old files lack the preamble; a name that promises DICOM is taken at its word.
                promised = path.suffix.lower() in ENDINGS
                dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=_TAGS, force=promised)
                kind = object_kind(dataset)
                if kind and kind != SEGMENTATION:
                    kinds.add(kind)
                    continue
                header = _header(path, dataset, kind == SEGMENTATION)
                damaged += promised and header is None and "SOPClassUID" not in dataset
        except pydicom.errors.InvalidDicomError:
            continue
        except Exception:  # a damaged header may fail anywhere inside the parser
            damaged += 1
            continue
        if header is not None:
            headers.append(header)
    return headers, damaged, kinds


def _header(path: Path, dataset: Any, segmentation: bool) -> _Header | None:
    if not dataset.get("Rows") or not dataset.get("Columns"):
        return None  # of a manufacturer's own kind, or cut short
    return _Header(
        path=path,
        series=str(dataset.get("SeriesInstanceUID", "")),
        series_number=None if dataset.get("SeriesNumber") in (None, "") else int(dataset.SeriesNumber),
        modality=str(dataset.get("Modality", "")),
        frames=int(dataset.get("NumberOfFrames") or 1),
        size=(int(dataset.Columns), int(dataset.Rows)),
        orientation=tuple(float(value) for value in dataset.get("ImageOrientationPatient") or ()),
        sop=str(dataset.get("SOPInstanceUID", "")),
        facts=facts_of(dataset),
        segmentation=segmentation,
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
        left_out=[header.path for kind in kinds if kind is not alike for header in kind],
        series_number=alike[0].series_number,
        facts=most_said([header.facts for header in alike]),
        is_segmentation=alike[0].segmentation,
    )
