"""``gananomaly curate SOURCE...``: what is new in a repository read, checked and scored."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work, duration
from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.errors import InputError

from ...curate.curate_options import CurateOptions

SHOWN = 5


@click.command("run", short_help="Read, check and score what is new (the default).")
@click.argument("sources", metavar="SOURCE...", nargs=-1)
@click.option(
    "--out", metavar="FOLDER", help="The store: a new folder, or an earlier run's, to which what is new goes."
)
@click.option("--demo", is_flag=True, help="No sources: films of virtual patients, of which some do not belong.")
@click_options(CurateOptions)
@standard_options
def command(session: Session, sources: tuple[str, ...], out: str | None, demo: bool, **options: Any) -> None:
    """Read, check and score what the store does not know yet.

    SOURCE is a folder of DICOM files, pictures and volumes, a single file, or a CSV or Parquet with a column path. A
    folder of CT or MR slices is one volume: a row of the whole and a row a slice.

    \b
    Example:
      gananomaly curate --demo
      gananomaly curate radiographs/ --out store
      gananomaly curate radiographs/ --model mine.safetensors --out store --workers 8
      gananomaly curate images.csv --model mine --out store --cluster tcp://head:8786
      gananomaly curate images.csv --model mine --out store --slurm --slurm-set queue=gpu --slurm-set walltime=04:00:00

    \b
    What comes out, in STORE:
      rows/*.parquet     a row an image: path, sha256, score, where it is highest, checks, what the header says of how
                         it was made, and for what could not be read the reason
      thumbnails/*.bin, listing.parquet, store.json

    Stop with Ctrl-C, or lose the power: the same command goes on. Exit codes: 0 all was read, 1 some files could not be
    (they are counted), 2 unusable input, 130 stopped. Research use only.
    """
    from ...curate.run_curation import curate, passed_over_in_words

    if demo:
        _demo(session, sources, out, options.get("workers"))
        return
    if out is None:
        raise InputError("The store has no name: give one with --out.")
    with at_work() as (bar, cancel):
        found = curate(taken(CurateOptions, options, sources=list(sources), out=out), bar, cancel)
    if session.json:
        session.emit(vars(found))
    else:
        read, workers = found.read - found.unreadable, f", workers: {found.workers}" if found.read else ""
        told = f"{found.known:,} known, {read:,} read, {found.unreadable:,} that cannot be read"
        session.say(f"{_files(found.found)}: {told}; {duration(found.seconds)}{workers}.")
        for reason, count in sorted(found.reasons.items(), key=lambda item: -item[1])[:SHOWN]:
            session.say(f"  {_files(count)}: {reason}")
        if found.unreadable:
            session.say(f"They are listed by  gananomaly curate export {found.store} --unreadable FILE.")
        if found.passed_over:
            session.say(f"Passed over: {passed_over_in_words(found.passed_over)}.")
        session.say(f"Written: {found.store}; see  gananomaly curate rank, report, duplicates, export.")
        session.say("Research use only, not a medical device.")
    click.get_current_context().exit(1 if found.unreadable else 0)


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _demo(session: Session, sources: tuple[str, ...], out: str | None, workers: int | None) -> None:
    from ...curate.curate_demo import DEMO_FOLDER, curate_demo

    if sources:
        raise InputError("The demonstration brings its own images: leave the sources out, or --demo.")
    with at_work() as (bar, cancel):
        found = curate_demo(out or DEMO_FOLDER, workers, progress=bar, cancel=cancel)
    if session.json:
        session.emit(
            {
                **vars(found.summary),
                "attributes": str(found.attributes),
                "gallery": str(found.gallery),
                "found": found.found,
            }
        )
        return
    rows = [
        [str(row["attribute"]).replace("_", " "), str(row["images"]), f"{row['score']:.2f}", f"{row['checks']:.2f}"]
        for row in found.found
    ]
    heads = ["does not belong", "films", "AUROC by score", "by checks"]
    print_table(f"{found.summary.found} films of virtual patients", heads, rows)
    session.say(f"Written: {found.store}, and {found.attributes}, which says what each film is.")
    session.say(f"Open {found.gallery}. Research use only, not a medical device.")
