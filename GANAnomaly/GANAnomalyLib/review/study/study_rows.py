"""What was read in a study, as rows for the statistician: ratings with the truth, and readings without it."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ..store.reader_study_tables import (
    adjudication,
    assignment,
    case_truth,
    closed_reading,
    latest_reading,
    reading_mark,
    study_case,
    to_adjudicate,
)
from ..store.review_tables import reader
from .study_record import KeptStudy

READING_COLUMNS = (
    *("reader", "treatment", "case", "rating", "verdict", "confidence", "seconds", "session", "place", "again"),
    *("opened", "closed", "version", "reason", "comment"),
)
_TRUTHS = {"normal": 0, "abnormal": 1}


@dataclass(frozen=True)
class StudyRows:
    """``readings``: every closed reading as it counts, repeated ones after the first; ``ratings``: first readings with
    truth, for the analysis, a row a mark or lesion where ``located``; ``notes``: what was left out, in sentences."""

    readings: list[dict[str, Any]]
    ratings: list[dict[str, Any]]
    located: bool
    notes: list[str] = field(default_factory=list)


def study_rows(connection: sa.Connection, study: KeptStudy, located: bool) -> StudyRows:
    """The rows of a study; a case without a truth in the design has that of the adjudicator, else it is left out."""
    rows = _closed(connection, study)
    truths, lesions = _truths(connection, study)
    ratings: list[dict[str, Any]] = []
    marks = _marks(connection, study) if located else {}
    for row in rows:
        truth = truths.get(row["study_case_id"])
        if row["again"] or truth is None:
            continue
        about = {"reader": row["reader"], "treatment": row["condition"], "case": row["case"], "truth": truth}
        if not located:
            ratings.append({**about, "rating": row["rating"]})
        # A case without any row was not read: one that was inadequate has none.
        elif row["verdict"] != "inadequate":
            found = located_rows(lesions.get(row["study_case_id"], []), marks.get(row["id"], []))
            ratings += [{**about, "lesion": lesion, "rating": rating} for lesion, rating in found]
    notes = _notes(rows, truths, located)
    return StudyRows([_reading(row) for row in rows], ratings, located, notes)


def located_rows(
    lesions: Sequence[dict[str, Any]], marks: Sequence[tuple[tuple[float, float, float], float]]
) -> list[tuple[str, float | None]]:
    """(lesion, rating) of a case: a row for each lesion, None where no mark is on it, and for each mark on none.

    A mark is on the lesion whose centre is nearest of those within whose radius it lies; of several marks on one the
    highest counts. A case without lesions and marks has one row without a rating.
    """
    best: dict[int, float] = {}
    beside: list[float] = []
    for centre, rating in marks:
        near = [(math.dist(centre, one["centre_ras"]), number) for number, one in enumerate(lesions)]
        on = [(distance, number) for distance, number in near if distance <= lesions[number]["radius_mm"]]
        if on:
            number = min(on)[1]
            best[number] = max(best.get(number, -math.inf), rating)
        else:
            beside.append(rating)
    found: list[tuple[str, float | None]] = [
        (one["name"] or str(number + 1), best.get(number)) for number, one in enumerate(lesions)
    ]
    found += [("", rating) for rating in beside]
    return found or [("", None)]


def mean_seconds(rows: StudyRows) -> list[dict[str, Any]]:
    """Mean reading time by reader and condition, of first readings."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows.readings:
        if not row["again"]:
            found.setdefault((row["reader"], row["treatment"]), []).append(row["seconds"])
    return [
        {"reader": name, "treatment": under, "readings": len(times), "seconds": sum(times) / len(times)}
        for (name, under), times in sorted(found.items())
    ]


def _closed(connection: sa.Connection, study: KeptStudy) -> list[sa.RowMapping]:
    columns = (
        *(closed_reading, assignment.c.study_case_id, assignment.c.condition, assignment.c.block, assignment.c.place),
        *(assignment.c.again, study_case.c.name.label("case"), reader.c.name.label("reader")),
    )
    joined = (
        closed_reading.join(assignment, assignment.c.id == closed_reading.c.assignment_id)
        .join(study_case, study_case.c.id == assignment.c.study_case_id)
        .join(reader, reader.c.id == assignment.c.reader_id)
    )
    chosen = sa.select(*columns).select_from(joined)
    chosen = chosen.where(assignment.c.reading_study_id == study.id, latest_reading(closed_reading))
    order = (reader.c.name, study_case.c.number, assignment.c.condition, assignment.c.block)
    return list(connection.execute(chosen.order_by(*order)).mappings())


def _truths(
    connection: sa.Connection, study: KeptStudy
) -> tuple[dict[uuid.UUID, int], dict[uuid.UUID, list[dict[str, Any]]]]:
    truths: dict[uuid.UUID, int] = {}
    lesions: dict[uuid.UUID, list[dict[str, Any]]] = {}
    settled = (
        sa.select(to_adjudicate.c.study_case_id, adjudication.c.verdict)
        .join(to_adjudicate, to_adjudicate.c.id == adjudication.c.to_adjudicate_id)
        .join(study_case, study_case.c.id == to_adjudicate.c.study_case_id)
        .where(study_case.c.reading_study_id == study.id)
        .order_by(adjudication.c.decided)
    )
    for key, verdict in connection.execute(settled):
        truths.pop(key, None)
        if verdict in _TRUTHS:
            truths[key] = _TRUTHS[verdict]
    known = sa.select(case_truth).join(study_case, study_case.c.id == case_truth.c.study_case_id)
    for row in connection.execute(known.where(study_case.c.reading_study_id == study.id)):
        if row.truth is not None:
            truths[row.study_case_id] = row.truth
        if row.lesions:
            lesions[row.study_case_id] = json.loads(row.lesions)
    return truths, lesions


def _marks(
    connection: sa.Connection, study: KeptStudy
) -> dict[uuid.UUID, list[tuple[tuple[float, float, float], float]]]:
    joined = reading_mark.join(closed_reading, closed_reading.c.id == reading_mark.c.closed_reading_id).join(
        assignment, assignment.c.id == closed_reading.c.assignment_id
    )
    chosen = sa.select(reading_mark).select_from(joined).where(assignment.c.reading_study_id == study.id)
    found: dict[uuid.UUID, list[tuple[tuple[float, float, float], float]]] = {}
    for row in connection.execute(chosen.order_by(reading_mark.c.id)):
        found.setdefault(row.closed_reading_id, []).append(((row.r, row.a, row.s), row.rating))
    return found


def _notes(rows: Sequence[Any], truths: dict[uuid.UUID, int], located: bool) -> list[str]:
    notes = []
    without = {row["study_case_id"] for row in rows} - truths.keys()
    if without:
        notes.append(f"{len(without)} cases have no truth yet, and are left out of the ratings.")
    inadequate = sum(row["rating"] is None and not row["again"] for row in rows)
    if inadequate and not located:
        notes.append(f"{inadequate} readings have no rating: their cases were called inadequate.")
    amended = sum(row["version"] > 1 for row in rows)
    if amended:
        notes.append(f"{amended} readings were amended after they were closed; the last version counts.")
    again = sum(bool(row["again"]) for row in rows)
    if again:
        notes.append(f"{again} readings are repeated ones: they are in the readings, not in the ratings.")
    return notes


def _reading(row: Any) -> dict[str, Any]:
    told = {name: row[name] for name in READING_COLUMNS if name in row}
    told |= {"treatment": row["condition"], "session": row["block"], "again": int(row["again"])}
    told |= {name: row[name].isoformat() for name in ("opened", "closed")}
    return {name: told[name] for name in READING_COLUMNS}
