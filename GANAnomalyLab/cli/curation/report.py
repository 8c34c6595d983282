"""``gananomaly curate report``: a store as a folder of pages that opens from the disk."""

from __future__ import annotations

from pathlib import Path

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.session import Session, standard_options


@click.command("report", short_help="A gallery that opens from the disk, with all images.")
@click.argument("store", metavar="STORE", type=click.Path(path_type=Path))
@click.option("--out", metavar="FOLDER", required=True, type=click.Path(path_type=Path), help="Of the gallery: new.")
@click.option(
    "--by", type=click.Choice(["score", "checks"]), help="What ranks them.  [default: score, if there is one]"
)
@click.option(
    "--full",
    metavar="N",
    type=click.IntRange(0),
    default=500,
    show_default=True,
    help="Of the first N the source is read again, for a picture of up to 512 pixels.",
)
@click.option("--attributes", metavar="CSV", help="Columns path and attribute: tell how well each is found.")
@click.option("--force", is_flag=True, help="Replace an earlier gallery in FOLDER.")
@standard_options
def command(
    session: Session, store: Path, out: Path, by: str | None, full: int, attributes: str | None, force: bool
) -> None:
    """Write a store's gallery: every image, most striking first, in pages that need no server and load nothing from
    elsewhere.

    Open index.html in any browser. In the gallery sort, filter, look, and mark by keys what belongs (A) and what does
    not (R); export the marks as CSV. Marks stay in the browser until then.

    \b
    Example:
      gananomaly curate report store --out gallery
      gananomaly curate report store --out gallery --full 2000 --force

    \b
    What comes out, in FOLDER:
      index.html     counts, what each check flags, scores, what could not be read and why, how it was made
      gallery.html   the images
      data/, assets/, results.json

    File names and what headers say of how images were made are in it: hand it on as you would the images. Research use
    only.
    """
    from ...curate.gallery.gallery_folder import in_numbers, write_gallery

    with at_work() as (bar, cancel):
        written = write_gallery(str(store), out, full, by, force, attributes, bar, cancel)
    if session.json:
        session.emit(in_numbers(written))
        return
    missing = written.wanted - written.pictures
    session.say(f"{written.rows:,} images, {written.pictures:,} with a full picture, {written.bytes / 1e6:,.0f} MB.")
    if missing:
        session.say(
            f"Of {missing:,} the source is gone, has changed or cannot be read: they have their thumbnail alone."
        )
    session.say(f"Written: {Path(written.folder) / 'index.html'}")
    session.say("Research use only, not a medical device.")
