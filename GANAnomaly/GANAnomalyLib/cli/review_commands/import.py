"""``gananomaly review import``: results, and decisions kept beside them, into the review database."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from ...errors import GANAnomalyError, InputError
from ..session import Session, standard_options
from ._shared import database_option, opened


@click.command("import", short_help="Bring results and their decisions.json into the review database.")
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...")
@click.option(
    "--reader",
    metavar="NAME",
    help="Who decided. [default: whom decisions.json names, else GANANOMALY_READER, else the account's name]",
)
@click.option("--keep-identifiers", is_flag=True, help="Keep patient IDs and study UIDs themselves, not only hashes.")
@database_option
@standard_options
def command(
    session: Session, folders: tuple[str, ...], reader: str | None, keep_identifiers: bool, database: str | None
) -> None:
    """Bring results, and the decisions.json beside them, into the review database, which is made where there is none.

    FOLDER is a result folder, or one with results below it. What is there already adds nothing: the same again, or
    after more was decided, does no harm. Findings of other systems that  gananomaly dicom import  put beside a result
    come along, as marks of whoever observed them. Where a result's DICOM images are still in their place, its patient
    and study are kept as hashes with a key of the site.

    \b
    Example:
      gananomaly review import study_results
      gananomaly review import chest_result --reader "Dr. Müller"

    What comes out: how many cases and decisions are new.
    """
    with opened(database, create=True) as store:
        from ...review.store.exchange_results import find_results, import_result
        from ...review.store.reader_name import ReaderName

        who = None if reader is None else ReaderName.of(reader)
        done, refused = [], []
        results = find_results(map(Path, folders))
        for folder in results:
            try:
                done.append(import_result(store, folder, who, keep_identifiers))
            except InputError as error:
                if len(results) == 1:
                    raise
                refused.append((str(folder), error.message))
    new, decisions = sum(one.new_case for one in done), sum(one.decisions for one in done)
    if session.json:
        failed = [{"folder": folder, "error": why} for folder, why in refused]
        session.emit({"imported": [dataclasses.asdict(one) for one in done], "refused": failed})
    else:
        added = sum(one.added for one in done)
        marked = f", {added} new marks and verdicts" if added else ""
        others = sum(one.others for one in done)
        marked += f", {others} findings of other systems" if others else ""
        told = f"{new} with something new, {decisions} new decisions{marked}"
        session.say(f"{len(done)} results: {told}, in {store.place}")
        for _folder, why in refused:
            session.say(why)
    if refused and not done:
        raise GANAnomalyError("None of the results could be brought in.")
