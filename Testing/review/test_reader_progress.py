"""How far readers are with cases, which the database counts itself: as a count of all rows says, whatever comes."""

from __future__ import annotations

import dataclasses
import random

import pytest

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from review.store_writer import made_case  # noqa: E402

from GANAnomalyLib.review.store.case_rows import put_case  # noqa: E402
from GANAnomalyLib.review.store.judgements import Judged  # noqa: E402
from GANAnomalyLib.review.store.listed_cases import count_cases, list_cases  # noqa: E402
from GANAnomalyLib.review.store.merge_databases import merge  # noqa: E402
from GANAnomalyLib.review.store.reader_name import ReaderName  # noqa: E402
from GANAnomalyLib.review.store.record_decisions import reader_id, record_decision, record_verdict  # noqa: E402
from GANAnomalyLib.review.store.review_database import ReviewDatabase  # noqa: E402
from GANAnomalyLib.review.store.review_tables import decision_now, finding, reader_progress, verdict_now  # noqa: E402
from GANAnomalyLib.review.store.row_writing import Stamp  # noqa: E402

ONE, TWO = ReaderName("O'Neil"), ReaderName('Dr. "J" Müßig')
CASES, FINDINGS = 3, 4


def judge(database, seed: int, count: int) -> None:
    """So many judgements of two readers, in two readings each, a third of them taken back."""
    choose = random.Random(seed)
    for _ in range(count):
        case, who = made_case(choose.randrange(CASES), FINDINGS), choose.choice((ONE, TWO))
        said = Judged(reading=choose.choice((1, 2)))
        if choose.random() < 0.06:
            record_verdict(database, case, choose.choice(("normal", "abnormal", "")), who, said)
        else:
            word = choose.choice(("accepted", "rejected", ""))
            record_decision(database, case, choose.randint(1, FINDINGS), word, who, said)


def kept(database) -> dict:
    """By case and reader: decided, verdict, read, as they stand in the table."""
    with database.reading() as connection:
        rows = connection.execute(sa.select(reader_progress)).all()
    return {(row.analysis_id, row.reader_id): (row.decided, row.verdict, row.is_read) for row in rows}


def counted(database) -> dict:
    """The same, from all that was said."""
    decided: dict = {}
    verdicts: dict = {}
    with database.reading() as connection:
        findings: dict = {}
        for key, case in connection.execute(sa.select(finding.c.id, finding.c.analysis_id)):
            findings.setdefault(case, set()).add(key)
        of_case = {key: case for case, keys in findings.items() for key in keys}
        for row in connection.execute(sa.select(decision_now)):
            held = decided.setdefault((of_case[row.finding_id], row.reader_id), set())
            held |= {row.finding_id} if row.decision else set()
        for row in connection.execute(sa.select(verdict_now).order_by(verdict_now.c.reading)):
            key = row.analysis_id, row.reader_id
            verdicts[key] = row.verdict or verdicts.get(key, "")
    found = {}
    for key in {*decided, *verdicts}:
        done, word = decided.get(key, set()), verdicts.get(key, "")
        found[key] = (len(done), word, bool(word) or done == findings[key[0]])
    return found


def test_it_is_as_a_count_of_everything(either):
    for seed in range(2):
        judge(either, seed, 25)
        assert kept(either) == counted(either)
    assert len(kept(either)) == 2 * CASES
    assert {True, False} == {is_read for _decided, _verdict, is_read in kept(either).values()}


def test_a_finding_that_comes_later_opens_a_case_again(either):
    whole = made_case(0, 3)
    shortened = dataclasses.replace(whole, findings=whole.findings[:2])
    for rank in (1, 2):
        record_decision(either, shortened, rank, "rejected", ONE)
    assert kept(either) == {(whole.id, reader_id(ONE)): (2, "", True)}
    either.write(lambda connection: put_case(connection, whole, TWO, Stamp.now("x")))
    assert kept(either) == {(whole.id, reader_id(ONE)): (2, "", False)}
    record_verdict(either, whole, "normal", ONE)
    assert kept(either) == {(whole.id, reader_id(ONE)): (2, "normal", True)}


def test_it_is_so_after_a_merge(either, tmp_path):
    judge(either, 1, 30)
    with ReviewDatabase.open(tmp_path / "other.db") as other:
        judge(other, 2, 30)
    before = kept(either)
    merge(either, tmp_path / "other.db")
    assert before != kept(either) == counted(either)


def test_a_database_of_before_gets_it(database):
    judge(database, 3, 40)
    before = kept(database)
    place = database.place.file
    database.close()
    with sa.create_engine(f"sqlite:///{place}").begin() as connection:
        for table in ("decision", "verdict", "finding"):
            connection.exec_driver_sql(f"DROP TRIGGER {table}_progress")
        connection.exec_driver_sql("DROP TABLE reader_progress")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0003'")
    with ReviewDatabase.open(place) as brought_up:
        assert kept(brought_up) == before == counted(brought_up)
        judge(brought_up, 4, 20)
        assert before != kept(brought_up) == counted(brought_up)


def test_lists_tell_the_first_and_how_many_there_are(either):
    for number, top in enumerate((2, 6, 4, 1, 5, 3)):
        case = made_case(number, 2)
        places = [dataclasses.replace(one, score=top - one.rank / 10) for one in case.findings]
        case = dataclasses.replace(case, findings=places)
        either.write(lambda connection, c=case: put_case(connection, c, ONE, Stamp.now("x")))
        if number in (1, 4):
            record_decision(either, case, 1, "accepted", ONE)
            record_decision(either, case, 2, "rejected", ONE if number == 1 else TWO)
    with either.reading() as connection:
        listed = list_cases(connection, limit=3)
        assert [(one.folder, one.highest, one.findings) for one in listed] == [
            ("/results/1", 5.9, 2),
            ("/results/4", 4.9, 2),
            ("/results/2", 3.9, 2),
        ]
        assert [one.decided for one in listed] == [{ONE.name: 2}, {TWO.name: 1, ONE.name: 1}, {}]
        assert [one.folder[-1] for one in list_cases(connection)] == list("142503")
        assert count_cases(connection) == 6
        own = [reader_id(ONE)]
        assert list_cases(connection, own)[1].decided == {ONE.name: 1}
        opened = list_cases(connection, own, only_open=True, limit=2)
        assert [one.folder[-1] for one in opened] == ["4", "2"]
        assert count_cases(connection, own, only_open=True) == 5
        assert count_cases(connection, [reader_id(TWO)], only_open=True) == 6
