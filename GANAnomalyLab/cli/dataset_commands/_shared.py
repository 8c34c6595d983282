"""Options that several of these commands have, and how they tell what they did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.session import Session

if TYPE_CHECKING:
    from ...datasets.convert_set import SetJob, SetOutcome

Function = TypeVar("Function", bound=Callable[..., Any])
MOST_LISTED = 30


def source_argument(function: Function) -> Function:
    """The set that goes in."""
    return click.argument("source", metavar="SOURCE")(function)


def output_options(function: Function) -> Function:
    """Where the set goes: ``out``, ``force``, ``mapping``."""
    words = "Also write a CSV of which file came from where. It holds original names."
    return place_options(click.option("--mapping", metavar="FILE", help=words)(function))


def place_options(function: Function) -> Function:
    """``out`` and ``force`` only."""
    for option in (
        click.option("--force", is_flag=True, help="Replace an earlier set there."),
        click.option("--out", "--dest", "out", required=True, metavar="PATH", help="A new folder, or a name in .zip."),
    ):
        function = option(function)
    return function


def numbered_option(function: Function) -> Function:
    """Whether files lose their names: ``numbered``."""
    words = "Number all files. DICOM is always numbered; other files keep their names without it."
    return click.option("--numbered", is_flag=True, help=words)(function)


def run(
    session: Session,
    options: dict[str, Any],
    work: Callable[[SetJob], SetOutcome],
    also: Callable[[Session, SetOutcome], None] = lambda session, outcome: None,
) -> None:
    """Do it with a bar and Ctrl-C, tell how it went (and what ``also`` has to tell), and end with its exit code.

    ``out``, ``force``, ``mapping`` and ``hu_offset`` are taken out of ``options`` first.
    """
    from ...datasets.convert_set import SetJob

    out, force, mapping = options.pop("out"), options.pop("force"), options.pop("mapping", None)
    offset = options.pop("hu_offset", None)
    with at_work() as (bar, cancel):
        outcome = work(SetJob(out, force, mapping, bar, cancel, offset))
    if session.json:
        session.emit(outcome.to_dict())
    else:
        also(session, outcome)
        _tell(session, outcome, mapping)
    click.get_current_context().exit(outcome.exit_code)


def tell_classes(session: Session, outcome: SetOutcome) -> None:
    """How many images there are of each class."""
    session.say(", ".join(f"{count} {name}" for name, count in outcome.extra["classes"].items()) + ".")


def list_some(session: Session, head: str, rows: list[tuple[str, str]]) -> None:
    """Pairs of an item and a sentence, not more than fit a screen."""
    for name, sentence in rows[:MOST_LISTED]:
        session.say(f"{head}: {name}: {sentence}")
    if len(rows) > MOST_LISTED:
        session.say(f"{head}: and {len(rows) - MOST_LISTED} more (all of them with --json).")


def _tell(session: Session, outcome: SetOutcome, mapping: str | None) -> None:
    for sentence, count in Counter(sentence for _, sentence in outcome.warnings).most_common(MOST_LISTED):
        session.say(f"Note: {sentence}" + (f" ({count} items)" if count > 1 else ""))
    for note in outcome.notes:
        session.say(f"Note: {note}")
    list_some(session, "Failed", outcome.failed)
    size = "".join(
        f", {outcome.extra[key]} x {outcome.extra['height']} pixels" for key in ("width",) if key in outcome.extra
    )
    skipped = f", {outcome.skipped} of one value left out" if outcome.skipped else ""
    failed = f", {len(outcome.failed)} failed" if outcome.failed else ""
    items = "1 item" if outcome.items == 1 else f"{outcome.items} items"
    session.say(f"{outcome.written} {'file' if outcome.written == 1 else 'files'} of {items}{size}{skipped}{failed}.")
    for name, part in outcome.extra.get("parts", {}).items():
        who = f" of {part['patients']} patients" if "patients" in part else ""
        session.say(f"  {name}: {part['items']} items{who}")
    session.say(f"Written: {outcome.out}")
    if mapping is not None:
        session.say(f"Written: {mapping} (original names: keep it apart from the set)")
