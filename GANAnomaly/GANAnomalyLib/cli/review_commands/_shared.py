"""What the commands share: which database, and who reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from ...review.store.review_database import ReviewDatabase

Function = TypeVar("Function", bound=Callable[..., Any])

database_option = click.option(
    "--database",
    metavar="FILE|URL",
    help="An SQLite file, or postgresql://USER@HOST/NAME. [default: GANANOMALY_REVIEW, else a file of the user's own]",
)
reader_option = click.option(
    "--reader", metavar="NAME", help="Who reads. [default: GANANOMALY_READER, else the account's name]"
)
all_option = click.option("--all-readers", is_flag=True, help="What every reader decided; else only what you did.")


def opened(asked: str | None, create: bool = False, **more: Any) -> ReviewDatabase:
    """The database, which must be there unless it is to be made."""
    from ...review.store.database_refusals import needing_review

    with needing_review():
        from ...review.store.review_database import ReviewDatabase
    return ReviewDatabase.open(asked, create=create, **more)


def reader_keys(connection: Any, reader: str | None, all_readers: bool) -> list[Any] | None:
    """Whose judgements are shown: readers do not see each other's unless asked for, and not while they are blinded."""
    from ...review.store.reader_name import ReaderName
    from ...review.store.record_decisions import reader_id
    from ...review.study.study_record import check_may_see

    own = reader_id(ReaderName.of(reader))
    if not all_readers:
        return [own]
    check_may_see(connection, own)
    return None
