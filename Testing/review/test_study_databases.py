"""Studies of readers in databases: of before, brought together, written by several at once, through a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from places import PACKAGES  # noqa: E402
from review.study_made import COUNT, HEAD, MINUTE, ONE, START, TWO, rows_of, written  # noqa: E402

from GANAnomalyLib.errors import InputError  # noqa: E402
from GANAnomalyLib.review.store.merge_databases import merge  # noqa: E402
from GANAnomalyLib.review.store.migrate import SCRIPTS  # noqa: E402
from GANAnomalyLib.review.store.reader_study_tables import (  # noqa: E402
    closed_reading,
    reading_study,
)
from GANAnomalyLib.review.store.review_database import ReviewDatabase  # noqa: E402
from GANAnomalyLib.review.study.assign_readings import assign_study  # noqa: E402
from GANAnomalyLib.review.study.study_design import read_design  # noqa: E402
from GANAnomalyLib.review.study.study_record import (  # noqa: E402
    create_study,
)
from GANAnomalyLib.review.study.take_readings import (  # noqa: E402
    close_reading,
    open_reading,
)


def test_a_database_of_before_is_brought_up(tmp_path, case):
    """As the first version made it, with a decision in it."""
    from alembic import command

    from GANAnomalyLib.review.store.migrate import _config
    from GANAnomalyLib.review.store.record_decisions import record_decision

    place = tmp_path / "old.db"
    with sa.create_engine(f"sqlite:///{place}").begin() as connection:
        config = _config(SCRIPTS)
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with ReviewDatabase.open(place) as database:
        record_decision(database, case, 1, "accepted", ONE)
        assert rows_of(database, reading_study) == []
    assert (tmp_path / "old.before-update-of-0001.db").is_file()


def test_two_databases_of_a_study_are_brought_together(database, study, tmp_path):
    """Readers at two computers with a copy of the study each."""
    from GANAnomalyLib.review.store.backup_database import back_up

    copy = back_up(database.place, tmp_path / "laptop.db")
    with ReviewDatabase.open(copy) as other:
        close_reading(other, open_reading(other, "heat", TWO, START), 5, now=START + MINUTE)
    close_reading(database, open_reading(database, "heat", ONE, START), 2, now=START + MINUTE)
    assert merge(database, copy)["closed_reading"] == 1
    assert sum(merge(database, copy).values()) == 0
    assert sorted(row["rating"] for row in rows_of(database, closed_reading)) == [2, 5]
    with ReviewDatabase.open(copy) as other:
        close_reading(other, open_reading(other, "heat", ONE, START), 1, now=START + MINUTE)
    with pytest.raises(InputError, match="a reading of a study that was closed"):
        merge(database, copy)
    with ReviewDatabase.open(tmp_path / "third.db") as other:
        create_study(other, read_design(written(tmp_path, washout_days=1)), HEAD)
    with pytest.raises(InputError, match="with different designs"):
        merge(database, tmp_path / "third.db")
    assert sorted(row["rating"] for row in rows_of(database, closed_reading)) == [2, 5]


READER = """
import sys
from GANAnomalyLib.review.store.reader_name import ReaderName
from GANAnomalyLib.review.store.review_database import ReviewDatabase
from GANAnomalyLib.review.study.take_readings import close_reading, open_reading
with ReviewDatabase.open(sys.argv[1]) as database:
    while True:
        reading = open_reading(database, "heat", ReaderName(sys.argv[2]))
        print("opened", reading.case, reading.condition, flush=True)
        close_reading(database, reading, 3)
        print("closed", reading.case, reading.condition, flush=True)
"""


def at_work(place, who) -> subprocess.Popen[str]:
    """A program at which a reader reads everything, and says so."""
    environment = {**os.environ, "PYTHONPATH": PACKAGES, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", READER, str(place), who.name]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", env=environment)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_readers_at_once_lose_nothing(tmp_path, kind, request):
    """One of them at two programs, of which one closes a reading and the other is told."""
    place = tmp_path / "review.db" if kind == "sqlite" else request.getfixturevalue("server_url")
    with ReviewDatabase.open(place) as opened:
        create_study(opened, read_design(written(tmp_path, washout_days=0)), HEAD)
        assign_study(opened, "heat", HEAD)
        running = [at_work(place, who) for who in (ONE, TWO, TWO)]
        said = [child.communicate(timeout=120) for child in running]
        held = rows_of(opened, closed_reading)
    assert len({row["assignment_id"] for row in held}) == len(held) >= 3 * COUNT
    assert {row["version"] for row in held} == {1}
    closed = [line for out, _errors in said for line in out.split("\n") if line.startswith("closed")]
    assert len(closed) == len(held)
    for _out, errors in said:
        assert "has read all cases" in errors or "is closed already" in errors


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_killed_program_loses_no_reading(database, tmp_path):
    create_study(database, read_design(written(tmp_path, washout_days=0)), HEAD)
    assign_study(database, "heat", HEAD)
    told: list[str] = []
    for lines in (1, 2, 5):
        child = at_work(database.place.file, TWO)
        assert child.stdout is not None
        told += [child.stdout.readline().strip() for _ in range(lines)]
        child.send_signal(signal.SIGKILL)
        told += child.stdout.read().split("\n")[:-1]
        child.communicate()
    closed = [line.partition(" ")[2] for line in told if line.startswith("closed")]
    assert len(set(closed)) == len(closed), "nothing is read twice"
    held = rows_of(database, closed_reading)
    assert len(closed) <= len(held) <= len(closed) + 3
    assert len({row["assignment_id"] for row in held}) == len(held)
    while len(rows_of(database, closed_reading)) < 2 * COUNT:
        close_reading(database, open_reading(database, "heat", TWO), 3)
    with pytest.raises(InputError, match="has read all"):
        open_reading(database, "heat", TWO)
