"""DICOM to NIfTI: every series below a folder as a volume, every radiograph as an image, without names."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import locked
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.progress import part
from GANAnomalyLib.running.quiet import quiet
from GANAnomalyLib.volume import RADIOGRAPHS, read_volume
from GANAnomalyLib.volume.formats.dicom_series import scan_folder

from ..images.people import TAGS, PatientCodes
from .convert_set import ItemOutput, SetJob, SetOutcome, make_set
from .set_writer import OutputFile, SetFacts, ZipWriter, open_set_writer

_LISTING = 0.2


@dataclass(frozen=True)
class _Series:
    path: Path
    uid: str | None
    modality: str
    first: Path
    number: int | None = None


@locked("job.out", "gananomaly dataset")
def dicom_to_nifti(
    source: Path | str, job: SetJob, modality: str | None = None, hu_offset: float | None = None
) -> SetOutcome:
    """Write ``000000.nii.gz`` and so on, CT in Hounsfield units, and a dataset.json of which are of one patient.

    ``modality`` takes series of that DICOM code only ("CT"); ``hu_offset`` is added to the values of CT. What had to
    be repaired (gantry tilt, missing slices) is in the outcome's warnings.

    Raises as :func:`~.convert_set.make_set`; :class:`InputError` when there is no DICOM.
    """
    job.check()
    source = Path(source)
    found, damaged = _listed(source, job)
    series = [one for one in found if modality is None or one.modality.upper() == modality.upper()]
    if not series:
        held = ", ".join(sorted({one.modality or "unknown" for one in found}))
        raise InputError(f"{source} holds no series of modality {modality}; there are: {held}.")
    people = PatientCodes("\n".join(sorted(one.uid or one.path.name for one in series)))
    modalities: set[str] = set()
    made = {"modality": modality} | ({} if hu_offset is None else {"hu_offset": hu_offset})
    sink = open_set_writer(job.out, job.force, source)
    if isinstance(sink, ZipWriter):
        sink.abandon()
        raise InputError("Volumes cannot go into a zip: name a folder with --out.")

    def work(one: _Series, number: int) -> ItemOutput:
        offset = hu_offset if one.modality in ("", "CT") else None
        volume = cancellable(lambda tell: read_volume(one.path, one.number or one.uid, True, tell, offset), job.cancel)
        modalities.add(volume.modality)
        product = OutputFile(f"{number:06d}.nii.gz", volume, patient=people.code(_header(one.first)))
        return ItemOutput([product], warnings=list(volume.warnings))

    outcome = make_set(
        series,
        work,
        sink,
        SetJob(job.out, job.force, job.mapping, part(job.progress, _LISTING, 1.0), job.cancel),
        lambda: SetFacts("dicom-to-nifti", made, "HU" if modalities == {"CT"} else None),
        "Writing volumes",
        lambda number: f"series {number}",
        lambda one: _origin(one, source),
    )
    if damaged:
        outcome.notes.append(f"{damaged} damaged DICOM files could not be read.")
    outcome.notes += people.notes()
    outcome.extra = {"patients": people.count}
    return outcome


def _listed(source: Path, job: SetJob) -> tuple[list[_Series], int]:
    if source.is_file():
        return [_Series(source, None, "", source)], 0
    if not source.exists():
        raise InputError(f"{source} does not exist: check the path.")
    listing, damaged = cancellable(
        lambda tell: scan_folder(source, tell), job.cancel, part(job.progress, 0.0, _LISTING)
    )
    found = []
    often = Counter(info.uid for info in listing)
    for info in listing:
        if info.modality in RADIOGRAPHS:
            found += [_Series(file, None, info.modality, file) for file in (*info.files, *info.left_out)]
        elif often[info.uid] > 1:
            # Images of several patients under one UID: only the number in the whole listing tells them apart.
            found.append(_Series(source, info.uid, info.modality, info.files[0], info.number))
        else:
            # The folder that holds all of the series: reading then looks at no other files than it must.
            folder = Path(os.path.commonpath([file.parent for file in info.files]))
            found.append(_Series(folder, info.uid, info.modality, info.files[0]))
    return found, damaged


def _header(path: Path) -> Any:
    import pydicom

    with quiet():
        return pydicom.dcmread(path, stop_before_pixels=True, specific_tags=list(TAGS), force=True)


def _origin(one: _Series, source: Path) -> str:
    return one.first.relative_to(source).as_posix() if source.is_dir() else source.name
