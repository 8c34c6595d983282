"""A case's rows: kept where they are not there yet, and what was not known before filled in."""

from __future__ import annotations

import json
import math
import uuid
from typing import Any

import sqlalchemy as sa

from ...errors import InputError
from .case_facts import CaseFacts, PlacedFinding, finding_id
from .reader_name import NAME, ReaderName
from .review_ids import id_of
from .review_tables import HASH, analysis, finding, result_folder, series, site, study
from .row_writing import Stamp, fill_empty, one_line, put

_FILLED = (
    *("fingerprint", "model", "model_title", "model_hash", "detector", "metric", "unit", "settings", "version"),
    "created",
)
_WHOSE = ("patient_hash", "study_hash", "patient_id", "study_uid")
_NEAR_MM = 1.0
"""Places of the same finding may differ so much: a scene keeps them rounded."""


def put_case(connection: sa.Connection, case: CaseFacts, reader: ReaderName, stamp: Stamp) -> int:
    """Keep a case unless it is there; returns how many rows are new. What was not known before is filled in.

    Raises :class:`InputError` where the same analysis is there with other findings.
    """
    where = id_of("site", reader.site)
    # An image is told by its voxels, and where those are not known by its analysis.
    image = case.input_hash or f"of {case.fingerprint}"
    of_series = id_of("series", image)
    of_study = id_of("study", where, case.patient_hash, case.study_hash) if case.study_hash else id_of("study", image)
    added = put(connection, site, [{"id": where, "name": reader.site}], stamp)
    whose = {"patient_hash": case.patient_hash, "study_hash": case.study_hash}
    real = {"patient_id": one_line(case.patient_id, NAME), "study_uid": one_line(case.study_uid, NAME)}
    added += put(connection, study, [{"id": of_study, "site_id": where, **whose, **real}], stamp)
    image_facts = {"input_hash": case.input_hash[:HASH], "modality": case.modality[:40]}
    new = put(connection, series, [{"id": of_series, "study_id": of_study, **image_facts}], stamp)
    if case.study_hash and not new:
        fill_empty(connection, study, of_study, real)
        _join_study(connection, of_series, of_study)
    added += new
    known = _known(case)
    new = put(connection, analysis, [{"id": case.id, "series_id": of_series, **known}], stamp)
    if not new:
        fill_empty(connection, analysis, case.id, known)
        if case.input_hash:
            _join_series(connection, case.id, of_series)
    new += put(connection, finding, [_row(case, one) for one in _lacking(connection, case)], stamp)
    return added + new + _put_folder(connection, case, stamp)


def is_kept(connection: sa.Connection, case: CaseFacts) -> bool:
    """Whether :func:`put_case` would change nothing; raises as that does."""
    columns = (*(analysis.c[name] for name in _FILLED), series.c.input_hash, *(study.c[name] for name in _WHOSE))
    joined = sa.select(*columns).join(series, series.c.id == analysis.c.series_id)
    about = joined.join(study, study.c.id == series.c.study_id).where(analysis.c.id == case.id)
    there = connection.execute(about).mappings().first()
    if there is None or any(value and not there[name] for name, value in _known(case).items()):
        return False
    if any(getattr(case, name) and not there[name] for name in _WHOSE):
        return False
    if _lacking(connection, case):
        return False
    return bool(there["input_hash"] or not case.input_hash) and _folder_is_known(connection, case)


def _row(case: CaseFacts, one: PlacedFinding) -> dict[str, Any]:
    places = dict(zip(("r", "a", "s"), one.centre_ras, strict=True))
    sizes = dict(zip(("size_i", "size_j", "size_k"), one.size_mm, strict=True))
    return {
        "id": finding_id(case.id, one.rank),
        "analysis_id": case.id,
        "rank": one.rank,
        "score": one.score,
        "slice": one.slice,
        "first_slice": one.slices[0],
        "last_slice": one.slices[1],
        **places,
        **sizes,
    }


def _known(case: CaseFacts) -> dict[str, str]:
    """The analysis's own columns."""
    return {
        "fingerprint": case.fingerprint[:HASH],
        "model": one_line(case.model, NAME),
        "model_title": one_line(case.model_title, NAME),
        "model_hash": case.model_hash[:HASH],
        "detector": one_line(case.detector, NAME),
        "metric": case.metric[:40],
        "unit": one_line(case.unit, 1000),
        "settings": json.dumps(case.settings, sort_keys=True) if case.settings else "",
        "version": case.version[:40],
        "created": case.created[:40],
    }


def _join_series(connection: sa.Connection, case: uuid.UUID, of_series: uuid.UUID) -> None:
    """An analysis that was known from a scene alone gets its image, of which nothing was known."""
    nameless = sa.select(series.c.id).where(series.c.input_hash == "")
    belongs = sa.update(analysis).where(analysis.c.id == case, analysis.c.series_id.in_(nameless))
    connection.execute(belongs.values(series_id=of_series))


def _join_study(connection: sa.Connection, of_series: uuid.UUID, of_study: uuid.UUID) -> None:
    """An image whose patient nobody knew gets its study."""
    nameless = sa.select(study.c.id).where(study.c.study_hash == "")
    belongs = sa.update(series).where(series.c.id == of_series, series.c.study_id.in_(nameless))
    connection.execute(belongs.values(study_id=of_study))


def _lacking(connection: sa.Connection, case: CaseFacts) -> list[PlacedFinding]:
    """The findings that the database does not have: a scene's list may have been shortened.

    Raises :class:`InputError` where one lies elsewhere: decisions must stay on the place that their reader saw.
    """
    columns = (finding.c.rank, finding.c.slice, finding.c.r, finding.c.a, finding.c.s)
    there = {
        rank: (where, place)
        for rank, where, *place in connection.execute(sa.select(*columns).where(finding.c.analysis_id == case.id))
    }
    known = [one for one in case.findings if one.rank in there]
    for one in known:
        where, place = there[one.rank]
        if where != one.slice or math.dist(place, one.centre_ras) > _NEAR_MM:
            raise InputError(
                "The review database knows this analysis with other findings: they were changed since, or computed on "
                "another computer with other numbers. Its decisions stay as they are."
            )
    return [one for one in case.findings if one.rank not in there]


def _put_folder(connection: sa.Connection, case: CaseFacts, stamp: Stamp) -> int:
    """Where it is now, unless that is what is known already."""
    if _folder_is_known(connection, case):
        return 0
    path = _path(case)
    key = id_of("folder", case.id.hex, path, case.findings_hash, stamp.recorded.isoformat())
    rows = [{"id": key, "analysis_id": case.id, "path": path, "findings_hash": case.findings_hash}]
    return put(connection, result_folder, rows, stamp)


def _folder_is_known(connection: sa.Connection, case: CaseFacts) -> bool:
    if not case.folder:
        return True
    last = connection.execute(
        sa.select(result_folder.c.path, result_folder.c.findings_hash)
        .where(result_folder.c.analysis_id == case.id)
        .order_by(result_folder.c.recorded.desc(), result_folder.c.id.desc())
        .limit(1)
    ).first()
    return last is not None and tuple(last) == (_path(case), case.findings_hash)


def _path(case: CaseFacts) -> str:
    return case.folder.encode("utf-8", "replace").decode()
