"""``gananomaly pacs send``: files to an archive."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from ...archives.connection import Connection
from ...archives.open_archive import open_archive
from ..bar import at_work
from ..options import click_options, taken
from ..session import Session, standard_options


@click.command("send", short_help="DICOM files to an archive.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click_options(Connection)
@standard_options
def command(session: Session, paths: tuple[str, ...], **options: Any) -> None:
    """Send DICOM files, or all in and below folders, as they are: with the names of patients that stand in them.

    Files that are no DICOM objects, or cut off, are not sent. A file that the archive refuses stops no other; one that
    it has already counts as sent.

    \b
    Example:
      gananomaly pacs send exported/ --archive https://pacs.example/dicom-web

    What comes out: what became of each file that was not simply sent, and how many were.

    Exit codes: 0 the archive has all, 1 some were refused or not sent, 2 nothing could be used, 130 stopped by you.
    """
    connection = taken(Connection, options)
    from ...archives.send_files import REFUSED, SENT, THERE, Sent, find_files, send_files

    told: list[Sent] = []

    def hear(sent: Sent) -> None:
        told.append(sent)
        if sent.state not in (SENT, THERE):
            session.say(f"{'Refused' if sent.state == REFUSED else 'Not sent'}: {sent.path}: {sent.why}")

    files = find_files(paths)
    with at_work() as (bar, cancel):
        archive = open_archive(connection, cancel)
        try:
            send_files(archive, files, bar, cancel, hear)
        finally:
            archive.close()
            counts = Counter(sent.state for sent in told)
            told_of = ", ".join(f"{count} {state}" for state, count in counts.items())
            session.say(f"{told_of or 'None sent'} of {len(files)}.")
    if session.json:
        session.emit([{"path": str(sent.path), "state": sent.state, "why": sent.why} for sent in told])
    click.get_current_context().exit(0 if all(sent.state in (SENT, THERE) for sent in told) else 1)
