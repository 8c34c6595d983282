"""``gananomaly curate export``: lists of what to take and what to leave."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.errors import InputError

from ...curate.judged_rows import ORDERS


@click.command("export", short_help="Lists of what to take, to leave, and what could not be read.")
@click.argument("store", metavar="STORE")
@click.option("--accept", metavar="FILE", help="A CSV of what to take.")
@click.option("--reject", metavar="FILE", help="A CSV of what to leave, and why.")
@click.option("--unreadable", metavar="FILE", help="A CSV of what could not be read, and why.")
@click.option("--above", type=float, metavar="SCORE", help="Leave what scores above; see  gananomaly curate threshold.")
@click.option(
    "--checks", metavar="A,B,...", help="Leave what these checks flag; all or none.  [default: all without a model]"
)
@click.option("--by", type=click.Choice(ORDERS), help="The order of the lines.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@standard_options
def command(
    session: Session,
    store: str,
    accept: str | None,
    reject: str | None,
    unreadable: str | None,
    above: float | None,
    checks: str | None,
    by: str | None,
    force: bool,
) -> None:
    """Write lists for the next program: CSVs with path, sha256, score and why.

    What curators marked in the gallery counts before all else: what they accepted is taken, what they rejected is left.
    Nothing is deleted or moved.

    \b
    Example:
      gananomaly curate export store --reject rejected.csv --accept accepted.csv --above 4.2
      gananomaly curate export store --reject odd.csv --checks blank,inverted,text
      gananomaly curate export store --unreadable unreadable.csv

    Research use only.
    """
    from ...curate.export_lists import rejected_rows, write_lists
    from ...curate.judged_rows import BY_SCORE, judge

    files = {
        name: path
        for name, path in (("accept", accept), ("reject", reject), ("unreadable", unreadable))
        if path is not None
    }
    if not files:
        raise InputError("Nothing to write was named: give --accept, --reject or --unreadable.")
    judged = judge(store, ("sha256", "reason"), by)
    if above is not None and not judged.scored:
        raise InputError("The store was made without a model and has no scores: leave --above out.")
    known = tuple(judged.flags)
    chosen = checks or ("all" if judged.by != BY_SCORE and above is None else "none")
    names = known if chosen == "all" else () if chosen == "none" else tuple(filter(None, chosen.split(",")))
    for name in names:
        if name not in known:
            raise InputError(f"There is no check {name!r}: there are {', '.join(known)}.")
    rejected, why = rejected_rows(judged, above, names)
    counts = write_lists(judged, rejected, why, files, force)
    if session.json:
        session.emit({"store": store, "written": {name: str(path) for name, path in files.items()}, "lines": counts})
        return
    for name, path in files.items():
        session.say(
            f"{counts[name]:,} to {name}: {path}" if name != "unreadable" else f"{counts[name]:,} unreadable: {path}"
        )
