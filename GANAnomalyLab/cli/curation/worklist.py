"""``gananomaly curate worklist``: the most striking volumes for readers, and what they said as marks."""

from __future__ import annotations

import click

from GANAnomalyLib.cli.review_commands._shared import database_option, opened, reader_option
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.errors import InputError


@click.command("worklist", short_help="Volumes onto the readers' worklist; their verdicts back as marks.")
@click.argument("store", metavar="STORE")
@click.option("--top", type=click.IntRange(min=1), help="So many volumes, the highest score first.  [default: all]")
@click.option("--above", type=float, metavar="SCORE", help="Only what scores more.")
@click.option("--back", is_flag=True, help="The other way: readers' verdicts become marks of the store.")
@reader_option
@database_option
@standard_options
def command(
    session: Session,
    store: str,
    top: int | None,
    above: float | None,
    back: bool,
    reader: str | None,
    database: str | None,
) -> None:
    """Put the CTs and MRs of a store on the readers' worklist, the most striking first, to be analysed and read.

    With --back what readers said comes into the store's marks: normal is accepted, abnormal and inadequate rejected.

    \b
    Example:
      gananomaly curate worklist store --top 50
      gananomaly batch --worklist --out results
      gananomaly curate worklist store --back

    Research use only.
    """
    from ...curate.judged_rows import judge

    if back and (top is not None or above is not None):
        raise InputError("Verdicts come back of all that was read: leave --top and --above out.")
    judged = judge(store, ("sha256",))
    if above is not None and not judged.scored:
        raise InputError("The store was made without a model and has no scores: leave --above out.")
    with opened(database, create=not back) as review:
        from ...curate.readers_worklist import put_on_worklist, take_verdicts

        if back:
            marks = take_verdicts(judged, review)
            if session.json:
                session.emit({"store": store, "marks": marks})
            else:
                session.say(f"{marks:,} marks came from readers' verdicts.")
            return
        from GANAnomalyLib.review.store.reader_name import ReaderName

        added = put_on_worklist(judged, review, ReaderName.of(reader), top, above)
    if session.json:
        session.emit({"store": store, **vars(added)})
        return
    session.say(f"{added.new:,} new scans to analyse, {added.wait:,} wait already, {added.done:,} are done.")
