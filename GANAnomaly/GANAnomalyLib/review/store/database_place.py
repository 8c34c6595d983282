"""Where the review database is: what was asked for, else GANANOMALY_REVIEW, else a file in the user's data folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ...models.model_folders import user_folder
from .database_refusals import needing_review

if TYPE_CHECKING:
    from sqlalchemy import URL

ENVIRONMENT = "GANANOMALY_REVIEW"
_KINDS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def review_folder() -> Path:
    """The user's own folder for reviews; it need not exist yet."""
    return user_folder().parent / "review"


def make_private(folder: Path) -> Path:
    """A folder of the review's, made for this user alone where it is not there yet; returns it. Raises OSError."""
    for one in (review_folder(), folder):
        if folder.is_relative_to(one):
            one.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@dataclass(frozen=True)
class DatabasePlace:
    """A database's URL; ``file`` is the path of an SQLite one, None for PostgreSQL."""

    url: URL
    file: Path | None

    @classmethod
    def of(cls, asked: str | os.PathLike[str] | None = None) -> DatabasePlace:
        """``asked``: a URL (``sqlite:///...``, ``postgresql://...``) or the path of a file.

        Raises :class:`InputError` for what is neither, without repeating what may hold a password.
        """
        with needing_review():
            import sqlalchemy as sa
        text = os.fspath(asked) if asked is not None else os.environ.get(ENVIRONMENT, "")
        if not text.strip():
            return cls.of_file(review_folder() / "review.db")
        if "://" not in text:
            return cls.of_file(Path(text).expanduser())
        try:
            url = sa.make_url(text)
        except (sa.exc.ArgumentError, ValueError) as error:
            raise InputError("The URL of the review database cannot be read: it is like postgresql://HOST/NAME.") from (
                error
            )
        driver = _KINDS.get(url.drivername.partition("+")[0])
        if driver is None:
            raise InputError.of(
                "The review database can be SQLite or PostgreSQL, not {kind}: give a file, or postgresql://HOST/NAME.",
                kind=url.drivername[:40],
            )
        if driver == "sqlite":
            if not url.database or url.database == ":memory:":
                raise InputError(
                    "The URL of the review database names no file: give sqlite:///PATH, or the path alone."
                )
            return cls.of_file(Path(url.database).expanduser())
        return cls(url.set(drivername=driver), None)

    @classmethod
    def of_file(cls, path: Path) -> DatabasePlace:
        """An SQLite file."""
        import sqlalchemy as sa

        if "\0" in str(path):
            raise InputError("The name of the review database holds characters that no file's name can have.")
        path = path.absolute()
        return cls(sa.URL.create("sqlite", database=str(path)), path)

    def __str__(self) -> str:
        """For people: the file, or the URL without its password."""
        return str(self.file) if self.file is not None else self.url.render_as_string(hide_password=True)
