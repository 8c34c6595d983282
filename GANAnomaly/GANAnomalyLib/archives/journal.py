"""What a watch has done, in a file that outlives it: each step is on the disk before the next one begins."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import GANAnomalyError, InputError
from ..files import hash_text

QUEUED, FETCHED, ANALYSED, SENT, FAILED = "queued", "fetched", "analysed", "sent", "failed"
STATES = (QUEUED, FETCHED, ANALYSED, SENT, FAILED)
_VERSION = 1
_TABLES = """
CREATE TABLE study (
    uid TEXT PRIMARY KEY, series TEXT NOT NULL, images INTEGER NOT NULL, state TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT '');
CREATE TABLE object (uid TEXT PRIMARY KEY, study TEXT NOT NULL REFERENCES study (uid), sent INTEGER NOT NULL DEFAULT 0);
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Entry:
    """A study that was taken. ``images`` its series has; ``why`` it failed, or has to be tried again."""

    study: str
    series: str
    images: int
    state: str
    tries: int
    why: str

    @property
    def name(self) -> str:
        """What its folders are called: nothing of the patient, another one for each study."""
        return f"study-{hash_text(self.study)[:12]}"


class Journal:
    """The journal in a file; one process at a time has it open. Holds UIDs: it is as private as the images.

    Raises :class:`InputError` for a file that is no journal, or one of a newer version, and
    :class:`GANAnomalyError` when the disk does not take a step.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # Steps are single statements: each is whole on the disk when it returns.
            self._base = sqlite3.connect(path, isolation_level=None, timeout=10)
            self._base.execute("PRAGMA synchronous = FULL")
            self._base.execute("PRAGMA foreign_keys = ON")
            version = self._base.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                self._base.executescript(f"BEGIN;{_TABLES}PRAGMA user_version = {_VERSION};COMMIT;")
        except sqlite3.DatabaseError as error:
            raise self._unusable(error) from error
        if version > _VERSION:
            self._base.close()
            raise InputError(f"{path} was written by a newer GANAnomaly: use that one, or another folder.")

    def close(self) -> None:
        self._base.close()

    def entry(self, study: str) -> Entry | None:
        """What is known of a study; None for one that was not taken."""
        return next(self._entries("WHERE uid = ?", study), None)

    def entries(self, *states: str) -> list[Entry]:
        """The studies in these states, or all, as they were taken."""
        marks = ",".join("?" * len(states))
        return list(self._entries(f"WHERE state IN ({marks})" if states else "", *states))

    def take(self, study: str, series: str, images: int) -> None:
        """A study that is to be analysed, once."""
        with self._told():
            self._base.execute(
                "INSERT OR IGNORE INTO study (uid, series, images, state) VALUES (?, ?, ?, ?)",
                (study, series, images, QUEUED),
            )

    def step(self, entry: Entry, state: str, why: str = "") -> None:
        """It went on to a state."""
        with self._told():
            self._base.execute("UPDATE study SET state = ?, why = ? WHERE uid = ?", (state, why, entry.study))

    def stumble(self, entry: Entry, why: str, most: int) -> None:
        """A step went wrong; after ``most`` times in all the study has failed."""
        with self._told():
            self._base.execute(
                "UPDATE study SET tries = tries + 1, why = ?, state = CASE WHEN tries + 1 >= ? THEN ? ELSE state END "
                "WHERE uid = ?",
                (why, most, FAILED, entry.study),
            )

    def forgive(self) -> None:
        """Those that failed are to be tried again, from the beginning; what they have is found there."""
        with self._told():
            self._base.execute("UPDATE study SET state = ?, tries = 0, why = '' WHERE state = ?", (QUEUED, FAILED))

    def begin_sending(self, entry: Entry, uid: str) -> str:
        """ "sent" for an object that the archive has, "begun" where that is not certain, "" for a new one."""
        with self._told():
            row = self._base.execute("SELECT sent FROM object WHERE uid = ?", (uid,)).fetchone()
            if row is not None:
                return "sent" if row[0] else "begun"
            self._base.execute("INSERT INTO object (uid, study) VALUES (?, ?)", (uid, entry.study))
        return ""

    def end_sending(self, uid: str) -> None:
        """The archive has it."""
        with self._told():
            self._base.execute("UPDATE object SET sent = 1 WHERE uid = ?", (uid,))

    def setting(self, name: str) -> str:
        """What is kept under a name, "" for nothing."""
        with self._told():
            row = self._base.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return "" if row is None else str(row[0])

    def keep(self, name: str, value: str) -> None:
        """Keep it under a name, in the place of what was kept there."""
        with self._told():
            self._base.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))

    def _entries(self, where: str, *values: str) -> Iterator[Entry]:
        with self._told():
            rows = self._base.execute(
                f"SELECT uid, series, images, state, tries, why FROM study {where} ORDER BY rowid", values
            ).fetchall()
        return (Entry(*row) for row in rows)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise GANAnomalyError(
                f"{self._path} cannot be written to ({error}): free some space, or check who may write there.",
                str(error),
            ) from error
        except sqlite3.DatabaseError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: sqlite3.Error) -> InputError:
        return InputError(
            f"{self._path} cannot be used as a journal, it may be damaged or another program's: choose another folder, "
            "or bring it back from a copy.",
            str(error),
        )
