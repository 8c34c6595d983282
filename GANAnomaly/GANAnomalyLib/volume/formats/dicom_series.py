"""Which DICOM series a folder holds, without identifiers, and which of them to read."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import InputError
from ...running.progress import ProgressCallback, no_progress
from ...running.quiet import quiet

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
]


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
    groups: dict[str, list[_Header]] = {}
    for header in found:
        groups.setdefault(header.series, []).append(header)
    ordered = sorted(groups.values(), key=lambda group: (group[0].series_number, group[0].series))
    return [_summary(n, group) for n, group in enumerate(ordered, start=1)], damaged


def choose_series(listing: list[SeriesInfo], wanted: str | int | None) -> tuple[SeriesInfo, list[str]]:
    """The series asked for by UID or number, else the one with most images (CT first), and warnings to pass on."""
    if wanted is not None:
        text = str(wanted).strip()
        for info in listing:
            if text in (info.uid, str(info.number)):
                return info, []
        raise InputError(f"There is no series {text}; there are: {_listed(listing)}.")
    best = max(listing, key=lambda info: (info.modality == "CT", info.count, info.size[0] * info.size[1]))
    if len(listing) == 1:
        return best, []
    return best, [
        f"The folder holds {len(listing)} series ({_listed(listing)}): series {best.number}, the largest"
        f"{' CT' if best.modality == 'CT' else ''}, was taken. Name another one to analyse that."
    ]


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
            with quiet():
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
    )


def _alike(one: _Header, other: _Header) -> bool:
    if one.size != other.size or len(one.orientation) != len(other.orientation):
        return False
    return all(abs(a - b) < 0.01 for a, b in zip(one.orientation, other.orientation, strict=True))


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
