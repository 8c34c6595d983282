"""The review database: what is appended, what counts, how it is opened and brought up; on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime
import shutil
import time
import uuid
from pathlib import Path

import pytest

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from GANAnomalyLib.errors import GANAnomalyError, InputError  # noqa: E402
from GANAnomalyLib.review.store import migrate, review_ids  # noqa: E402
from GANAnomalyLib.review.store.case_facts import case_of_scene  # noqa: E402
from GANAnomalyLib.review.store.judgements import Judged, Label, Sitting  # noqa: E402
from GANAnomalyLib.review.store.listed_cases import list_cases  # noqa: E402
from GANAnomalyLib.review.store.present_state import case_state, find_case  # noqa: E402
from GANAnomalyLib.review.store.reader_name import ReaderName  # noqa: E402
from GANAnomalyLib.review.store.reader_study_tables import EVERY_TABLE  # noqa: E402
from GANAnomalyLib.review.store.record_decisions import (  # noqa: E402
    reader_id,
    record_added_finding,
    record_decision,
    record_verdict,
)
from GANAnomalyLib.review.store.review_database import ReviewDatabase  # noqa: E402
from GANAnomalyLib.review.store.review_ids import id_of, new_id  # noqa: E402
from GANAnomalyLib.review.store.review_tables import (  # noqa: E402
    HEAD,
    analysis,
    decision,
    metadata,
    result_folder,
    series,
)

ODD = 'Dr. Jürgen "Jott" O\'Müßig, 漢字; DROP TABLE reader --'
COMMENT = "first line\nsecond; 'quoted' \"twice\" 😀"


def state_of(database, case, readers=None):
    with database.reading() as connection:
        return case_state(connection, case.id, readers)


def count(database, table) -> int:
    with database.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_what_was_decided_last_counts_and_all_of_it_stays(either, case):
    who = ReaderName.of(ODD)
    for word, comment in (("accepted", ""), ("unsure", "hm"), ("", ""), ("rejected", COMMENT)):
        record_decision(
            either, case, 2, word, who, Judged(comment, 4, 12.5), Label("SCT", "4147007", "Mass"), Sitting()
        )
    state = state_of(either, case)
    assert len(state.decisions) == 1
    row = state.decisions[0]
    assert (row["decision"], row["comment"], row["reader"]) == ("rejected", COMMENT, ODD)
    assert (row["confidence"], row["seconds"], row["label_code"]) == (4, 12.5, "4147007")
    assert row["decided"].tzinfo is not None
    assert abs(row["decided"] - datetime.datetime.now(datetime.timezone.utc)) < datetime.timedelta(minutes=5)
    assert row["recorded_by"] == ODD
    assert count(either, decision) == 4
    record_decision(either, case, 2, "", who)
    assert state_of(either, case).decisions == []


def test_each_reader_and_each_reading_has_a_decision_of_its_own(either, case):
    one, other = ReaderName.of("Eins"), ReaderName.of("Zwei")
    record_decision(either, case, 1, "accepted", one)
    record_decision(either, case, 1, "rejected", other)
    record_decision(either, case, 1, "unsure", one, Judged(reading=2))
    said = [(row["reader"], row["reading"], row["decision"]) for row in state_of(either, case).decisions]
    assert said == [("Eins", 1, "accepted"), ("Eins", 2, "unsure"), ("Zwei", 1, "rejected")]
    assert [row["reader"] for row in state_of(either, case, [reader_id(other)]).decisions] == ["Zwei"]


def test_a_clock_that_was_put_back_hides_no_decision(either, case):
    who, now = ReaderName.of("Eins"), datetime.datetime.now(datetime.timezone.utc)
    record_decision(either, case, 1, "accepted", who, Judged(decided=now + datetime.timedelta(hours=1)))
    record_decision(either, case, 1, "rejected", who, Judged(decided=now))
    record_decision(either, case, 1, "unsure", who)
    assert [row["decision"] for row in state_of(either, case).decisions] == ["unsure"]


def test_added_findings_and_verdicts(either, case):
    who = ReaderName.of(None)
    mark = record_added_finding(either, case, (1.0, 2.0, 3.0), who, label=Label("RADLEX", "RID1", "Knoten"))
    record_added_finding(either, case, (1.0, 2.0, 9.0), who, size_mm=(5.0, 6.0, 7.0), mark=mark)
    other = record_added_finding(either, case, (0.0, 0.0, 0.0), who)
    record_added_finding(either, case, (0.0, 0.0, 0.0), who, mark=other, withdrawn=True)
    record_verdict(either, case, "abnormal", who)
    record_verdict(either, case, "inadequate", who, Judged("motion"))
    told = state_of(either, case).to_dict()
    assert [(row["centre_ras"], row["size_mm"]) for row in told["added"]] == [([1.0, 2.0, 9.0], [5.0, 6.0, 7.0])]
    assert [(row["verdict"], row["comment"]) for row in told["verdicts"]] == [("inadequate", "motion")]
    assert [one["rank"] for one in told["findings"]] == [1, 2, 3]
    with either.reading() as connection:
        listed = list_cases(connection)
        assert find_case(connection, case.folder) == find_case(connection, case.fingerprint[:10]) == case.id
    assert [(one.findings, one.verdicts) for one in listed] == [(3, {"Reader": "inadequate"})]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda db, case, who: record_decision(db, case, 1, "yes", who), "accepted, rejected or unsure"),
        (lambda db, case, who: record_decision(db, case, 9, "unsure", who), "has no finding 9"),
        (lambda db, case, who: record_decision(db, case, 1, "unsure", who, Judged("x" * 4001)), "more than 4000"),
        (lambda db, case, who: record_decision(db, case, 1, "unsure", who, Judged(confidence=6)), "from 1 to 5"),
        (lambda db, case, who: record_decision(db, case, 1, "unsure", who, Judged(reading=0)), "reading must be"),
        (lambda db, case, who: record_verdict(db, case, "fine", who), "normal, abnormal or inadequate"),
    ],
)
def test_what_cannot_be_decided_leaves_nothing(database, case, act, words):
    with pytest.raises(InputError, match=words):
        act(database, case, ReaderName.of("Eins"))
    assert count(database, decision) == count(database, analysis) == 0


def test_nobody_changes_or_deletes_what_was_judged(either, case):
    record_decision(either, case, 1, "accepted", ReaderName.of("Eins"))
    for change in (sa.update(decision).values(comment="another"), sa.delete(decision)):
        with pytest.raises(GANAnomalyError):
            either.write(lambda connection, change=change: connection.execute(change))
    assert state_of(either, case).decisions[0]["comment"] == ""


def test_the_migrations_make_the_tables_that_are_declared(either):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with either.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
        assert migrate.revision_of(connection, "x") == HEAD
        for table in EVERY_TABLE:
            declared = {column.name: column.nullable for column in table.columns}
            there = {column["name"]: column["nullable"] for column in sa.inspect(connection).get_columns(table.name)}
            assert there == declared
    assert migrate._scripts(migrate.SCRIPTS).get_current_head() == HEAD


@pytest.fixture
def later(tmp_path) -> Path:
    """The migrations of a program that is one step further."""
    folder = tmp_path / "100% later"
    shutil.copytree(migrate.SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    step = f'from alembic import op\nimport sqlalchemy as sa\nrevision = "9999"\ndown_revision = "{HEAD}"\n\n\n'
    step += 'def upgrade():\n    op.add_column("session", sa.Column("room", sa.String(10)))\n'
    (folder / "versions" / "r9999_rooms.py").write_text(step)
    return folder


def test_an_older_database_is_brought_up_after_a_copy(tmp_path, case, later):
    place = tmp_path / "review.db"
    with ReviewDatabase.open(place) as database:
        record_decision(database, case, 1, "accepted", ReaderName.of("Eins"))
    with ReviewDatabase.open(place, scripts=later) as database, database.reading() as connection:
        assert "room" in {column["name"] for column in sa.inspect(connection).get_columns("session")}
        assert len(case_state(connection, case.id).decisions) == 1
    copy = tmp_path / f"review.before-update-of-{HEAD}.db"
    with ReviewDatabase.open(copy) as database:
        assert len(state_of(database, case).decisions) == 1
    with pytest.raises(InputError, match="newer version of GANAnomaly: update"):
        ReviewDatabase.open(place)
    assert sorted(path.suffix for path in tmp_path.glob("review*.db")) == [".db", ".db"]


def test_a_step_that_fails_leaves_the_older_database(tmp_path, case, later):
    step = later / "versions" / "r9999_rooms.py"
    step.write_text(step.read_text() + '    op.execute("INSERT INTO nowhere VALUES (1)")\n')
    place = tmp_path / "review.db"
    with ReviewDatabase.open(place) as database:
        record_decision(database, case, 1, "accepted", ReaderName.of("Eins"))
    with pytest.raises(GANAnomalyError):
        ReviewDatabase.open(place, scripts=later)
    with ReviewDatabase.open(place) as database:
        assert len(state_of(database, case).decisions) == 1


def test_a_server_compiles_no_questions(server_url):
    """Its compiler's start costs a new connection more than the question."""
    with ReviewDatabase.open(server_url) as database, database.reading() as connection:
        assert connection.exec_driver_sql("SHOW jit").scalar_one() == "off"


def test_a_server_is_brought_up_only_when_asked(server_url, later):
    ReviewDatabase.open(server_url).close()
    with pytest.raises(InputError, match="pg_dump"):
        ReviewDatabase.open(server_url, scripts=later)
    ReviewDatabase.open(server_url, scripts=later, migrate_server=True).close()
    with pytest.raises(InputError, match="newer version"):
        ReviewDatabase.open(server_url)


def test_a_scene_knows_less_and_a_folder_fills_it_in(database, case):
    from GANAnomalyLib.review.finding_rows import FindingRow
    from GANAnomalyLib.review.result_facts import ResultFacts

    rows = [
        FindingRow(one.rank, one.score, one.slice, one.slices, (1.5, -2.01, one.centre_ras[2]), (12.0, 12.0, 9.0), "")
        for one in case.findings
    ]
    who = ReaderName.of("Eins")
    poor = case_of_scene(ResultFacts(fingerprint=case.fingerprint, model="demo"), rows)
    record_decision(database, poor, 1, "accepted", who)
    record_decision(database, case, 2, "rejected", who)
    state = state_of(database, case)
    assert [row["decision"] for row in state.decisions] == ["accepted", "rejected"]
    assert (state.about["model_hash"], state.about["input_hash"]) == (case.model_hash, case.input_hash)
    assert state.folder == case.folder
    assert (count(database, analysis), count(database, series), count(database, result_folder)) == (1, 2, 1)


def test_an_analysis_with_other_findings_is_refused(database, case, result):
    import dataclasses

    who = ReaderName.of("Eins")
    record_decision(database, case, 1, "accepted", who)
    moved = [dataclasses.replace(one, centre_ras=(9.0, 9.0, 9.0)) for one in case.findings]
    with ReviewDatabase.open(database.place.file) as other, pytest.raises(InputError, match="with other findings"):
        record_decision(other, dataclasses.replace(case, findings=moved), 1, "rejected", who)
    assert [row["decision"] for row in state_of(database, case).decisions] == ["accepted"]


def test_findings_that_a_scene_lost_come_with_the_folder(database, case):
    import dataclasses

    who = ReaderName.of("Eins")
    record_decision(database, dataclasses.replace(case, findings=case.findings[1:2], folder=""), 2, "accepted", who)
    record_decision(database, case, 3, "rejected", who)
    record_decision(database, dataclasses.replace(case, findings=case.findings[:1]), 1, "unsure", who)
    told = state_of(database, case).to_dict()["findings"]
    assert [(one["rank"], one["decisions"][0]["decision"]) for one in told] == [
        (1, "unsure"),
        (2, "accepted"),
        (3, "rejected"),
    ]


def test_keys_grow_and_say_the_same_everywhere(monkeypatch):
    now = time.time_ns()
    monkeypatch.setattr(review_ids, "_last", 0)
    keys = [new_id() for _ in range(50)]
    # Within a millisecond, and where the clock is set back.
    for moment in (now + 10**12, now - 10**12):
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: moment)
        keys += [new_id() for _ in range(50)]
    assert {key.version for key in keys} == {7}
    assert {key.variant for key in keys} == {uuid.RFC_4122}
    assert len(set(keys)) == 150
    assert keys == sorted(keys)
    assert id_of("reader", "Müller") == id_of("reader", "Müller") != id_of("site", "Müller")


def test_who_reads(monkeypatch):
    assert ReaderName.of("  Mu\u0308ller  X ").name == "Müller X"
    monkeypatch.delenv("GANANOMALY_READER")
    monkeypatch.setenv("LOGNAME", "radiologe")
    assert ReaderName.of().name == "radiologe"
    monkeypatch.setenv("GANANOMALY_SITE", "Nord")
    assert reader_id(ReaderName.of("A")) != reader_id(ReaderName.of("A", ""))
    for name, words in (("  ", "empty"), ("x" * 201, "more than 200"), ("a\x07b", "no name has")):
        with pytest.raises(InputError, match=words):
            ReaderName.of(name)
