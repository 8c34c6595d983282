"""``gananomaly review report``: one case for a colleague and for the archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...running.languages import languages
from ..session import Session, standard_options


@click.command("report", short_help="Write the report on a case as HTML or PDF.")
@click.argument("result", metavar="RESULT", type=click.Path(path_type=Path))
@click.option("--out", "path", metavar="FILE", required=True, type=click.Path(path_type=Path), help=".html or .pdf.")
@click.option(
    "--language", type=click.Choice(languages()), default="en", show_default=True, help="What it is written in."
)
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="For printing.")
@click.option("--reader", metavar="NAME", default="", help="Who read the case, as it is to stand there.")
@click.option("--site", metavar="NAME", default="", help="Where it was read.")
@click.option("--case", metavar="TEXT", default="", help="Your number of the case.  [default: of the image's hash]")
@click.option("--patient", metavar="TEXT", default="", help="What the report says of the patient.  [default: nothing]")
@click.option(
    "--verdict",
    type=click.Choice(["normal", "abnormal", "inadequate"]),
    help="On the case.  [default: that kept in RESULT, else boxes to tick]",
)
@click.option(
    "--image", metavar="PATH", type=click.Path(path_type=Path), help="The image.  [default: where it was analysed]"
)
@click.option("--force", is_flag=True, help="Replace FILE where it is there.")
@standard_options
def command(session: Session, result: Path, path: Path, verdict: str | None, **options: Any) -> None:
    """Write the report on one case: what was analysed and how, what was decided, and what the model's limits are.

    RESULT is a folder that  gananomaly analyze  or the panel wrote; decisions and added findings are those kept in
    it. It names no patient unless you say so with --patient.

    \b
    Example:
      gananomaly review report chest_result --out report.pdf --language de
      gananomaly review report chest_result --out report.html --paper letter --reader "A. Reader"

    \b
    What comes out, one file:
      .html   opens in any browser, needs nothing else
      .pdf    text that can be selected, page numbers (extra 'report')

    Each finding that was decided has its slice and the planes across. Research use only, which stands on every page.
    """
    from ...review.report import write_report

    written = write_report(result, path, verdict=verdict, **options)  # type: ignore[arg-type]  # as click chose
    if session.json:
        session.emit({"report": str(written), "bytes": written.stat().st_size})
        return
    session.say(f"Written: {written}")
