"""Each reader's readings of a study, drawn once and kept."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from ...errors import InputError
from ..store.reader_name import ReaderName
from ..store.reader_study_tables import assignment, case_truth, study_case, study_event
from ..store.record_decisions import put_reader, reader_id
from ..store.review_database import ReviewDatabase
from ..store.review_ids import id_of
from ..store.review_tables import added_finding, decision, finding, verdict
from ..store.row_writing import Stamp, put
from .arrange_readings import Slot, arrange
from .study_record import ASSIGNED, KeptStudy, find_study


def assign_study(
    database: ReviewDatabase, name: str, who: ReaderName, seed: int | None = None, site: str | None = None
) -> KeptStudy:
    """Give each reader of a study the cases in an order of his or her own; twice is as once.

    ``seed`` may be left out where the design has one. Readers are of ``site``, None for the one at work. Raises
    :class:`InputError` for another seed than the design's or the one that was used, and where there is none.
    """
    stamp = Stamp.now(who.name)

    def work(connection: sa.Connection) -> None:
        study = find_study(connection, name, own=True)
        chosen = _seed(study, seed)
        if study.seed is not None:
            return
        rows = _rows(connection, study, chosen, site, stamp)
        put(connection, assignment, rows, stamp)
        key = id_of("study event", study.id.hex, ASSIGNED, chosen)
        about = {"reading_study_id": study.id, "event": ASSIGNED, "seed": chosen}
        put(connection, study_event, [{"id": key, **about}], stamp)

    database.write(work)
    with database.reading() as connection:
        return find_study(connection, name)


def _seed(study: KeptStudy, asked: int | None) -> int:
    if study.seed is not None and asked not in (None, study.seed):
        raise InputError.of(
            "The study {study} was assigned with the seed {seed}, and stays so: leave the other out, or create a study "
            "of another name.",
            study=study.design.name,
            seed=study.seed,
        )
    if study.design.seed is not None and asked not in (None, study.design.seed):
        raise InputError.of(
            "The design of the study {study} has the seed {seed}: leave the other out, or create a study of another "
            "name.",
            study=study.design.name,
            seed=study.design.seed,
        )
    found = next((one for one in (study.seed, asked, study.design.seed) if one is not None), None)
    if found is None:
        raise InputError.of(
            "The design of the study {study} has no seed for its order: give one.", study=study.design.name
        )
    return found


def _rows(
    connection: sa.Connection, study: KeptStudy, seed: int, site: str | None, stamp: Stamp
) -> list[dict[str, Any]]:
    design = study.design
    columns = (study_case.c.id, study_case.c.analysis_id, case_truth.c.truth)
    joined = study_case.outerjoin(case_truth, case_truth.c.study_case_id == study_case.c.id)
    chosen = sa.select(*columns).select_from(joined).where(study_case.c.reading_study_id == study.id)
    cases = connection.execute(chosen.order_by(study_case.c.number)).all()
    plans = arrange(
        [case.truth for case in cases], len(design.readers), len(design.conditions), design.order,
        design.repeat_cases, seed,
    )  # fmt: skip
    rows = []
    for name, slots in zip(design.readers, plans, strict=True):
        whom = ReaderName.of(name, site)
        put_reader(connection, whom, stamp)
        key = reader_id(whom)
        before = _readings_before(connection, key)
        for slot in slots:
            case = cases[slot.case]
            before[case.analysis_id] = reading = before.get(case.analysis_id, 0) + 1
            rows.append(_row(study, key, case.id, slot, reading))
    return rows


def _row(study: KeptStudy, reader: uuid.UUID, case: uuid.UUID, slot: Slot, reading: int) -> dict[str, Any]:
    return {
        "id": id_of("assignment", study.id.hex, reader.hex, slot.block, slot.place),
        "reading_study_id": study.id,
        "reader_id": reader,
        "study_case_id": case,
        "block": slot.block,
        "place": slot.place,
        "reading": reading,
        "condition": study.design.conditions[slot.condition].name,
        "again": slot.again,
    }


def _readings_before(connection: sa.Connection, reader: uuid.UUID) -> dict[uuid.UUID, int]:
    """The highest number of a reading that a reader has of each case, inside and outside of studies."""
    highest: dict[uuid.UUID, int] = {}
    of_findings = decision.join(finding, finding.c.id == decision.c.finding_id)
    of_studies = assignment.join(study_case, study_case.c.id == assignment.c.study_case_id)
    sources = (
        (decision, finding.c.analysis_id, of_findings),
        (added_finding, added_finding.c.analysis_id, added_finding),
        (verdict, verdict.c.analysis_id, verdict),
        (assignment, study_case.c.analysis_id, of_studies),
    )
    for table, case, joined in sources:
        chosen = sa.select(case, sa.func.max(table.c.reading)).select_from(joined)
        for key, number in connection.execute(chosen.where(table.c.reader_id == reader).group_by(case)):
            highest[key] = max(highest.get(key, 0), number)
    return highest
