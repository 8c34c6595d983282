"""What readers add, and their verdicts, in the database: from the panel, and with decisions.json both ways."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from GANAnomalyLib.errors import InputError  # noqa: E402
from GANAnomalyLib.review.added_findings import CaseVerdict, ReaderFinding  # noqa: E402
from GANAnomalyLib.review.coded_labels import Label  # noqa: E402
from GANAnomalyLib.review.decisions import Decision, Reading, load_reading, save_decisions  # noqa: E402
from GANAnomalyLib.review.finding_rows import FindingRow  # noqa: E402
from GANAnomalyLib.review.imported_findings import (  # noqa: E402
    IMPORTED_FILE,
    ImportedFinding,
    Measured,
    save_imported,
)
from GANAnomalyLib.review.reading_changes import Withdrawn, changes  # noqa: E402
from GANAnomalyLib.review.store.exchange_results import export_result, import_result, latest_reading  # noqa: E402
from GANAnomalyLib.review.store.judgements import Sitting  # noqa: E402
from GANAnomalyLib.review.store.present_state import case_state  # noqa: E402
from GANAnomalyLib.review.store.reader_name import ReaderName  # noqa: E402
from GANAnomalyLib.review.store.review_tables import added_finding, decision, verdict  # noqa: E402
from GANAnomalyLib.review.store.unsent_decisions import Unsent, bring_in, put_aside, unsent  # noqa: E402

ONE, OTHER = ReaderName('Dr. Jürgen "J" O\'Müller'), ReaderName("Zwei")
NODULE = Label("SCT", "27925004", "Nodule")
TIME = "2026-01-02T03:04:05+00:00"
LATER = "2026-01-02T03:04:09+00:00"
BOX = ReaderFinding((1.5, -2.0, 3.125), (8.0, 9.5, 6.0), NODULE, 'größer;\n"neu"', 4, TIME)
POINT = ReaderFinding((0.0, 0.0, 30.0), label=Label.words("odd"), decided=TIME, mark="no uuid")
ABNORMAL = CaseVerdict("abnormal", 5, TIME)
SITTING = Sitting("panel")


def aside(case, change, who=ONE):
    return put_aside(Unsent.of(case, change, who, "panel", SITTING))


def state(database, case):
    with database.reading() as connection:
        return case_state(connection, case.id)


def counts(database):
    with database.reading() as connection:
        tables = (decision, added_finding, verdict)
        return [connection.execute(sa.select(sa.func.count()).select_from(one)).scalar_one() for one in tables]


def rows_of(reading):
    place = (1.0, 0, (0, 0), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "")
    said = {one.rank: one for one in reading.decisions}
    found = []
    for rank in (1, 2, 3):
        one = said.get(rank, Decision(rank))
        more = (one.decision, one.comment, one.decided, None, None, one.confidence, one.label)
        found.append(FindingRow(rank, *place, *more))
    return found


def test_all_that_a_reader_says_and_takes_back_is_appended(either, case):
    moved = replace(BOX, centre_ras=(2.0, 2.0, 2.0), decided=LATER)
    states = [
        Reading(),
        Reading([Decision(1, "accepted", "c", TIME, 3, NODULE)]),
        Reading([Decision(1, "accepted", "c", TIME, 3, NODULE)], [BOX]),
        Reading([Decision(1, "accepted", "c", TIME, 3, NODULE)], [moved, POINT], ABNORMAL),
        Reading([], [POINT], CaseVerdict()),
    ]
    for before, now in itertools.pairwise(states):
        for change in changes(before, now):
            aside(case, change)
        if now is states[3]:
            bring_in(either)
            found = state(either, case)
            told = sorted((one["r"], one["comment"], one["confidence"], one["label_code"]) for one in found.added)
            assert told == [(0.0, "", None, ""), (2.0, BOX.comment, 4, NODULE.code)]
            assert [(one["verdict"], one["confidence"]) for one in found.verdicts] == [("abnormal", 5)]
            assert (found.decisions[0]["confidence"], found.decisions[0]["label_meaning"]) == (3, "Nodule")
    assert bring_in(either)[1] == []
    assert unsent() == []
    found = state(either, case)
    assert [one["r"] for one in found.added] == [0.0]
    assert found.verdicts == []
    # Nothing was overwritten: two places of the box and its end, a point, a verdict and its end.
    assert counts(either) == [1, 4, 2]


def test_readers_with_the_same_file_have_places_of_their_own(database, case):
    for change in (BOX, replace(BOX, comment="mine", decided=LATER)):
        aside(case, change)
    aside(case, replace(BOX, comment="no, mine", decided=LATER), OTHER)
    aside(case, Withdrawn(BOX), OTHER)
    assert bring_in(database) == (4, [])
    assert [(one["reader"], one["comment"]) for one in state(database, case).added] == [(ONE.name, "mine")]


def test_there_and_back_and_again(either, result, case):
    kept = Reading([Decision(1, "unsure", "", TIME, 2, NODULE)], [BOX, POINT], ABNORMAL)
    save_decisions(result, rows_of(kept), None, ONE.name, kept.added, kept.verdict)
    first = import_result(either, result)
    assert (first.decisions, first.added, first.reader) == (1, 3, ONE.name)
    held = counts(either)
    assert import_result(either, result).added == 0
    export_result(either, result, ONE)
    again = load_reading(result)
    assert {one.comment: replace(one, mark="") for one in again.added} == {
        one.comment: replace(one, mark="") for one in kept.added
    }
    assert again.verdict == ABNORMAL
    assert again.decisions[0] == kept.decisions[0]
    assert import_result(either, result).added == 0
    assert counts(either) == held


def test_a_file_with_more_than_the_database_has_is_not_written_over(database, result, case):
    import_result(database, result)
    for kept in (Reading((), [BOX]), Reading((), (), ABNORMAL)):
        save_decisions(result, rows_of(kept), None, ONE.name, kept.added, kept.verdict)
        with pytest.raises(InputError, match="import them first"):
            export_result(database, result, ONE)
    export_result(database, result, ONE, force=True)
    assert load_reading(result).verdict == CaseVerdict()


def test_a_result_that_is_opened_has_what_is_later(database, result, case):
    save_decisions(result, rows_of(Reading()), None, ONE.name, [BOX, POINT], ABNORMAL)
    kept = load_reading(result)
    assert latest_reading(database, result, ONE, kept) == Reading(list(kept.decisions), kept.added, ABNORMAL)
    late = replace(BOX, comment="later", decided=LATER)
    new = ReaderFinding((9.0, 9.0, 9.0), decided=LATER)
    said = Decision(2, "accepted", "", LATER, 5)
    for change in (late, new, Withdrawn(POINT), CaseVerdict("normal", None, LATER), said):
        aside(case, change)
    assert bring_in(database) == (5, [])
    found = latest_reading(database, result, ONE, kept)
    assert list(found.added) == [late, new]
    assert found.verdict == CaseVerdict("normal", None, LATER)
    assert found.decisions[1] == said
    assert latest_reading(database, result, OTHER, kept) == kept, "what another reader kept stays alone"


def test_hostile_files_are_put_aside(database, case):
    path = aside(case, BOX)
    data = json.loads(path.read_text())
    broken = [
        {"added": {"centre_ras": [0, 0]}},
        {"added": {**data["added"], "size_mm": [1, 1, -1]}},
        {"verdict": "ill"},
        {"confidence": 9},
        {"label": {"meaning": "x\ny"}},
        {"withdrawn": 3},
    ]
    for number, changed in enumerate(broken):
        path.with_name(f"{number}.decision.json").write_text(json.dumps({**data, **changed}))
    done, told = bring_in(database)
    assert (done, len(told)) == (1, len(broken))


def imported(rank, **more):
    """A finding of another system."""
    box = ((-4.0, 6.0), (-8.0, 12.0), (25.0, 35.0))
    return ImportedFinding(rank, f"Lesion {rank}", box, "1.2.840.99", **more)


def test_findings_of_other_systems_are_marks_of_their_observers(either, result, case):
    manifest = json.loads((result / "result.json").read_text())
    turned = [[0.0, 2.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 3.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    (result / "result.json").write_text(json.dumps({**manifest, "geometry": {"ijk_to_ras": turned}}))
    seen = Measured("Volume", 120.5, "mm3")
    findings = [
        imported(1, observer="Other AI", by="device", kind="Nodule", measurements=[seen], evaluations={"Risk": "high"}),
        imported(2, observer="Doe^Jane", by="person", segment=2),
        imported(3),
    ]
    save_imported(result / IMPORTED_FILE, findings, result)
    assert import_result(either, result, ONE).others == 3
    assert import_result(either, result, ONE).others == 0, "twice is as once"
    rows = state(either, case).added
    assert [row["reader"] for row in rows] == ["Doe^Jane", "Other AI (device)", "another system"]
    device = rows[1]
    assert (device["label_meaning"], device["comment"]) == ("Nodule", "Lesion 1\nRisk: high\nVolume 120.5 mm3")
    assert [device[name] for name in ("r", "a", "s")] == [1.0, 2.0, 30.0]
    assert [device[name] for name in ("size_i", "size_j", "size_k")] == [20.0, 10.0, 10.0], "along the image's axes"
    assert latest_reading(either, result, ONE, Reading()).added == [], "no reader's own"
    with either.reading() as connection:
        dump = str(connection.execute(sa.select(added_finding)).all())
    assert "1.2.840.99" not in dump


def test_a_damaged_imported_file_is_a_sentence(database, result):
    (result / IMPORTED_FILE).write_text('{"fingerprint": "' + "ab" * 32 + '", "findings": [{"rank": 0}]}')
    with pytest.raises(InputError, match=r"imported\.json cannot be used"):
        import_result(database, result, ONE)
    assert counts(database) == [0, 0, 0]
