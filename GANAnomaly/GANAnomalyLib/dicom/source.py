"""The DICOM instances that a result was made of: found again, known to be the same, without anything of another
patient among them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset

from ..errors import GANAnomalyError, InputError, option
from ..results.result import AnalysisResult
from ..running.messages import Message
from ..running.progress import ProgressCallback, no_progress
from ..running.quiet import quiet
from ..volume import hash_volume, read_volume
from ..volume.formats.dicom_series import ENDINGS
from ..volume.identity import Identity, parted, same_study
from ..volume.instance_prints import content_print, uid_print
from .clean_header import add_patient, place_header
from .same_image import shows_the_same
from .source_planes import SourcePlane, planes_of
from .uids import ANY, stable_uid

_CT = "1.2.840.10008.5.1.4.1.1.2"
KINDS = (
    *(_CT, f"{_CT}.1", f"{_CT}.2"),
    *("1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4"),
    *("1.2.840.10008.5.1.4.1.1.128", "1.2.840.10008.5.1.4.1.1.130"),
)
"""SOP classes that objects are made for: CT, MR and PET, also enhanced ones."""
Place = Path | str | Sequence[Path]
"""A folder (or one file), or the files of a series."""
_HOW = f"give the folder they lie in now with {option('source', 'FOLDER')}"


@dataclass
class Source:
    """The instances of one series: their headers (see ``clean_header``), the first with patient and study, and every
    plane of theirs in order along the normal. ``notes`` say what the source left out."""

    headers: list[Dataset] = field(repr=False)
    planes: list[SourcePlane] = field(repr=False)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Instance:
    path: Path
    header: Dataset
    content: str
    whose: Identity


def find_source(
    result: AnalysisResult,
    given: Place | None = None,
    progress: ProgressCallback = no_progress,
    image: Path | None = None,
) -> Source:
    """The instances of ``result``, in the folder ``given`` (and below) or among such files, or where the analysis found
    them. ``image`` is a file that shows what was analysed, where the result's own input was one that is gone.

    Raises :class:`InputError`: for instances that are not there any more, or not the same; of two patients; a result
    of a picture or of a file that is no DICOM and shows something else than the folder; images without a place.
    """
    place = _place(result, given)
    told = result.manifest.get("input", {}).get("source")
    listed = list(told.get("instances", [])) if isinstance(told, dict) else []
    if not listed:
        listed = _listed_anew(result, place, given is not None, image)
    wanted = dict(one.partition(":")[::2] for one in listed)
    found = _instances(place, wanted, progress)
    _check_complete(found, wanted, result, place)
    return _source([found[uid] for uid in wanted if uid in found])


def _place(result: AnalysisResult, given: Place | None) -> Place:
    if given is not None and not isinstance(given, Path | str):
        missing = sum(not path.is_file() for path in given)
        if missing or not given:
            raise InputError.of(
                "{missing} of the {count} images are not there any more: load the series again.",
                missing=missing,
                count=len(given),
            )
        return given
    place = Path(given if given is not None else str(result.manifest.get("request", {}).get("input", "")))
    if not place.name or not place.exists():
        if given is not None:
            raise InputError(f"{place} does not exist: check the path.", field="source")
        raise InputError(f"The images that the result was made of are not where they were: {_HOW}.", field="source")
    return place


def _listed_anew(result: AnalysisResult, place: Place, given: bool, image: Path | None) -> list[str]:
    """The instances of results that do not name theirs: of older versions, and of files that are no DICOM."""
    request = result.manifest.get("request", {})
    series = request.get("series")
    try:
        volume = read_volume(place, series, allow_any=True, hu_offset=request.get("hu_offset"), colours=True)
    except GANAnomalyError as error:
        raise InputError(f"The source cannot be read: {error.marked}", error.details, error.screen) from error
    source: Any = volume.meta.get("source")
    if not source:
        raise InputError(
            "The result was not made of DICOM images that say where in the patient they lie"
            + ("." if given else f": if they were converted from DICOM, {_HOW}."),
            field="source",
        )
    same = hash_volume(volume) == result.manifest.get("input", {}).get("hash")
    if not same and not shows_the_same(result, volume, image):
        raise InputError("The images of the source are not those that the result was made of.", field="source")
    return list(source["instances"])


def _instances(place: Place, wanted: dict[str, str], progress: ProgressCallback) -> dict[str, _Instance]:
    paths = list(_files(place))
    found: dict[str, _Instance] = {}
    for n, path in enumerate(paths):
        if n % 20 == 0:
            progress(n / len(paths), Message("reading_dicom_images"))
        one = _instance(path, wanted)
        if one is None:
            continue
        uid = uid_print(one.header.SOPInstanceUID)
        other = found.setdefault(uid, one)
        if other is not one and one.content == wanted[uid] and same_study(one.whose, other.whose):
            found[uid] = one  # copies of one image, of which this one is as it was
        elif not same_study(one.whose, other.whose):
            raise _two()
    if len(set(parted((one.whose for one in found.values()), same_study).values())) > 1:
        raise _two()
    return found


def _two() -> InputError:
    return InputError(
        "The images of the series are of two patients or studies: put those of one into a folder of their own and "
        "analyse it again.",
        field="source",
    )


def _files(place: Place) -> Iterable[Path]:
    if not isinstance(place, Path | str):
        yield from place
        return
    place = Path(place)
    if place.is_file():
        yield place
        return
    for root, _, names in sorted(os.walk(place)):
        for name in sorted(names):
            if not name.startswith(".") and name.upper() != "DICOMDIR":
                yield Path(root) / name


def _instance(path: Path, wanted: dict[str, str]) -> _Instance | None:
    """What a file holds, if it is one of those wanted."""
    promised = path.suffix.lower() in ENDINGS
    try:
        with quiet():
            head = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["SOPInstanceUID"], force=promised)
            if uid_print(head.get("SOPInstanceUID")) not in wanted:
                return None
            dataset = pydicom.dcmread(path, force=promised)
            return _Instance(path, place_header(dataset), content_print(dataset), Identity.of(dataset))
    except Exception:  # no DICOM, or a damaged file, which may fail anywhere inside the parser
        return None


def _check_complete(found: dict[str, _Instance], wanted: dict[str, str], result: AnalysisResult, place: Place) -> None:
    missing = len(wanted) - len(found)
    if missing and not isinstance(place, Path):
        raise InputError.of(
            "{missing} of the {count} images that the result was made of are not among those given: load the whole "
            "series again.",
            missing=missing,
            count=len(wanted),
        )
    if missing:
        raise InputError(
            f"{missing} of the {len(wanted)} images that the result was made of are not in the folder, or cannot be "
            f"read: {_HOW}.",
            field="source",
        )
    changed = [one.path for uid, one in found.items() if one.content != wanted[uid]]
    if changed and not _same_voxels(result, place, changed):
        raise InputError(
            f"{len(changed)} of the {len(wanted)} images were changed since the analysis: run it again, or {_HOW}.",
            field="source",
        )


def _same_voxels(result: AnalysisResult, place: Place, changed: list[Path]) -> bool:
    """Whether images that are stored otherwise than they were (compressed by an archive) still show the same."""
    request = result.manifest.get("request", {})
    where = changed[0] if isinstance(place, Path) and place.is_file() else place
    try:
        volume = read_volume(
            where, request.get("series"), allow_any=True, hu_offset=request.get("hu_offset"), colours=True
        )
    except GANAnomalyError:
        return False
    return bool(hash_volume(volume) == result.manifest.get("input", {}).get("hash"))


def _source(instances: list[_Instance]) -> Source:
    headers, notes = [one.header for one in instances], []
    with quiet():
        add_patient(headers[0], pydicom.dcmread(instances[0].path, stop_before_pixels=True, force=True))
    for header in headers:
        header.SOPClassUID = header.get("SOPClassUID") or _CT
        if header.SOPClassUID not in KINDS:
            raise InputError(
                f"The images are of the kind {header.SOPClassUID.name}: DICOM objects are made on CT, MR and PET.",
                field="source",
            )
    series = {str(header.get("SeriesInstanceUID", "")) for header in headers}
    frames = {str(header.get("FrameOfReferenceUID", "")) for header in headers}
    if len(series) > 1 or len(frames) > 1:
        what = "series" if len(series) > 1 else "frames of reference"
        raise InputError(f"The images are of {max(len(series), len(frames))} {what}: objects refer to one.")
    names = {
        "SeriesInstanceUID": "no series",
        "StudyInstanceUID": "no study",
        "FrameOfReferenceUID": "no frame of reference",
    }
    for name, said in names.items():
        if not all(header.get(name) for header in headers):
            # The same whenever the same images are exported, so that all objects on them belong together.
            made = stable_uid(ANY, name, sorted(str(header.SOPInstanceUID) for header in headers))
            for header in headers:
                setattr(header, name, made)
            notes.append(f"The images name {said}: one was made up.")
    return Source(headers, planes_of(headers), notes)
