"""Opening the review database, and reading and writing in it beside other programs."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from ...errors import InputError
from ...files import disk_errors
from . import migrate
from .backup_database import copy_sqlite
from .database_place import DatabasePlace
from .database_refusals import database_errors, is_busy, is_lost, needing_review
from .review_tables import HEAD

T = TypeVar("T")
PATIENCE_S = 60.0
"""How long a writer waits for others before it says so."""
CONNECT_S = 5
_BUSY_S = 5.0
"""How long SQLite waits where it reads. For its turn to write it would wait longer each time, and others overtake:
there we ask again instead, more often the longer it takes."""
_LONGEST_S, _SHORTEST_S, _LONG_S = 0.002, 0.0003, 0.015
_LOST_TRIES = 3


class ReviewDatabase:
    """An open database; :meth:`open` makes it. To be closed, or used with ``with``."""

    def __init__(self, place: DatabasePlace, patience_s: float) -> None:
        self.place = place
        self.known: set[object] = set()
        """What was written before around a judgement, and is there."""
        self._engine, self._patience_s = _engine(place), patience_s
        self._writer = self._engine if place.file is None else _engine(place, patience_s)

    @classmethod
    def open(
        cls,
        asked: str | os.PathLike[str] | None = None,
        *,
        create: bool = True,
        migrate_server: bool = False,
        patience_s: float = PATIENCE_S,
        scripts: Path = migrate.SCRIPTS,
    ) -> ReviewDatabase:
        """Open a database, made where there is none yet; of an older version it is brought up, a copy kept beside it.

        Parameters
        ----------
        asked: as :meth:`.database_place.DatabasePlace.of` takes it.
        create: False refuses one that is not there.
        migrate_server: bring an older PostgreSQL database up, too, whose other users then need this version.
        patience_s: how long a writer waits for others.
        scripts: the folder of the migrations.

        Raises
        ------
        InputError: no such place, no database, one of something else, or of a newer version.
        GANAnomalyError: damaged, full, or out of reach.
        """
        place = DatabasePlace.of(asked)
        if place.file is not None:
            _check_file(place.file, create)
        with database_errors(place), needing_review():
            database = cls(place, patience_s)
        try:
            database._make_ready(migrate_server, scripts)
        except BaseException:
            database.close()
            raise
        return database

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()
        self._writer.dispose()

    def __enter__(self) -> ReviewDatabase:
        return self

    def __exit__(self, *_about: object) -> None:
        self.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the database throughout, whoever writes meanwhile."""
        with database_errors(self.place), self._engine.begin() as connection:
            yield connection

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """The result of ``work(connection)``, all of which is kept or nothing.

        It waits for other writers, and is done again where a server says so or went away: ``work`` must mean the same
        a second time, so keys are made before it. Raises as :func:`.database_refusals.database_errors`.
        """
        with database_errors(self.place):
            until, lost = time.monotonic() + self._patience_s, 0
            while True:
                try:
                    with self._writer.begin() as connection:
                        result = work(connection)
                    break
                except sa.exc.DBAPIError as error:
                    lost += is_lost(error)
                    again = is_busy(error) or (is_lost(error) and lost < _LOST_TRIES)
                    if not again or time.monotonic() > until:
                        raise
        self._sync()
        return result

    def _sync(self) -> None:
        """Have the disk hold what was written, so that it outlives a power cut.

        SQLite would do so while it keeps other writers out; here they go on meanwhile, and one wait serves several.
        """
        if self.place.file is None:
            return
        flags = os.O_RDWR | getattr(os, "O_BINARY", 0)
        with contextlib.suppress(OSError):  # it was taken into the database meanwhile, which is synced then
            number = os.open(f"{self.place.file}-wal", flags)
            try:
                os.fsync(number)
            finally:
                os.close(number)

    def _make_ready(self, migrate_server: bool, scripts: Path) -> None:
        with self.reading() as connection:
            revision = migrate.revision_of(connection, self.place)
        if revision == HEAD and scripts == migrate.SCRIPTS:
            return
        if revision is not None:
            if not migrate.is_older(revision, self.place, scripts):
                return
            if self.place.file is None and not migrate_server:
                raise InputError.of(
                    "The review database {place} is of an older version: copy it with pg_dump, then bring it up with "
                    "gananomaly review check ⟨migrate⟩.",
                    place=str(self.place),
                )
            if self.place.file is not None:
                copy_sqlite(self.place.file, _free(self.place.file, revision))
        self.write(lambda connection: self._bring_up(connection, scripts))

    def _bring_up(self, connection: sa.Connection, scripts: Path) -> None:
        # Another one may have been at it meanwhile.
        revision = migrate.revision_of(connection, self.place)
        if revision is None or migrate.is_older(revision, self.place, scripts):
            migrate.bring_up(connection, scripts)


def _check_file(file: Path, create: bool) -> None:
    if file.is_dir():
        raise InputError.of("{place} is a folder, not a review database: name a file in it.", place=str(file))
    if not file.exists():
        if not create:
            raise InputError.of(
                "There is no review database {place} yet: gananomaly review import makes one.", place=str(file)
            )
        with disk_errors(file, "the review database", advice="choose another file"):
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def _free(file: Path, revision: str) -> Path:
    """A name for the copy that nobody has."""
    number = 0
    while True:
        more = f"-{number}" if number else ""
        path = file.with_name(f"{file.stem}.before-update-of-{revision}{more}{file.suffix}")
        if not path.exists():
            return path
        number += 1


def _engine(place: DatabasePlace, patience_s: float = 0.0) -> sa.Engine:
    """Of an SQLite file one for reading, or with ``patience_s`` one for writing."""
    if place.file is None:
        told = {"connect_timeout": CONNECT_S, "application_name": "GANAnomaly"}
        engine = sa.create_engine(place.url, pool_pre_ping=True, connect_args=told)
        sa.event.listen(engine, "connect", _set_up_server)
        return engine
    engine = sa.create_engine(place.url, connect_args={"timeout": 0.0 if patience_s else _BUSY_S})
    sa.event.listen(engine, "connect", _set_up)

    def begin(connection: sa.Connection) -> None:
        if not patience_s:
            connection.exec_driver_sql("BEGIN")
        # Who will write says so at once: two that read first would each wait for the other to end.
        elif not _took_turn(connection.connection.dbapi_connection, patience_s):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    sa.event.listen(engine, "begin", begin)
    return engine


def _took_turn(connection: Any, patience_s: float) -> bool:
    """Begin to write; False where others did not let go in time, or something else is wrong."""
    began = time.monotonic()
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return True
        except sqlite3.OperationalError as error:
            waited = time.monotonic() - began
            if not is_busy(error) or waited > patience_s:
                return False
            # Who waited long asks more often.
            time.sleep(random.uniform(0.2, 1.0) * (_LONGEST_S if waited < _LONG_S else _SHORTEST_S))


def _set_up_server(connection: Any, _record: Any) -> None:
    """What PostgreSQL does for every connection."""
    # A short question gains nothing by being compiled, and a connection's first one waits for the compiler's start.
    connection.autocommit = True
    connection.execute("SET jit = off")
    connection.autocommit = False


def _set_up(connection: Any, _record: Any) -> None:
    """What SQLite does for every connection."""
    # Transactions are begun below, not by Python's driver.
    connection.isolation_level = None
    for pragma in ("foreign_keys = ON", "synchronous = NORMAL", "trusted_schema = OFF"):
        connection.execute(f"PRAGMA {pragma}")
    if not _writes_ahead(connection):  # a disk without what that needs
        connection.execute("PRAGMA synchronous = FULL")


def _writes_ahead(connection: Any) -> bool:
    """Have it write ahead, so that readers and a writer do not wait for each other; it stays so once it was said."""
    until = time.monotonic() + CONNECT_S
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
                return False
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(0.002)
    return True
