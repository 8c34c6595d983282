"""Findings, and what a reader decided on them, as Structured Report: TID 1500, a measurement group a finding."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from highdicom import sr
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from ..review.decisions import Decision
from ..running.quiet import quiet
from ..version import __version__
from . import codes as own
from .making import MANUFACTURER, MODEL_NAME, Making, Placed, finish
from .uids import stable_uid

_MOST_COMMENT = 1000
_LONGEST_CODE, _LONGEST_MEANING = 16, 64
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
) -> Dataset:
    """What a reader decided on the same findings (``decisions`` by rank): a person observes, and the report ``machine``
    is the predecessor. It is complete when every finding is decided. Nobody has signed it: it stays unverified."""
    observer = sr.ObserverContext(codes.DCM.Person, sr.PersonObserverIdentifyingAttributes(name=reader))
    context = sr.ObservationContext(observer_person_context=observer)
    times = [_time(one.decided) for one in decisions.values() if one.decision]
    when = max([time for time in times if time is not None], default=making.created)
    return _report(making, placed, segmentation, "reader", context, when, decisions, machine, reader)


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
) -> Dataset:
    chosen = decisions or {}
    told = [(rank, one.decision, one.comment, one.decided, *_term(one)) for rank, one in sorted(chosen.items())]
    groups = [_group(making, one, segmentation, chosen.get(one.finding.rank)) for one in placed]
    content = sr.MeasurementReport(
        observation_context=context,
        procedure_reported=_PROCEDURES.get(str(making.source.headers[0].get("Modality")), _PROCEDURES["CT"]),
        imaging_measurements=groups or [_nothing(making)],
        title=codes.DCM.ImagingMeasurementReport,
    )
    whole = decisions is None or all(one.finding.rank in chosen and chosen[one.finding.rank].decision for one in placed)
    common = making.common(kind, told, reader, None if segmentation is None else str(segmentation.SOPInstanceUID))
    evidence = [*making.source.headers, *([] if segmentation is None else [segmentation])]
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
    sizes = zip(own.SIZES, size_mm(making, one), strict=True)
    measurements = [
        *(
            [sr.Measurement(own.quantity(own.SCORE, making.unit), finding.score, unit)]
            if isfinite(finding.score)
            else []
        ),
        sr.Measurement(own.VOLUME, round(one.volume_mm3, 3), own.CUBIC_MILLIMETRE),
        *(sr.Measurement(name, round(mm, 3), own.MILLIMETRE) for name, mm in sizes),
    ]
    evaluations = []
    if decision is not None and decision.decision:
        evaluations.append(sr.QualitativeEvaluation(own.DECISION, own.DECISIONS[decision.decision]))
    shared: dict[str, Any] = {
        "tracking_identifier": sr.TrackingIdentifier(one.tracking_uid, one.tracking_id),
        "finding_type": _kind(decision),
        "measurements": measurements,
        "qualitative_evaluations": evaluations,
    }
    group: sr.MeasurementsAndQualitativeEvaluations | sr.VolumetricROIMeasurementsAndQualitativeEvaluations
    if segmentation is None or not one.segment:
        group = sr.MeasurementsAndQualitativeEvaluations(**shared)
    else:
        segment = sr.ReferencedSegment(
            segmentation.SOPClassUID,
            segmentation.SOPInstanceUID,
            one.segment,
            source_series=sr.SourceSeriesForSegmentation(making.source.headers[0].SeriesInstanceUID),
        )
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
    if decision is not None and decision.comment:
        text = sr.TextContentItem(own.COMMENT, decision.comment[:_MOST_COMMENT], sr.RelationshipTypeValues.CONTAINS)
        group[0].ContentSequence.append(text)
    return group


def _term(decision: Decision | None) -> tuple[str, ...]:
    """Code, scheme and meaning of what the reader called a finding, where it is a term that DICOM can hold."""
    if decision is None:
        return ()
    label = decision.label
    fits = all(0 < len(text) <= _LONGEST_CODE for text in (label.code, label.scheme))
    return (label.code, label.scheme, label.meaning[:_LONGEST_MEANING]) if fits else ()


def _kind(decision: Decision | None) -> sr.CodedConcept:
    term = _term(decision)
    return sr.CodedConcept(*term) if term else own.ABNORMAL_STRUCTURE


def _nothing(making: Making) -> sr.MeasurementsAndQualitativeEvaluations:
    """A report without a finding says so: a group about the whole scan."""
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(making.uid("tracking", "scan"), "GANAnomaly scan"),
        measurements=[sr.Measurement(own.COUNT, 0, own.NO_UNITS)],
    )


def size_mm(making: Making, one: Placed) -> tuple[float, float, float]:
    """The box around a finding's pixels along rows, columns and normal, in mm; a pixel at the edge counts whole."""
    planes = making.source.planes
    first = planes[0]
    columns = [mask.any(axis=0).nonzero()[0] for _, mask in one.marked]
    rows = [mask.any(axis=1).nonzero()[0] for _, mask in one.marked]
    wide = max(c.max() for c in columns) - min(c.min() for c in columns) + 1
    long = max(r.max() for r in rows) - min(r.min() for r in rows) + 1
    shares = [planes[n] for n, _ in one.marked]
    heights = [float(first.normal @ plane.corner) for plane in shares]
    deep = max(heights) - min(heights) + (shares[0].share + shares[-1].share) / 2
    return float(wide * first.spacing[0]), float(long * first.spacing[1]), float(deep)


def _time(text: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromisoformat(text).astimezone()
    except ValueError:
        return None
