"""``gananomaly worklist``: which cases are to be analysed, read or settled."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from .. import worklist_commands
from ..finding_tables import print_table
from ..folder_group import folder_group
from ..review_commands._shared import database_option, opened, reader_option
from ..session import Session, standard_options

if TYPE_CHECKING:
    from ...review.worklist import Worklist, WorklistCase

_STATES = {name.replace(" ", "-"): name for name in ("to analyse", "to read", "read", "to adjudicate")}


@click.group(
    "worklist",
    cls=folder_group(worklist_commands),
    invoke_without_command=True,
    short_help="Which cases are to be analysed, read or settled.",
)
@click.option("--state", type=click.Choice(tuple(_STATES)), help="Only cases in this state.  [default: all]")
@click.option(
    "--order",
    type=click.Choice(("score", "time", "name")),
    default="score",
    show_default=True,
    help="The highest score first, the first come first, or by name.",
)
@click.option("--find", default="", metavar="TEXT", help="Only cases with this in their path, model or modality.")
@click.option("--label", default="", metavar="TEXT", help="Only cases in which you gave a label with this in it.")
@click.option("--limit", type=click.IntRange(min=0), default=50, show_default=True, help="How many; 0 for all.")
@click.option("--offset", type=click.IntRange(min=0), default=0, help="After how many.")
@reader_option
@database_option
@standard_options
@click.pass_context
def command(
    context: click.Context,
    session: Session,
    state: str | None,
    order: str,
    find: str,
    label: str,
    limit: int,
    offset: int,
    reader: str | None,
    database: str | None,
) -> None:
    """List the cases of the review database by what is to be done: to analyse, to read, read, to adjudicate.

    Read are those with your verdict, with your decision on every finding, or that you read in a study; to adjudicate
    those that a study's readers disagree on and that you may settle. Of cases that you are yet to read in a study no
    score is told, nor where they are.

    \b
    Example:
      gananomaly worklist --state to-read
      gananomaly worklist --state to-read --limit 1 --json
      gananomaly worklist add incoming
      gananomaly batch --worklist --out results

    \b
    What comes out:
      a table: name, state, highest score, when the case came, model, and where its result or its scan is;
      with --json an object: cases, total (without the limit), counts (by state, of all)

    Research use only.
    """
    if context.invoked_subcommand is not None:
        return
    with opened(database) as store:
        from ...review.store.reader_name import ReaderName
        from ...review.worklist import Wanted, worklist

        wanted = Wanted(_STATES.get(state or "", ""), order, find.strip(), label.strip(), limit or None, offset)
        with store.reading() as connection:
            found = worklist(connection, ReaderName.of(reader), wanted)
    if session.json:
        cases = [dataclasses.asdict(case) for case in found.cases]
        session.emit({"cases": cases, "total": found.total, "counts": found.counts})
        return
    _tell(session, found, state or "")


def _tell(session: Session, found: Worklist, state: str) -> None:
    heads = ["case", "state", "score", "since", "model", "result, or scan"]
    title = "Worklist" + (f", {_STATES[state]}" if state else "")
    print_table(title, heads, [_row(case) for case in found.cases], "none.")
    if len(found.cases) < found.total:
        session.say(f"{len(found.cases)} of {found.total} are listed: see --limit and --offset.")
    session.say(", ".join(f"{count} {state}" for state, count in found.counts.items()) + ".")


def _row(case: WorklistCase) -> list[str]:
    score = "" if case.score is None else f"{case.score:.3g}"
    since = "" if case.since is None else case.since.astimezone().strftime("%Y-%m-%d %H:%M")
    place = f"study {case.study}" if case.study else case.folder or case.scan
    return [case.name, case.state, score, since, case.model, place]
