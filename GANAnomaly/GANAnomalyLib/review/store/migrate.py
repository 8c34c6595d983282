"""The version of a database, and bringing an older one up to this program's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ...errors import InputError
from .database_refusals import needing_review

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

SCRIPTS = Path(__file__).with_name("migrations")
_VERSION = sa.table("alembic_version", sa.column("version_num"))
_LOCK = 0x67616E6F
"""Which of PostgreSQL's advisory locks is held while tables are made."""


def revision_of(connection: sa.Connection, place: object) -> str | None:
    """The revision of a database's tables; None for an empty database.

    Raises :class:`InputError` for a database that holds something else.
    """
    names = set(sa.inspect(connection).get_table_names())
    if _VERSION.name not in names:
        if names:
            raise InputError.of("{place} is a database of something else: choose another one.", place=str(place))
        return None
    found = connection.execute(sa.select(_VERSION.c.version_num)).scalars().all()
    if found and not {"decision", "reader"} <= names:
        raise InputError.of("{place} is a database of something else: choose another one.", place=str(place))
    return str(found[0]) if len(found) == 1 else None


def is_older(revision: str, place: object, scripts: Path = SCRIPTS) -> bool:
    """Whether tables of this revision can be brought up; False for this program's own.

    Raises :class:`InputError` for those of a newer version, which an older program must not touch.
    """
    directory = _scripts(scripts)
    known = {script.revision for script in directory.walk_revisions()}
    if revision not in known:
        raise InputError.of(
            "The review database {place} was made by a newer version of GANAnomaly: update to open it.",
            place=str(place),
        )
    return revision != directory.get_current_head()


def bring_up(connection: sa.Connection, scripts: Path = SCRIPTS) -> None:
    """Make the tables, or change older ones, within the connection's transaction: all of it or nothing."""
    with needing_review():
        from alembic import command

    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    config = _config(scripts)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _scripts(folder: Path) -> ScriptDirectory:
    with needing_review():
        from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(folder))


def _config(folder: Path):  # type: ignore[no-untyped-def]  # Alembic is imported only where it works
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config
