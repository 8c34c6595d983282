"""``gananomaly worklist remove``: scans that are not to be analysed after all."""

from __future__ import annotations

import click

from ...errors import InputError
from ..review_commands._shared import database_option, opened, reader_option
from ..session import Session, standard_options


@click.command("remove", short_help="Take scans off the worklist that are not to be analysed.")
@click.argument("scans", metavar="PATH...", nargs=-1, required=True)
@reader_option
@database_option
@standard_options
def command(session: Session, scans: tuple[str, ...], reader: str | None, database: str | None) -> None:
    """Take scans off the worklist that are not to be analysed after all, by the paths that it shows.

    They need not be there any more. To add them again takes  gananomaly worklist add --again.

    \b
    Example:
      gananomaly worklist remove incoming/phantom.nii.gz

    What comes out: how many waited. No file is touched.
    """
    with opened(database) as store:
        from ...review.store.listed_scans import take_off
        from ...review.store.reader_name import ReaderName

        count = take_off(store, scans, ReaderName.of(reader))
    if not count:
        raise InputError("None of these waits to be analysed: give the paths that  gananomaly worklist  shows.")
    if session.json:
        session.emit({"removed": count})
    else:
        session.say(f"{count} scans are off the worklist.")
