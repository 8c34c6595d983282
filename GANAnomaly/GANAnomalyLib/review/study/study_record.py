"""A study in the review database: kept once with its cases and their truth, never changed; finished once."""

from __future__ import annotations

import dataclasses
import json
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...errors import InputError
from ...files.hashes import hash_json
from ..store.case_facts import CaseFacts, case_of_folder
from ..store.case_rows import put_case
from ..store.present_state import find_case
from ..store.reader_name import ReaderName
from ..store.reader_study_tables import assignment, case_truth, closed_reading, reading_study, study_case, study_event
from ..store.review_database import ReviewDatabase
from ..store.review_ids import id_of
from ..store.review_tables import analysis, reader
from ..store.row_writing import Stamp, put
from .study_design import DesignCase, StudyDesign

ASSIGNED, FINISHED = "assigned", "finished"


@dataclass(frozen=True)
class KeptStudy:
    """A study as the database has it: its design without cases, hashes of all of it and of its plan, and ``seed``, the
    order's, None while nothing is assigned."""

    id: uuid.UUID
    design: StudyDesign
    design_hash: str
    plan_hash: str
    seed: int | None
    finished: bool


@dataclass(frozen=True)
class _Case:
    id: uuid.UUID
    fingerprint: str
    facts: CaseFacts | None


def create_study(database: ReviewDatabase, design: StudyDesign, who: ReaderName, plan_hash: str = "") -> KeptStudy:
    """Keep a study with its cases; the same again is the study that is there.

    ``plan_hash`` is that of the plan as the analysis will take it, "" for none. Raises :class:`InputError` naming the
    field for a case that is not there or there twice, and for a study of this name with another design; nothing was
    kept then.
    """
    cases = _found(database, design)
    stamp = Stamp.now(who.name)
    names = _names(design, cases)
    described = [_described(*about) for about in zip(names, design.cases, cases, strict=True)]
    whole = {**design.public(), "cases": described}
    told = {"design": json.dumps(design.public(), sort_keys=True), "design_hash": hash_json(whole)}
    key = id_of("reading study", design.name, told["design_hash"], plan_hash)

    def work(connection: sa.Connection) -> None:
        put(connection, reading_study, [{"id": key, "name": design.name, **told, "plan_hash": plan_hash}], stamp)
        there = sa.select(reading_study.c.id).where(reading_study.c.name == design.name)
        if connection.execute(there).scalar_one() != key:
            raise InputError.of(
                "There is a study {study} already, with another design, which stays as it is: give this one another "
                "name.",
                study=design.name,
            )
        for found in cases:
            if found.facts is not None:
                put_case(connection, found.facts, who, stamp)
        rows, truths = [], []
        for number, (one, found) in enumerate(zip(design.cases, cases, strict=True), 1):
            case = id_of("study case", key.hex, number)
            about = {"reading_study_id": key, "analysis_id": found.id, "number": number}
            rows.append({"id": case, **about, "name": names[number - 1]})
            lesions = json.dumps([dataclasses.asdict(lesion) for lesion in one.lesions]) if one.lesions else ""
            known = {"truth": one.truth, "lesions": lesions}
            truths.append({"id": id_of("case truth", case.hex), "study_case_id": case, **known})
        put(connection, study_case, rows, stamp)
        put(connection, case_truth, truths, stamp)

    database.write(work)
    with database.reading() as connection:
        return find_study(connection, design.name)


def find_study(connection: sa.Connection, name: str, own: bool = False) -> KeptStudy:
    """The study of that name; ``own`` keeps other writers out of it until the transaction ends.

    Raises :class:`InputError` where there is none, or its plan or design is not what was kept with it.
    """
    chosen = sa.select(reading_study).where(reading_study.c.name == name)
    row = connection.execute(chosen.with_for_update() if own else chosen).mappings().first()
    if row is None:
        names = list(connection.execute(sa.select(reading_study.c.name).order_by(reading_study.c.name)).scalars())
        if not names:
            raise InputError.of(
                "There is no study {study} yet: gananomaly review study create makes one.", study=name[:100]
            )
        raise InputError.of(
            "There is no study {study}: there are {names}.", study=name[:100], names=", ".join(names[:10])
        )
    events = sa.select(study_event.c.event, study_event.c.seed).where(study_event.c.reading_study_id == row["id"])
    held = {row.event: row.seed for row in connection.execute(events)}
    design = StudyDesign.of_public(json.loads(row["design"]))
    return KeptStudy(row["id"], design, row["design_hash"], row["plan_hash"], held.get(ASSIGNED), FINISHED in held)


def design_is_whole(connection: sa.Connection, study: KeptStudy) -> bool:
    """Whether design, cases, truth and plan are still those that the hash was made of."""
    columns = (study_case.c.name, study_case.c.number, analysis.c.fingerprint, case_truth.c.truth, case_truth.c.lesions)
    joined = study_case.join(analysis, analysis.c.id == study_case.c.analysis_id).outerjoin(
        case_truth, case_truth.c.study_case_id == study_case.c.id
    )
    chosen = sa.select(*columns).select_from(joined).where(study_case.c.reading_study_id == study.id)
    cases = [
        {
            "case": row.fingerprint,
            "name": row.name,
            "truth": row.truth,
            "lesions": json.loads(row.lesions) if row.lesions else [],
        }
        for row in connection.execute(chosen.order_by(study_case.c.number))
    ]
    return hash_json({**study.design.public(), "cases": cases}) == study.design_hash


def finish_study(database: ReviewDatabase, name: str, who: ReaderName, force: bool = False) -> KeptStudy:
    """End a study: nothing is read or amended any more. Twice is as once.

    Raises :class:`InputError` while readings are left, unless ``force``.
    """
    stamp = Stamp.now(who.name)

    def work(connection: sa.Connection) -> None:
        study = find_study(connection, name, own=True)
        if study.finished:
            return
        if study.seed is None:
            raise InputError.of("Nothing of the study {study} is assigned yet: there is nothing to finish.", study=name)
        done = sa.exists().where(closed_reading.c.assignment_id == assignment.c.id)
        left = sa.select(sa.func.count()).where(assignment.c.reading_study_id == study.id, ~done)
        count = connection.execute(left).scalar_one()
        if count and not force:
            raise InputError.of(
                "{count} readings of the study {study} are left: finish it after them, or add ⟨force⟩.",
                count=count,
                study=name,
            )
        key = id_of("study event", study.id.hex, FINISHED)
        put(connection, study_event, [{"id": key, "reading_study_id": study.id, "event": FINISHED}], stamp)

    database.write(work)
    with database.reading() as connection:
        return find_study(connection, name)


def check_may_see(connection: sa.Connection, who: uuid.UUID) -> None:
    """Raise :class:`InputError` where a reader is in a study that does not let readers see each other's decisions yet.

    It keeps honest readers from seeing by accident what they must not; who can open the database can read it.
    """
    own = sa.select(reading_study.c.name).join(assignment, assignment.c.reading_study_id == reading_study.c.id)
    for name in connection.execute(own.where(assignment.c.reader_id == who).distinct()).scalars().all():
        study = find_study(connection, name)
        until = study.design.blind_until
        if study.finished or until == "start":
            continue
        done = sa.exists().where(closed_reading.c.assignment_id == assignment.c.id)
        mine = (assignment.c.reading_study_id == study.id, assignment.c.reader_id == who)
        left = connection.execute(sa.select(assignment.c.id).where(*mine, ~done).limit(1)).first()
        if until == "own" and left is None:
            continue
        if until == "own":
            raise InputError.of(
                "You read in the study {study}, in which readers see nothing of each other until they have read all of "
                "their cases.",
                study=name,
            )
        raise InputError.of(
            "You read in the study {study}, in which readers see nothing of each other until the study is finished.",
            study=name,
        )


def reader_names(connection: sa.Connection, study: KeptStudy) -> dict[uuid.UUID, str]:
    """The readers that have assignments, in the design's order."""
    chosen = sa.select(reader.c.id, reader.c.name).join(assignment, assignment.c.reader_id == reader.c.id)
    found = dict(
        tuple(row) for row in connection.execute(chosen.where(assignment.c.reading_study_id == study.id).distinct())
    )
    order = {name: number for number, name in enumerate(study.design.readers)}
    return dict(sorted(found.items(), key=lambda item: order.get(item[1], len(order))))


def _found(database: ReviewDatabase, design: StudyDesign) -> list[_Case]:
    """The cases that a design names."""
    found: list[_Case] = []
    with database.reading() as connection:
        for number, one in enumerate(design.cases):
            place = f"cases[{number}].{'result' if one.result else 'case'}"
            try:
                case = _find(connection, one)
            except InputError as error:
                raise InputError(f"The design cannot be used: its {place} is no case. {error.message}") from error
            for before, other in enumerate(found):
                if other.id == case.id:
                    raise InputError(f"The design cannot be used: its {place} is the same as cases[{before}].")
            found.append(case)
    return found


def _find(connection: sa.Connection, one: DesignCase) -> _Case:
    if one.result:
        facts = case_of_folder(one.result)
        return _Case(facts.id, facts.fingerprint, facts)
    key = find_case(connection, one.case)
    fingerprint = connection.execute(sa.select(analysis.c.fingerprint).where(analysis.c.id == key)).scalar_one()
    return _Case(key, fingerprint, None)


def _names(design: StudyDesign, cases: list[_Case]) -> list[str]:
    """What readers and tables call the cases. Who is not named gets a number by its fingerprint, which tells nothing:
    designs often list the abnormal ones first."""
    order = {one.fingerprint: number for number, one in enumerate(sorted(cases, key=lambda one: one.fingerprint), 1)}
    names = [one.name or str(order[found.fingerprint]) for one, found in zip(design.cases, cases, strict=True)]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise InputError(
                f"The design cannot be used: its cases[{number}] and cases[{names.index(name)}] are both called "
                f"{name!r}; name all cases, or none by a number."
            )
    return names


def _described(name: str, one: DesignCase, found: _Case) -> dict[str, Any]:
    """A case for the hash: as the database tells it, wherever its folder is."""
    return {
        "case": found.fingerprint,
        "name": name,
        "truth": one.truth,
        "lesions": [dataclasses.asdict(lesion) for lesion in one.lesions],
    }
