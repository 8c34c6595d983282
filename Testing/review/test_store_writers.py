"""Several processes at once, and processes that are killed: no row is lost, nobody is told of a lock."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from places import PACKAGES  # noqa: E402
from review.test_reader_progress import counted, kept  # noqa: E402

from GANAnomalyLib.review.store.check_database import check  # noqa: E402
from GANAnomalyLib.review.store.review_database import ReviewDatabase  # noqa: E402
from GANAnomalyLib.review.store.review_tables import decision, finding, reader  # noqa: E402

WRITER = Path(__file__).with_name("store_writer.py")


def begin(place, name, *numbers) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": PACKAGES, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, WRITER, str(place), name, *map(str, numbers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def comments(place) -> dict[str, list[str]]:
    with ReviewDatabase.open(place) as database, database.reading() as connection:
        joined = sa.select(reader.c.name, decision.c.comment).join(reader, reader.c.id == decision.c.reader_id)
        found: dict[str, list[str]] = {}
        for name, comment in connection.execute(joined):
            found.setdefault(name, []).append(comment)
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_at_once_lose_nothing(tmp_path, kind, request):
    """They make the database, its tables and the same cases at the same moment, too."""
    place = tmp_path / "review.db" if kind == "sqlite" else request.getfixturevalue("server_url")
    running = [begin(place, f"reader {n}", 0, 4, 5, 2) for n in range(4)]
    said = [child.communicate(timeout=120) for child in running]
    assert [(child.returncode, errors) for child, (_out, errors) in zip(running, said, strict=True)] == [(0, "")] * 4
    held = comments(place)
    for n, (out, _errors) in enumerate(said):
        assert len(held[f"reader {n}"]) == 40
        assert sorted(held[f"reader {n}"]) == sorted(out.split("\n")[:-1])
    with ReviewDatabase.open(place) as database, database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(finding)).scalar_one() == 20
        assert kept(database) == counted(database)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_killed_process_loses_nothing_that_was_decided(tmp_path):
    place, choose, told = tmp_path / "review.db", random.Random(4), []
    for number in range(5):
        child = begin(place, "killed", 100 * number, 100, 5)
        assert child.stdout is not None
        told.append(child.stdout.readline().strip())
        time.sleep(choose.uniform(0, 0.15))
        child.send_signal(signal.SIGKILL)
        told += child.stdout.read().split("\n")[:-1]
        child.communicate()
    held = comments(place)["killed"]
    assert len(set(held)) == len(held)
    assert set(told) <= set(held), "what was said to be kept is there"
    assert len(held) <= len(told) + 5, "and at most one more each time"
    with ReviewDatabase.open(place) as database:
        assert check(database, folders=False).damage == []
