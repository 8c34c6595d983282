"""Findings, and what a reader decided on them, as Structured Report: TID 1500, a measurement group a finding."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from highdicom import sr
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from ..review.added_findings import CaseVerdict
from ..review.decisions import Decision
from ..running.quiet import quiet
from ..version import __version__
from . import codes as own
from .making import MANUFACTURER, MODEL_NAME, Making, Placed, finish
from .on_planes import Marked
from .own_findings import OwnPlaced
from .uids import stable_uid

_MOST_COMMENT = 1000


@dataclass(frozen=True)
class _More:
    """What a report has beside the model's findings: ``told`` tells its UID from others."""

    evidence: Sequence[Dataset] = ()
    groups: Sequence[Any] = ()
    told: Sequence[object] = ()


_PROCEDURES = {
    "CT": codes.LN.CTUnspecifiedBodyRegion,
    "MR": codes.LN.MRIUnspecifiedBodyRegion,
    "PT": codes.LN.PETUnspecifiedBodyRegion,
}


def machine_report(making: Making, placed: Sequence[Placed], segmentation: Dataset | None) -> Dataset:
    """What the model found: a device observes, nobody has verified it."""
    return _report(making, placed, segmentation, "sr", _device(making), making.created)


def reader_report(
    making: Making,
    placed: Sequence[Placed],
    segmentation: Dataset | None,
    machine: Dataset,
    decisions: Mapping[int, Decision],
    reader: str,
    marks: Sequence[OwnPlaced] = (),
    drawn: Dataset | None = None,
    verdict: CaseVerdict | None = None,
) -> Dataset:
    """What a reader decided on the same findings (``decisions`` by rank), marked beside them (``marks``, with the
    segmentation ``drawn`` of those that have pixels) and said of the whole case: a person observes, and the report
    ``machine`` is the predecessor. It is complete when every finding is decided. Nobody has signed it: it stays
    unverified."""
    observer = sr.ObserverContext(codes.DCM.Person, sr.PersonObserverIdentifyingAttributes(name=reader))
    context = sr.ObservationContext(observer_person_context=observer)
    said = [one.decided for one in decisions.values() if one.decision] + [one.finding.decided for one in marks]
    times = [_time(text) for text in (*said, verdict.decided if verdict else "")]
    when = max([time for time in times if time is not None], default=making.created)
    groups = [_own_group(making, one, drawn) for one in marks]
    told: list[object] = [one.told() for one in marks]
    if verdict is not None and verdict.verdict:
        groups.append(_verdict(making, verdict))
        told.append([verdict.verdict, verdict.confidence])
    more = _More([segmentation for segmentation in (drawn,) if segmentation is not None], groups, told)
    return _report(making, placed, segmentation, "reader", context, when, decisions, machine, reader, more)


def _report(
    making: Making,
    placed: Sequence[Placed],
    segmentation: Dataset | None,
    kind: str,
    context: sr.ObservationContext,
    when: datetime.datetime,
    decisions: Mapping[int, Decision] | None = None,
    predecessor: Dataset | None = None,
    reader: str = "",
    more: _More | None = None,
) -> Dataset:
    chosen, more = decisions or {}, more or _More()
    told = [
        (rank, one.decision, one.comment, one.decided, one.confidence, _code(one))
        for rank, one in sorted(chosen.items())
    ]
    groups = [_group(making, one, segmentation, chosen.get(one.finding.rank)) for one in placed]
    groups += more.groups
    content = sr.MeasurementReport(
        observation_context=context,
        procedure_reported=_PROCEDURES.get(str(making.source.headers[0].get("Modality")), _PROCEDURES["CT"]),
        imaging_measurements=groups or [_nothing(making)],
        title=codes.DCM.ImagingMeasurementReport,
    )
    whole = decisions is None or all(one.finding.rank in chosen and chosen[one.finding.rank].decision for one in placed)
    uid = None if segmentation is None else str(segmentation.SOPInstanceUID)
    common = making.common(kind, told, reader, uid, *([more.told] if more.told else []))
    evidence = [*making.source.headers, *([] if segmentation is None else [segmentation]), *more.evidence]
    with quiet():
        made = sr.Comprehensive3DSR(
            evidence=evidence,
            content=content[0],
            is_complete=whole,
            is_final=False,
            is_verified=False,
            previous_versions=None if predecessor is None else [predecessor],
            coding_schemes=[own.own_scheme()],
            **common,
        )
    return finish(made, when, making.root)


def _device(making: Making) -> sr.ObservationContext:
    device = sr.DeviceObserverIdentifyingAttributes(
        # One device is one model in one version of the program.
        uid=stable_uid(making.root, "device", __version__, making.model.get("hash")),
        name=making.algorithm["name"],
        manufacturer_name=MANUFACTURER,
        model_name=MODEL_NAME,
        serial_number=str(making.model.get("hash") or "unknown")[:16],
    )
    return sr.ObservationContext(observer_device_context=sr.ObserverContext(codes.DCM.Device, device))


def _group(
    making: Making, one: Placed, segmentation: Dataset | None, decision: Decision | None
) -> sr.VolumetricROIMeasurementsAndQualitativeEvaluations | sr.MeasurementsAndQualitativeEvaluations:
    finding = one.finding
    unit = own.unit_code(making.unit)
    measurements = [
        *(
            [sr.Measurement(own.quantity(own.SCORE, making.unit), finding.score, unit)]
            if isfinite(finding.score)
            else []
        ),
        *_extent(making, one),
        *_sure(None if decision is None else decision.confidence),
    ]
    evaluations = []
    if decision is not None and decision.decision:
        evaluations.append(sr.QualitativeEvaluation(own.DECISION, own.DECISIONS[decision.decision]))
    shared: dict[str, Any] = {
        "tracking_identifier": sr.TrackingIdentifier(one.tracking_uid, one.tracking_id),
        "finding_type": own.term_of(None if decision is None else decision.label),
        "measurements": measurements,
        "qualitative_evaluations": evaluations,
    }
    group: sr.MeasurementsAndQualitativeEvaluations | sr.VolumetricROIMeasurementsAndQualitativeEvaluations
    if segmentation is None or not one.segment:
        group = sr.MeasurementsAndQualitativeEvaluations(**shared)
    else:
        segment = _segment(making, segmentation, one.segment)
        algorithm = sr.AlgorithmIdentification(
            **making.algorithm,
            family=own.ARTIFICIAL_INTELLIGENCE,
            manufacturer=MANUFACTURER,
            parameters=[
                f"detector: {making.model.get('kind') or 'unknown'}",
                f"model hash: {making.model.get('hash') or 'unknown'}",
            ],
        )
        group = sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
            referenced_segment=segment, algorithm_id=algorithm, **shared
        )
    _comment(group, "" if decision is None else decision.comment)
    return group


def _own_group(making: Making, one: OwnPlaced, drawn: Dataset | None) -> Any:
    """A finding that a reader marked: its segment, or where it has none the point."""
    shared: dict[str, Any] = {
        "tracking_identifier": sr.TrackingIdentifier(one.tracking_uid, one.tracking_id),
        "finding_type": own.term_of(one.finding.label),
    }
    group: Any
    if drawn is None or not one.segment:
        frame = making.source.headers[0].FrameOfReferenceUID
        point = sr.ImageRegion3D(sr.GraphicTypeValues3D.POINT, one.point_lps(), frame)
        group = sr.PlanarROIMeasurementsAndQualitativeEvaluations(
            referenced_region=point, measurements=_sure(one.finding.confidence), **shared
        )
    else:
        group = sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
            referenced_segment=_segment(making, drawn, one.segment),
            measurements=[*_extent(making, one), *_sure(one.finding.confidence)],
            **shared,
        )
    # A label in words without a code is said too.
    said = one.finding.label.meaning if own.term_of(one.finding.label) is own.ABNORMAL_STRUCTURE else ""
    _comment(group, "\n".join(filter(None, [said, one.finding.comment])))
    return group


def _verdict(making: Making, verdict: CaseVerdict) -> sr.MeasurementsAndQualitativeEvaluations:
    """What a reader said of the case: a group about the whole scan."""
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(making.uid("tracking", "case"), "GANAnomaly case"),
        measurements=_sure(verdict.confidence),
        qualitative_evaluations=[sr.QualitativeEvaluation(own.VERDICT, own.VERDICTS[verdict.verdict])],
    )


def _segment(making: Making, segmentation: Dataset, number: int) -> sr.ReferencedSegment:
    series = sr.SourceSeriesForSegmentation(making.source.headers[0].SeriesInstanceUID)
    return sr.ReferencedSegment(segmentation.SOPClassUID, segmentation.SOPInstanceUID, number, source_series=series)


def _extent(making: Making, one: Placed | OwnPlaced) -> list[sr.Measurement]:
    sizes = zip(own.SIZES, size_mm(making, one.marked), strict=True)
    return [
        sr.Measurement(own.VOLUME, round(one.volume_mm3, 3), own.CUBIC_MILLIMETRE),
        *(sr.Measurement(name, round(mm, 3), own.MILLIMETRE) for name, mm in sizes),
    ]


def _sure(confidence: int | None) -> list[sr.Measurement]:
    return [] if confidence is None else [sr.Measurement(own.CONFIDENCE, confidence, own.NO_UNITS)]


def _comment(group: Any, text: str) -> None:
    if text:
        item = sr.TextContentItem(own.COMMENT, text[:_MOST_COMMENT], sr.RelationshipTypeValues.CONTAINS)
        group[0].ContentSequence.append(item)


def _code(decision: Decision) -> list[str]:
    kind = own.term_of(decision.label)
    return [kind.value, kind.scheme_designator, kind.meaning]


def _nothing(making: Making) -> sr.MeasurementsAndQualitativeEvaluations:
    """A report without a finding says so: a group about the whole scan."""
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(making.uid("tracking", "scan"), "GANAnomaly scan"),
        measurements=[sr.Measurement(own.COUNT, 0, own.NO_UNITS)],
    )


def size_mm(making: Making, marked: Marked) -> tuple[float, float, float]:
    """The box around pixels on planes along rows, columns and normal, in mm; a pixel at the edge counts whole."""
    planes = making.source.planes
    first = planes[0]
    columns = [mask.any(axis=0).nonzero()[0] for _, mask in marked]
    rows = [mask.any(axis=1).nonzero()[0] for _, mask in marked]
    wide = max(c.max() for c in columns) - min(c.min() for c in columns) + 1
    long = max(r.max() for r in rows) - min(r.min() for r in rows) + 1
    shares = [planes[n] for n, _ in marked]
    heights = [float(first.normal @ plane.corner) for plane in shares]
    deep = max(heights) - min(heights) + (shares[0].share + shares[-1].share) / 2
    return float(wide * first.spacing[0]), float(long * first.spacing[1]), float(deep)


def _time(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text).astimezone()
    except ValueError:
        return None
