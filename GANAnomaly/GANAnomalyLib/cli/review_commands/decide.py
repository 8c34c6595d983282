"""``gananomaly review decide``: a decision on a finding, or a verdict on a case."""

from __future__ import annotations

import click

from ...errors import InputError
from ..session import Session, standard_options
from ._shared import database_option, opened, reader_option

_TAKEN_BACK = "open"


@click.command("decide", short_help="Decide on a finding, or on a whole case.")
@click.argument("result", metavar="RESULT")
@click.argument("finding", metavar="RANK|case")
@click.argument("word", metavar="WORD")
@click.option("--comment", default="", help="What there is to say about it.")
@click.option("--confidence", type=click.IntRange(1, 5), help="How sure, from 1 to 5.")
@click.option(
    "--label",
    nargs=3,
    metavar="SCHEME CODE MEANING",
    help="A term: SCT 4147007 Mass. Only on a finding.",
)
@click.option(
    "--reading", type=click.IntRange(1, 1000), default=1, show_default=True, help="Which reading of the case."
)
@reader_option
@database_option
@standard_options
def command(
    session: Session,
    result: str,
    finding: str,
    word: str,
    comment: str,
    confidence: int | None,
    label: tuple[str, str, str] | None,
    reading: int,
    reader: str | None,
    database: str | None,
) -> None:
    """Decide on a finding of a result folder, or on the whole case.

    On a finding WORD is accepted, rejected or unsure, on the case normal, abnormal or inadequate; open takes back what
    was said before. Nothing is overwritten: what counts is the last.

    \b
    Example:
      gananomaly review decide chest_result 1 accepted --comment "nodule, 8 mm" --confidence 4
      gananomaly review decide chest_result case abnormal

    What comes out: a row in the review database. decisions.json is written by  gananomaly review export.
    """
    with opened(database, create=True) as store:
        from ...review.decisions import check_decision
        from ...review.store.case_facts import case_of_folder
        from ...review.store.judgements import Judged, Label, Sitting
        from ...review.store.reader_name import ReaderName
        from ...review.store.record_decisions import record_decision, record_verdict

        case, who = case_of_folder(result), ReaderName.of(reader)
        said = "" if word.lower() == _TAKEN_BACK else word.lower()
        judged = Judged(comment, confidence, None, reading, source="command")
        sitting = Sitting("gananomaly review decide")
        if finding.lower() == "case":
            key = record_verdict(store, case, said, who, judged, sitting)
        elif finding.isascii() and finding.isdigit() and len(finding) < 10:
            term = Label(*label) if label else None
            key = record_decision(store, case, int(finding), check_decision(said), who, judged, term, sitting)
        else:
            raise InputError(f"{finding[:40]!r} is no finding: give its rank, or the word case.")
    if session.json:
        session.emit({"id": str(key), "reader": who.name, "case": case.fingerprint, "decision": said})
        return
    session.say(f"{who.name}: {said or 'taken back'}")
