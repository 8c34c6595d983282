"""Decisions that wait for their database: kept in milliseconds, brought in once, in their order, whatever happens."""

from __future__ import annotations

import datetime
import json
import sys

import pytest

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from GANAnomalyLib.errors import GANAnomalyError  # noqa: E402
from GANAnomalyLib.review.store import record_decisions  # noqa: E402
from GANAnomalyLib.review.store.judgements import Judged, Sitting  # noqa: E402
from GANAnomalyLib.review.store.present_state import case_state  # noqa: E402
from GANAnomalyLib.review.store.reader_name import ReaderName  # noqa: E402
from GANAnomalyLib.review.store.review_tables import decision, session  # noqa: E402
from GANAnomalyLib.review.store.unsent_decisions import Unsent, bring_in, put_aside, unsent, unsent_folder  # noqa: E402

WHO = ReaderName('Jürgen "J" O\'Müller', "Nord")
SITTING = Sitting("panel")


def aside(case, rank, word, comment="", decided=None):
    return put_aside(Unsent(case, rank, word, WHO, Judged(comment, decided=decided, source="panel"), SITTING))


def test_what_waits_is_brought_in_once_and_in_order(either, case, own_data_folder):
    second = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    for word in ("accepted", "rejected", "", "unsure"):
        aside(case, 1, word, "größer", second)
    assert unsent_folder().is_relative_to(own_data_folder)
    files = {path.name: path.read_bytes() for path in unsent()}
    assert bring_in(either) == (4, [])
    assert unsent() == []
    # A process that was killed before it took the files away: the next brings them in again.
    for name, content in files.items():
        (unsent_folder() / name).write_bytes(content)
    assert bring_in(either) == (4, [])
    with either.reading() as connection:
        (row,) = case_state(connection, case.id).decisions
        assert (row["decision"], row["comment"], row["reader"], row["site"]) == ("unsure", "größer", WHO.name, "Nord")
        assert row["decided"].replace(microsecond=0) == second
        assert connection.execute(sa.select(sa.func.count()).select_from(decision)).scalar_one() == 4
        assert connection.execute(sa.select(session.c.program)).scalars().all() == ["panel"]


def test_a_database_that_is_away_costs_nothing(database, case, monkeypatch):
    aside(case, 1, "accepted")

    def away(*given, **more):
        raise GANAnomalyError("The review database cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(record_decisions, "record_decision", away)
        with pytest.raises(GANAnomalyError, match="cannot be reached"):
            bring_in(database)
    assert len(unsent()) == 1
    assert bring_in(database) == (1, [])


def test_damaged_and_hostile_files_are_put_aside_and_told(database, case):
    path = aside(case, 1, "accepted")
    data = json.loads(path.read_text())
    for number, changed in enumerate(
        [{"rank": 99}, {"word": "yes"}, {"id": "no key"}, {"decided": "then"}, {"reader": ""}, {"case": []}], start=1
    ):
        broken = path.with_name(f"{number}.decision.json")
        broken.write_text(json.dumps({**data, **changed}))
    path.with_name("7.decision.json").write_bytes(b"\xff{")
    done, told = bring_in(database)
    assert done == 1
    assert len(told) == 7
    assert unsent() == []
    assert len(list(unsent_folder().glob("*.refused"))) == 7
    assert bring_in(database) == (0, [])


def test_putting_aside_needs_nothing_heavy():
    """A panel's thread does it: no database is loaded for that."""
    import subprocess

    from places import PACKAGES

    script = (
        f"import sys; sys.path[:0] = {PACKAGES.split(':' if sys.platform != 'win32' else ';')!r}\n"
        "import GANAnomalyLib.review.store.unsent_decisions\n"
        "assert not {'sqlalchemy', 'alembic', 'torch', 'psycopg'} & set(sys.modules), sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
