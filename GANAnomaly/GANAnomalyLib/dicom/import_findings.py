"""SEG and SR of other systems on a result's series, as findings of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from ..errors import GANAnomalyError, InputError, option
from ..results.result import AnalysisResult
from ..review.imported_findings import ImportedFinding
from ..running.quiet import quiet
from ..volume.formats.dicom_objects import SEGMENTATION, object_kind
from ..volume.formats.dicom_series import ENDINGS
from ..volume.instance_prints import uid_print
from .read_report import Report, ReportedGroup, report_of
from .read_segments import segments_of

_REPORT = "a structured report (SR)"


@dataclass
class Imported:
    """The findings in the order of the files, ranked anew, and what is to be said of them."""

    findings: list[ImportedFinding]
    notes: list[str] = field(default_factory=list)


def import_findings(paths: Sequence[Path | str], result: AnalysisResult | None = None) -> Imported:
    """Read segmentations and reports together: what a report says of a segment goes to that segment's finding.

    Files of other kinds are refused by name, as are objects that refer to another series than ``result`` was made of,
    and damaged ones (:class:`InputError`). Regions in three dimensions become findings of their own; those drawn on
    single images, and those in a segmentation that is not given, are left out and said.
    """
    try:
        with quiet():
            return _imported([(Path(path), *_opened(Path(path))) for path in paths], result)
    except (GANAnomalyError, MemoryError):
        raise
    except Exception as error:  # values are parsed when they are asked for, and a damaged one fails only then
        raise InputError("One of the files is damaged: export them again.", repr(error)) from error


def _imported(read: list[tuple[Path, Dataset, str]], result: AnalysisResult | None) -> Imported:
    for path, dataset, _ in read:
        if result is not None and not _on_series(dataset, result):
            raise InputError(f"{path.name} is on another series than the result was made of: give those on this one.")
    imported = Imported([])
    for path, dataset, kind in read:
        if kind == SEGMENTATION:
            imported.findings += segments_of(dataset, path.name)
    for path, dataset, kind in read:
        if kind == _REPORT:
            try:
                report = report_of(dataset)
            except Exception as error:  # a damaged report may fail anywhere inside the parser
                raise InputError(f"{path.name} is damaged: export it again.", repr(error)) from error
            _take(imported, report, str(dataset.SOPInstanceUID), path.name)
    if not imported.findings:
        said = " ".join(imported.notes)
        raise InputError(f"The files hold no finding with a place in the patient. {said}".strip())
    for rank, finding in enumerate(imported.findings, start=1):
        finding.rank = rank
    return imported


def _opened(path: Path) -> tuple[Dataset, str]:
    if not path.is_file():
        raise InputError(f"{path} is no file: give files of segmentations (SEG) and reports (SR).")
    try:
        dataset = pydicom.dcmread(path, force=path.suffix.lower() in ENDINGS)
        kind = object_kind(dataset)
    except OSError as error:
        raise InputError(f"{path} cannot be opened: check that it may be read.", str(error)) from error
    except Exception as error:
        raise InputError(f"{path.name} is no DICOM file, or a damaged one.", repr(error)) from error
    if kind not in (SEGMENTATION, _REPORT):
        is_what = kind or ("an image" if dataset.get("Rows") else "no segmentation and no report")
        raise InputError(f"{path.name} is {is_what}: give segmentations (SEG) and reports (SR).")
    if not dataset.get("SOPInstanceUID"):
        raise InputError(f"{path.name} is cut short: export it again.")
    return dataset, kind


def _on_series(dataset: Dataset, result: AnalysisResult) -> bool:
    source = result.manifest.get("input", {}).get("source")
    if not isinstance(source, dict) or not source.get("series"):
        raise InputError(
            "The result does not say which DICOM series it was made of: analyse the DICOM series itself, with this "
            f"version, or give {option('out')} instead of {option('result')}.",
            field="result",
        )
    known = {str(source["series"]), *(str(one).partition(":")[0] for one in source.get("instances", []))}
    return any(uid_print(uid) in known for uid in _referenced(dataset))


def _referenced(dataset: Dataset) -> Iterable[str]:
    """UIDs of the series and images that an object names."""
    series = list(dataset.get("ReferencedSeriesSequence") or ())
    for name in ("CurrentRequestedProcedureEvidenceSequence", "PertinentOtherEvidenceSequence"):
        for study in dataset.get(name) or ():
            series += study.get("ReferencedSeriesSequence") or ()
    for item in series:
        yield str(item.get("SeriesInstanceUID"))
        for name in ("ReferencedInstanceSequence", "ReferencedSOPSequence"):
            yield from (str(one.get("ReferencedSOPInstanceUID")) for one in item.get(name) or ())
    yield from (str(item.get("ReferencedSOPInstanceUID")) for item in dataset.get("SourceImageSequence") or ())
    for group in dataset.get("PerFrameFunctionalGroupsSequence") or ():
        for derivation in group.get("DerivationImageSequence") or ():
            for item in derivation.get("SourceImageSequence") or ():
                yield str(item.get("ReferencedSOPInstanceUID"))


def _take(imported: Imported, report: Report, uid: str, name: str) -> None:
    placed = {(one.source, one.segment): one for one in imported.findings if one.segment is not None}
    placeless = 0
    for group in report.groups:
        named = [placed[key] for key in group.segments if key in placed]
        for finding in named:
            _say(finding, group, report)
        if not named and len(group.points):
            imported.findings.append(_of_points(group, report, uid))
        elif not named:
            placeless += 1
    if placeless:
        imported.notes.append(
            f"{placeless} of the {len(report.groups)} findings in {name} lie in a segmentation that was not given, on "
            "single images, or nowhere: they were left out."
        )


def _say(finding: ImportedFinding, group: ReportedGroup, report: Report) -> None:
    finding.measurements += group.measurements
    finding.evaluations.update(group.evaluations)
    finding.tracking_id = finding.tracking_id or group.tracking_id
    finding.tracking_uid = finding.tracking_uid or group.tracking_uid
    finding.kind = group.kind or finding.kind
    if report.by == "person" or not finding.observer:
        finding.observer, finding.by = report.observer, report.by


def _of_points(group: ReportedGroup, report: Report, uid: str) -> ImportedFinding:
    ras = group.points * [-1.0, -1.0, 1.0]
    low, high = np.round(ras.min(axis=0), 4), np.round(ras.max(axis=0), 4)
    pairs = [(float(least), float(most)) for least, most in zip(low, high, strict=True)]
    return ImportedFinding(
        rank=1,
        label=group.tracking_id or group.kind or "region",
        box_ras=(pairs[0], pairs[1], pairs[2]),
        source=uid,
        observer=report.observer,
        by=report.by,
        kind=group.kind,
        tracking_id=group.tracking_id,
        tracking_uid=group.tracking_uid,
        measurements=group.measurements,
        evaluations=group.evaluations,
    )
