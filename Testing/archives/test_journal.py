"""The journal: what was taken once stays, a step is whole or not there, damaged and newer files are refused."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys

import pytest
from places import PACKAGES

from GANAnomalyLib.archives.journal import FAILED, FETCHED, QUEUED, SENT, Journal
from GANAnomalyLib.errors import GANAnomalyError, InputError


@pytest.fixture
def place(tmp_path):
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(place):
    made = Journal(place)
    yield made
    made.close()


def test_a_study_is_taken_once(journal):
    journal.take("1.2", "1.2.3", 40)
    journal.step(journal.entry("1.2"), FETCHED)
    journal.take("1.2", "1.2.9", 50)
    (entry,) = journal.entries()
    assert (entry.series, entry.images, entry.state) == ("1.2.3", 40, FETCHED)
    assert journal.entry("1.9") is None
    assert entry.name.startswith("study-")
    assert "1.2" not in entry.name


def test_after_so_many_failures_it_has_failed_until_it_is_forgiven(journal):
    journal.take("1.2", "1.2.3", 40)
    for state in (QUEUED, QUEUED, FAILED):
        journal.stumble(journal.entry("1.2"), "It was so.", 3)
        assert journal.entry("1.2").state == state
    assert journal.entry("1.2").why == "It was so."
    journal.forgive()
    journal.stumble(journal.entry("1.2"), "Again.", 3)
    journal.step(journal.entry("1.2"), FETCHED)
    assert (journal.entry("1.2").tries, journal.entry("1.2").why) == (1, "")


def test_an_object_is_new_then_uncertain_then_there(journal):
    journal.take("1.2", "1.2.3", 40)
    entry = journal.entry("1.2")
    assert journal.begin_sending(entry, "1.7") == ""
    assert journal.begin_sending(entry, "1.7") == "begun"
    journal.end_sending("1.7")
    assert journal.begin_sending(entry, "1.7") == "sent"


def test_a_setting_is_kept(journal, place):
    assert journal.setting("first") == ""
    journal.keep("first", "20260101")
    journal.keep("first", "20260102")
    journal.close()
    again = Journal(place)
    assert again.setting("first") == "20260102"
    again.close()


def test_what_a_step_wrote_outlives_a_kill(place):
    code = (
        "import os, pathlib, sys\n"
        "from GANAnomalyLib.archives.journal import Journal\n"
        "journal = Journal(pathlib.Path(sys.argv[1]))\n"
        "journal.take('1.2', '1.2.3', 40)\n"
        "journal.step(journal.entry('1.2'), 'sent')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    environment = {**os.environ, "PYTHONPATH": PACKAGES}
    done = subprocess.run([sys.executable, "-c", code, str(place)], env=environment, capture_output=True)
    assert done.returncode == -9, done.stderr.decode()
    journal = Journal(place)
    assert [entry.state for entry in journal.entries()] == [SENT]
    journal.close()


def test_a_newer_one_is_refused_and_left_as_it_is(place):
    Journal(place).close()
    base = sqlite3.connect(place)
    base.execute("PRAGMA user_version = 99")
    base.close()
    before = place.read_bytes()
    with pytest.raises(InputError, match="newer GANAnomaly"):
        Journal(place)
    assert place.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database at all" * 99, b"SQLite format 3\0" + b"\xff" * 5000])
def test_what_is_no_journal_is_refused_and_left_as_it_is(place, content):
    place.write_bytes(content)
    with pytest.raises(InputError, match="cannot be used as a journal"):
        Journal(place)
    assert place.read_bytes() == content


def test_a_full_disk_is_told(small_disk):
    journal = Journal(small_disk(64) / "journal.sqlite")

    def fill():
        for number in range(5000):
            journal.take(f"1.2.{number}" * 4, "1.2.3", 40)

    with pytest.raises(GANAnomalyError, match="cannot be written to"):
        fill()
    taken = len(journal.entries())
    assert taken > 0
    journal.close()
