"""Findings of other systems (imported.json) into the database, as marks of whoever observed them; twice is as once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import sqlalchemy as sa

from ..decisions import MAX_COMMENT, clean_comment
from ..imported_findings import ImportedFinding
from .case_facts import CaseFacts
from .judgements import Judged
from .reader_name import NAME, ReaderName
from .record_decisions import judgement_row, put_reader
from .review_ids import id_of
from .review_tables import added_finding
from .row_writing import Stamp, one_line, put

SOURCE = "import of DICOM"
_IMPORT = "imported finding"


def import_others(
    connection: sa.Connection,
    case: CaseFacts,
    geometry: Mapping[str, Any],
    findings: Iterable[ImportedFinding],
    stamp: Stamp,
) -> int:
    """Append what other systems found on a case, unless it was once; returns how many rows.

    ``geometry`` is the result's, of its manifest. The observer of each counts as its reader. What was measured and
    judged is in the comment; identifiers of the objects are not kept.
    """
    axes, rows = _axes(geometry), []
    for one in findings:
        who = put_reader(connection, observer_of(one), stamp)
        rows.append(_row(case, who, one, axes, stamp))
    return put(connection, added_finding, rows, stamp)


def observer_of(one: ImportedFinding) -> ReaderName:
    """Who observed it: a person by name, a device by its name and that word."""
    name = "".join(sign for sign in one.observer if sign.isprintable()).strip() or "another system"
    return ReaderName.of(f"{name[: NAME - 10]} (device)" if one.by == "device" else name[:NAME])


def _row(case: CaseFacts, who: uuid.UUID, one: ImportedFinding, axes: np.ndarray, stamp: Stamp) -> dict[str, Any]:
    place = id_of(_IMPORT, one.source, one.tracking_uid or one.tracking_id, one.segment, one.rank)
    box = [end for pair in one.box_ras for end in pair]
    comment = _comment(one)
    # The same object on two computers makes the same row.
    key = id_of(_IMPORT, case.id.hex, who.hex, place.hex, *box, comment)
    size = np.abs(axes).T @ np.array([high - low for low, high in one.box_ras])
    judged = judgement_row(Judged(comment, source=SOURCE, id=key), who, None)
    return {
        **judged,
        **dict(zip("ras", one.centre_ras, strict=True)),
        **dict(zip(("size_i", "size_j", "size_k"), map(float, size), strict=True)),
        "label_scheme": "",
        "label_code": "",
        "label_meaning": one_line(one.kind or one.label, NAME),
        "analysis_id": case.id,
        "mark": place,
        "withdrawn": False,
        "decided": stamp.recorded,
    }


def _comment(one: ImportedFinding) -> str:
    told = [one.label] if one.kind and one.label != one.kind else []
    told += [f"{name}: {value}" for name, value in one.evaluations.items()]
    told += [f"{item.name} {item.value:g} {item.unit}".strip() for item in one.measurements]
    return clean_comment("\n".join(told)[:MAX_COMMENT])


def _axes(geometry: Mapping[str, Any]) -> np.ndarray:
    """(3, 3) the unit vectors along i, j and k as columns; those of R, A and S where nothing usable is said."""
    try:
        matrix = np.array(geometry.get("ijk_to_ras"), float)[:3, :3]
        lengths = np.linalg.norm(matrix, axis=0)
    except (TypeError, ValueError, IndexError):
        return np.eye(3)
    usable = matrix.shape == (3, 3) and np.isfinite(matrix).all() and (lengths > 0).all()
    return matrix / lengths if usable else np.eye(3)
