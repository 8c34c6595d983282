"""``gananomaly dataset inspect``: what a set holds, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.session import Session, standard_options

from ._shared import list_some, source_argument

if TYPE_CHECKING:
    from ...datasets.inspection import Inspection

_SHOWN = 5


@click.command("inspect", short_help="Counts, sizes, classes, patients, damaged files, duplicates.")
@source_argument
@click.option("--labels", default="auto", show_default=True, help="Classes: auto, folder, a CSV, none.")
@click.option("--patients", default="auto", show_default=True, help="auto, file, folder, regex:PATTERN, or a CSV.")
@click.option("--sheet", metavar="FILE", help="A PNG of up to 64 images, evenly chosen.")
@click.option("--force", is_flag=True, help="Replace an earlier FILE.")
@standard_options
def command(session: Session, source: str, labels: str, patients: str, sheet: str | None, force: bool) -> None:
    """Read every image of a set once and say what is in it.

    \b
    Example:
      gananomaly dataset inspect images.zip --sheet images.png

    \b
    What comes out:
      a table of sizes, depths, classes, patients and grey levels; damaged files; the same image twice
      (and whether in two patients). --json gives all of it.

    Exit codes: 0 all files are sound, 1 some are damaged, 2 none can be read, 130 stopped by you.
    """
    from ...datasets.inspection import inspect_dataset, to_dict

    with at_work() as (bar, cancel):
        found = inspect_dataset(source, labels, patients, sheet, force, bar, cancel)
    if session.json:
        session.emit({**to_dict(found), "sheet": sheet})
    else:
        print_table(f"{found.items} {found.kind}", ["what", "found"], _rows(found))
        for note in found.notes:
            session.say(f"Note: {note}")
        list_some(session, "Damaged", found.damaged)
        for group in found.duplicates[:_SHOWN]:
            session.say(f"The same image: {', '.join(group[:_SHOWN])}" + (", ..." if len(group) > _SHOWN else ""))
        if sheet is not None:
            session.say(f"Written: {sheet}")
    click.get_current_context().exit(found.exit_code)


def _rows(found: Inspection) -> list[list[str]]:
    rows = [["size", _table(found.sizes)], ["kind", _table(found.depths)]]
    if found.kind == "volumes":
        rows += [["slices", str(found.slices)], ["voxels", _table(found.spacings)]]
    rows.append(["values", f"{found.low:g} to {found.high:g}, mean {found.mean:.4g}"])
    if found.labels is not None:
        rows.append(["classes", _table(found.labels)])
    if found.vectors is not None:
        rows.append(["labels", f"{found.vectors} numbers each"])
    if found.patients is not None:
        rows.append(["patients", f"{found.patients}, at most {found.most_of_patient} items each"])
    rows.append(["of one value only", str(len(found.constant))])
    twice = sum(len(group) - 1 for group in found.duplicates)
    rows.append(["copies", f"{twice}" + (f", {found.across} groups in more than one patient" if found.across else "")])
    rows.append(["damaged", str(len(found.damaged))])
    return rows


def _table(counts: dict[str, int]) -> str:
    shown = [f"{key} ({count})" for key, count in list(counts.items())[: 2 * _SHOWN]]
    return ", ".join(shown) + (f" and {len(counts) - 2 * _SHOWN} more" if len(counts) > 2 * _SHOWN else "")
