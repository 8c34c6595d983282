"""``gananomaly pacs fetch``: a study or a series into a folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from ...archives.archive_protocol import Wanted, check_uid
from ...archives.connection import Connection
from ...archives.open_archive import open_archive
from ...errors import InputError
from ...running.progress import part
from ..bar import at_work
from ..options import click_options, taken
from ..session import Session, standard_options


@click.command("fetch", short_help="A study or series from an archive into a folder.")
@click.option("--study", required=True, metavar="UID", help="Which study.")
@click.option("--series", metavar="UID", help="Which of its series.  [default: all that fit]")
@click.option("--out", required=True, metavar="FOLDER", help="Where a folder for each series goes.")
@click_options(Wanted, "modality", "body_part", "description", "number")
@click_options(Connection)
@standard_options
def command(session: Session, study: str, series: str | None, out: str, **options: Any) -> None:
    """Fetch a study, or one series of it.

    A series' folder appears when all its images are there, as many as the archive counts and lists, each of that
    series and with all its pixels. What came before something broke is kept beside, hidden; the same command goes on
    from there. A folder that holds the whole series is left as it is.

    \b
    Example:
      gananomaly pacs fetch --study 1.2.3 --modality CT --out images
      gananomaly analyze images/ct-4-0123456789ab --out result

    \b
    What comes out:
      FOLDER/ct-4-0123456789ab/*.dcm   a folder a series: kind, number, and a hash of its UID
    """
    check_uid(study, "study")
    wanted, connection = taken(Wanted, options), taken(Connection, options)
    from ...archives.fetch_series import fetch_series

    with at_work() as (bar, cancel):
        archive = open_archive(connection, cancel)
        try:
            chosen = [one for one in archive.series(study) if wanted.fits_series(one)]
            if series is not None:
                check_uid(series, "series")
                chosen = [one for one in chosen if one.uid == series]
            if not chosen:
                raise InputError(f"{archive.name} has no such series: look with gananomaly pacs query --study.")
            fetched = [
                fetch_series(
                    archive,
                    one,
                    Path(out),
                    part(bar, number / len(chosen), (number + 1) / len(chosen)),
                    cancel,
                    connection.tries,
                    connection.pause,
                )
                for number, one in enumerate(chosen)
            ]
        finally:
            archive.close()
    if session.json:
        session.emit(
            [
                {
                    "folder": str(one.folder),
                    "instances": one.instances,
                    "reused": one.reused,
                    "notes": one.notes,
                    "series": dataclasses.asdict(one.series),
                }
                for one in fetched
            ]
        )
        return
    for one in fetched:
        session.say(f"{'There already' if one.reused else 'Written'}: {one.folder} ({one.instances} images)")
        for note in one.notes:
            session.say(f"Note: {note}")
