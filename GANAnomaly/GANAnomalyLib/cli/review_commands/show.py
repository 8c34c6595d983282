"""``gananomaly review show``: one case and what was decided on it."""

from __future__ import annotations

from typing import Any

import click

from ..finding_tables import place, print_table
from ..session import Session, standard_options
from ._shared import all_option, database_option, opened, reader_keys, reader_option


@click.command("show", short_help="Show one case and what was decided on it.")
@click.argument("case", metavar="RESULT|CASE")
@reader_option
@all_option
@database_option
@standard_options
def command(session: Session, case: str, reader: str | None, all_readers: bool, database: str | None) -> None:
    """Show one case and what was decided on it: a result folder, or the first digits that  review list  shows.

    Readers do not see each other's decisions unless --all-readers asks for them.

    \b
    Example:
      gananomaly review show chest_result
      gananomaly review show 3f9a1c20 --all-readers

    What comes out: findings with decisions, what readers added, and verdicts.
    """
    with opened(database) as store, store.reading() as connection:
        from ...review.store.present_state import case_state, find_case

        state = case_state(connection, find_case(connection, case), reader_keys(connection, reader, all_readers))
    told = state.to_dict()
    if session.json:
        session.emit(told)
        return
    rows = []
    for one in told["findings"]:
        said = one["decisions"] or [{}]
        for number, row in enumerate(said):
            begin = [str(one["rank"]), f"{one['score']:.3g}", place(one["centre_ras"])] if not number else ["", "", ""]
            rows.append([*begin, *_words(row, "decision")])
    heads = ["#", "score", "centre (mm)", "reader", "decision", "comment", "decided"]
    print_table(f"Case {told['fingerprint'][:12]}, {told['model']}, {told['folder']}", heads, rows, "no finding.")
    if told["added"]:
        added = [[place(row["centre_ras"]), *_words(row, "label_meaning")] for row in told["added"]]
        print_table("What readers added", ["centre (mm)", "reader", "label", "comment", "decided"], added)
    for row in told["verdicts"]:
        session.say(f"{row['reader']}: {row['verdict']}. {row['comment']}".rstrip())
    session.say("Research use only, not a medical device.")


def _words(row: dict[str, Any], what: str) -> list[str]:
    reading = f" (reading {row['reading']})" if row.get("reading", 1) > 1 else ""
    when = str(row.get("decided", ""))[:16].replace("T", " ")
    return [f"{row.get('reader', '')}{reading}", str(row.get(what, "")), str(row.get("comment", "")), when]
