"""``gananomaly pacs watch``: analyses what comes into an archive."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from ...analysis.request import AnalysisRequest
from ...archives.connection import Connection
from ...archives.open_archive import open_archive
from ...archives.watch_rules import WatchRules
from ...errors import InputError
from ..bar import at_work
from ..options import click_options, given, request_options, taken
from ..session import Session, standard_options
from ..worklist_cases import check_worklist, put_on_worklist


@click.command("watch", short_help="Analyse each new study of an archive once.")
@click.option("--out", required=True, metavar="FOLDER", help="Where results, images and the journal go.")
@click.option("--every", type=click.FloatRange(min=0), default=60.0, show_default=True, help="Seconds between looks.")
@click.option("--once", is_flag=True, help="End when what is there now is done, for a scheduler.")
@click.option("--again", is_flag=True, help="Try the studies that failed once more.")
@click.option(
    "--send",
    metavar="KIND,...",
    help="Send these back of each result: seg, sr, map, heat, capture, pdf, gsps.  [default: nothing]",
)
@click.option("--worklist", is_flag=True, help="Put each result on the worklist of the review database.")
@click.option("--uid-root", metavar="ROOT", help="Your site's root for the UIDs of what is sent.  [default: 2.25]")
@click.option("--delete-images", is_flag=True, help="Delete a study's fetched images when all is sent.")
@click_options(WatchRules)
@click_options(Connection)
@request_options
@standard_options
def command(
    session: Session,
    out: str,
    every: float,
    once: bool,
    again: bool,
    send: str | None,
    worklist: bool,
    uid_root: str | None,
    delete_images: bool,
    **options: Any,
) -> None:
    """Look into an archive again and again, and analyse each new study that fits, once.

    A study is taken when two looks in a row find it alike, so that nothing is analysed that is still coming in. Each
    step stands in FOLDER/journal.sqlite before the next one begins: whatever ends the watch, and when, the same command
    goes on from there, and no study is analysed or sent twice. An archive that is away is waited for.

    \b
    Example:
      gananomaly pacs watch --archive https://pacs.example/dicom-web --out watched --send seg,sr
      gananomaly pacs watch --out watched --description "thorax|chest" --min-slices 50 --once
      gananomaly pacs watch --out watched --worklist

    \b
    What comes out:
      the objects of --send, in the archive, in the study of the images; each result gives them once
      FOLDER/results/study-...    a result each, as gananomaly analyze writes it
      FOLDER/images/study-...     the images it was made of
      FOLDER/objects/study-...    what was sent
      FOLDER/journal.sqlite       what was done; holds UIDs and is as private as the images

    With --worklist each result also goes into the review database, once, where gananomaly worklist and the panel list
    it; a study whose result it does not take is tried again, and has failed after five times.

    Exit codes: 0 done (--once), 1 some failed, 2 nothing could be used, 130 stopped by you. Research use only.
    """
    rules, connection = taken(WatchRules, options), taken(Connection, options)
    template = AnalysisRequest("", **given(options))
    if worklist:
        if delete_images:
            raise InputError("A case of the worklist is read with its images: leave out --delete-images or --worklist.")
        check_worklist()
    from ...archives.journal import FAILED, Entry
    from ...archives.objects_to_send import exported_objects, nothing
    from ...archives.watch_archive import Watch

    make = nothing if send is None else exported_objects([kind.strip() for kind in send.split(",")], uid_root)

    def hear(entry: Entry) -> None:
        session.say(f"{entry.name}: {entry.state}{f', {entry.why}' if entry.why else ''}")

    with at_work() as (bar, cancel):
        archive = open_archive(connection, cancel)
        watch = Watch(
            archive,
            Path(out),
            rules,
            template,
            make,
            every=every,
            delete_images=delete_images,
            tries=connection.tries,
            pause_s=connection.pause,
            progress=bar,
            cancel=cancel,
            on_step=hear,
            on_trouble=lambda sentence: session.say(f"Trouble: {sentence}"),
        )
        if worklist:
            watch.keep = put_on_worklist
        try:
            entries = watch.run(once, again)
        finally:
            archive.close()
    if session.json:
        session.emit([{"name": entry.name, **dataclasses.asdict(entry)} for entry in entries])
    click.get_current_context().exit(1 if any(entry.state == FAILED for entry in entries) else 0)
