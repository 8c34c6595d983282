"""``gananomaly review study adjudicate``: what readers disagree on, and what an adjudicator says of it."""

from __future__ import annotations

import dataclasses

import click

from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.session import Session, standard_options

from ._kept import at_study, interim_option, kept_options


@click.command("adjudicate", short_help="List the cases that readers disagree on, or settle one.")
@click.argument("case", metavar="[CASE]", required=False)
@click.argument("verdict", metavar="[VERDICT]", required=False)
@click.option("--condition", metavar="NAME", help="Settle it as read under this condition only.")
@click.option("--comment", default="", help="What there is to say about it.")
@click.option("--threshold", type=float, help="Readers differ by whether their ratings reach this, not by verdicts.")
@interim_option
@kept_options
@standard_options
def command(
    session: Session,
    case: str | None,
    verdict: str | None,
    condition: str | None,
    comment: str,
    threshold: float | None,
    interim: bool,
    study: str | None,
    reader: str | None,
    database: str | None,
) -> None:
    """Keep what readers called by different names as cases to adjudicate, and list them; or settle one.

    VERDICT is normal, abnormal or inadequate. Who reads in the study cannot settle, unless the design names
    adjudicators. For a case without a truth in the design the adjudicator's verdict is it.

    \b
    Example:
      gananomaly review study adjudicate --study heatmap
      gananomaly review study adjudicate 12 abnormal --comment "biopsy" --reader "Prof. Weiß"

    \b
    What comes out:
      the cases, who said what, and the adjudicator's verdict where there is one
    """
    if (case is None) != (verdict is None):
        raise click.UsageError("Give a case and a verdict, or neither.", click.get_current_context())
    with at_study(database, study, reader) as (store, name, who):
        from GANAnomalyLib.review.study.settle_cases import keep_to_settle, settle, to_settle

        from ...evaluate.reader_study.kept_study import read_study, to_be_settled

        if case is not None and verdict is not None:
            settle(store, name, case, verdict.lower(), who, condition, comment)
        else:
            found = read_study(store, name, who, interim)
            keep_to_settle(store, name, to_be_settled(found.rows.readings, threshold), who)
        from GANAnomalyLib.review.study.study_record import find_study

        with store.reading() as connection:
            listed = to_settle(connection, find_study(connection, name))
    if case is not None:
        listed = [one for one in listed if one.case == case]
    if session.json:
        session.emit({"study": name, "to_settle": [dataclasses.asdict(one) for one in listed]})
        return
    rows = [
        [one.case, one.condition, ", ".join(f"{whom}: {word}" for whom, word in one.said.items()), one.verdict,
         one.adjudicator, one.folder]
        for one in listed
    ]  # fmt: skip
    heads = ["case", "condition", "said", "settled", "by", "result"]
    print_table(f"To settle in the study {name}", heads, rows, "nothing.")
