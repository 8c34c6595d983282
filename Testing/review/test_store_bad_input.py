"""What a database can be that it should not: each is one sentence, and nothing is lost."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys

import pytest

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from GANAnomalyLib.errors import GANAnomalyError, InputError  # noqa: E402
from GANAnomalyLib.review.store.backup_database import back_up  # noqa: E402
from GANAnomalyLib.review.store.check_database import check  # noqa: E402
from GANAnomalyLib.review.store.database_place import DatabasePlace  # noqa: E402
from GANAnomalyLib.review.store.judgements import Judged  # noqa: E402
from GANAnomalyLib.review.store.present_state import case_state  # noqa: E402
from GANAnomalyLib.review.store.reader_name import ReaderName  # noqa: E402
from GANAnomalyLib.review.store.record_decisions import record_decision  # noqa: E402
from GANAnomalyLib.review.store.review_database import ReviewDatabase  # noqa: E402
from GANAnomalyLib.review.store.review_tables import decision  # noqa: E402

WHO = ReaderName("Eins")


def count(database) -> int:
    with database.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(decision)).scalar_one()


def some(place, case, number=3):
    with ReviewDatabase.open(place) as database:
        for n in range(number):
            record_decision(database, case, 1 + n % 3, "accepted", WHO, Judged(f"{n} " + "x" * 2000))
    return place


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("mysql://root:secret@host/x", "can be SQLite or PostgreSQL, not mysql"),
        ("://me:secret@host/x", "cannot be read"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("a\0b", "characters that no file's name can have"),
    ],
)
def test_places_that_are_none(asked, words):
    with pytest.raises(InputError, match=words) as caught:
        DatabasePlace.of(asked)
    assert "secret" not in caught.value.message


def test_places_and_what_is_told_of_them(monkeypatch, tmp_path, own_data_folder):
    assert DatabasePlace.of().file is not None
    assert DatabasePlace.of().file.is_relative_to(own_data_folder)
    monkeypatch.setenv("GANANOMALY_REVIEW", f"sqlite:///{tmp_path}/ä b.db")
    assert DatabasePlace.of().file == tmp_path / "ä b.db"
    place = DatabasePlace.of("postgres://me:secret@host:5433/reviews")
    assert place.url.drivername == "postgresql+psycopg"
    assert "secret" not in str(place)
    assert "host:5433/reviews" in str(place)


@pytest.mark.parametrize(
    "content",
    [b"no database at all, but some words of text" * 100, b"\x89PNG\r\n", b"SQLite format 3\0" + b"\xff" * 5000],
)
def test_a_file_that_is_no_database_stays_as_it_is(tmp_path, content):
    place = tmp_path / "x.db"
    place.write_bytes(content)
    with pytest.raises(GANAnomalyError, match=r"is not a review database|is damaged"):
        ReviewDatabase.open(place)
    assert place.read_bytes() == content


def test_a_database_of_something_else_stays_as_it_is(tmp_path):
    place = tmp_path / "music.db"
    connection = sqlite3.connect(place)
    connection.execute("CREATE TABLE song (title)")
    connection.commit()
    connection.close()
    with pytest.raises(InputError, match="database of something else"):
        ReviewDatabase.open(place)
    connection = sqlite3.connect(place)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("song",)]
    connection.close()


def test_a_folder_and_nothing(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        ReviewDatabase.open(tmp_path)
    with pytest.raises(InputError, match="There is no review database"):
        ReviewDatabase.open(tmp_path / "none" / "x.db", create=False)
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is not a folder"):
        ReviewDatabase.open(tmp_path / "file" / "x.db")


def test_a_newer_version_is_refused_and_left(tmp_path, case):
    place = some(tmp_path / "x.db", case)
    connection = sqlite3.connect(place)
    connection.execute("UPDATE alembic_version SET version_num = '7777'")
    connection.commit()
    connection.close()
    for _again in range(2):
        with pytest.raises(InputError, match="made by a newer version of GANAnomaly: update to open it"):
            ReviewDatabase.open(place)
    assert [path.name for path in tmp_path.glob("*.db")] == ["x.db"]


def test_one_that_is_held_is_waited_for_and_then_told(tmp_path, case):
    place = some(tmp_path / "x.db", case)
    holder = sqlite3.connect(place, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with ReviewDatabase.open(place, patience_s=0.2) as database:
        assert count(database) == 3, "reading does not wait"
        with pytest.raises(GANAnomalyError, match="held by another program") as caught:
            record_decision(database, case, 1, "rejected", WHO)
        assert "locked" not in caught.value.message
        holder.execute("COMMIT")
        record_decision(database, case, 1, "rejected", WHO)
        assert count(database) == 4
    holder.close()


def test_a_full_disk_loses_nothing(small_disk, case):
    disk = small_disk(1024)
    place = some(disk / "x.db", case)
    kept = 3
    with ReviewDatabase.open(place) as database:
        told = ""
        while not told:
            try:
                record_decision(database, case, 1, "rejected", WHO, Judged(f"{kept} " + "y" * 3000))
                kept += 1
            except GANAnomalyError as error:
                told = error.message
        assert re.search("disk of .* is full: free some space", told)
        assert count(database) == kept > 3
    with pytest.raises(GANAnomalyError, match="is full"):
        back_up(DatabasePlace.of(place), disk / "copy.db")
    assert sorted(path.name for path in disk.iterdir() if not path.name.startswith("x.db")) == []
    larger = shutil.copytree(disk, disk.parent / "larger")
    with ReviewDatabase.open(larger / "x.db") as database:
        assert count(database) == kept
        assert check(database, folders=False).damage == []
        record_decision(database, case, 1, "unsure", WHO)


def test_a_disk_too_full_for_a_new_one(small_disk):
    with pytest.raises(GANAnomalyError, match="is full"):
        ReviewDatabase.open(small_disk(32) / "x.db")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs a disk of its own")
def test_a_disk_that_became_read_only(small_disk, case):
    disk = small_disk(4096)
    some(disk / "x.db", case)
    if subprocess.run(["mount", "-o", "remount,ro", disk], capture_output=True).returncode:
        pytest.skip("no disk can be made read-only here")
    with (
        pytest.raises(GANAnomalyError, match=r"cannot be (written to|opened)"),
        ReviewDatabase.open(disk / "x.db") as one,
    ):
        record_decision(one, case, 1, "rejected", WHO)
    with pytest.raises(GANAnomalyError, match=r"cannot be (written to|opened)"):
        ReviewDatabase.open(disk / "new.db")
    with pytest.raises(InputError, match="cannot be written"):
        ReviewDatabase.open(disk / "folder" / "new.db")
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True, capture_output=True)
    with ReviewDatabase.open(disk / "x.db") as database:
        assert count(database) == 3


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_folder_that_may_not_be_written(tmp_path, case, mode):
    place = some(tmp_path / "held" / "x.db", case)
    place.parent.chmod(mode)
    try:
        with pytest.raises(GANAnomalyError, match="cannot be"), ReviewDatabase.open(place) as database:
            record_decision(database, case, 1, "rejected", WHO)
    finally:
        place.parent.chmod(0o755)


def test_damaged_pages_are_told_and_a_copy_of_them_is_not_kept(tmp_path, case):
    place = some(tmp_path / "x.db", case, 60)
    whole = place.read_bytes()
    size = int.from_bytes(whole[16:18], "big")
    found, told = 0, []
    for page in range(2, len(whole) // size, 3):
        place.write_bytes(whole[: page * size] + b"\xa5" * size + whole[(page + 1) * size :])
        try:
            with ReviewDatabase.open(place) as database:
                found += bool(check(database, folders=False).damage)
                with database.reading() as connection:
                    case_state(connection, case.id)
        except GANAnomalyError as error:
            found += 1
            told.append(error.message)
        for path in tmp_path.glob("x.db-*"):
            path.unlink()
    assert found >= (len(whole) // size - 2) // 3 - 1, "a page may be free"
    assert [one for one in told if "damaged" not in one] == []
    place.write_bytes(whole[: 5 * size] + b"\xa5" * size * 5 + whole[10 * size :])
    with pytest.raises(GANAnomalyError, match="damaged"):
        back_up(DatabasePlace.of(place), tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_one_that_was_cut_off(tmp_path, case):
    place = some(tmp_path / "x.db", case, 60)
    place.write_bytes(place.read_bytes()[:9000])
    with pytest.raises(GANAnomalyError, match=r"damaged|not a review database"), ReviewDatabase.open(place) as database:
        record_decision(database, case, 1, "rejected", WHO)


@pytest.mark.parametrize("port", [1, 2])
def test_a_server_that_is_not_there(port):
    pytest.importorskip("psycopg")
    with pytest.raises(GANAnomalyError, match="cannot be reached: check its URL") as caught:
        ReviewDatabase.open(f"postgresql://me:secret@127.0.0.1:{port}/reviews")
    assert "secret" not in caught.value.message


def test_servers_that_say_no(server):
    with pytest.raises(InputError, match=r"There is no database .* create it with createdb"):
        ReviewDatabase.open(server.replace("/postgres?", "/nowhere?"))
    with pytest.raises(InputError, match="does not let you in"):
        ReviewDatabase.open(server.replace("tests@", "nobody:secret@"))


def test_a_server_that_goes_and_comes_back(server_url, server, case):
    import psycopg

    with ReviewDatabase.open(server_url, patience_s=20) as database:
        record_decision(database, case, 1, "accepted", WHO)
        with psycopg.connect(server, autocommit=True) as other:
            for _again in range(2):
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'GANAnomaly'"
                )
                record_decision(database, case, 1, "rejected", WHO)
        assert count(database) == 3


def test_a_missing_package_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"gananomaly\[postgres\]"):
        ReviewDatabase.open("postgresql://host/reviews")
    script = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "from GANAnomalyLib.cli import main\nsys.exit(main(['review', 'list', '--database', 'x.db']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.returncode == 2
    assert "gananomaly[review]" in done.stderr
    assert "Traceback" not in done.stderr
