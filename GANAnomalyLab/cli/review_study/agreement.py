"""``gananomaly review study agreement``: how far readers agree."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session

from ...evaluate.reader_options import AgreementOptions
from ..evaluation._command import answer, in_folder
from ._ratings import ratings_option


@click.command("agreement", short_help="Kappas and percent agreement, of readers and of one reader twice.")
@ratings_option
@click.option("--label", metavar="NAME", help="The column with what readers said.  [default: rating, decision, label]")
@click.option("--kind", metavar="NAME", help="A column with kinds of cases, each to have numbers of its own.")
@click.option("--patient", metavar="NAME", help="A column with whose case it is; patients are drawn whole.")
@click_options(AgreementOptions)
@in_folder("agreement", False, "Write a folder with a page and tables.", group="review study")
def command(
    session: Session,
    ratings: str,
    label: str | None,
    kind: str | None,
    patient: str | None,
    output: str | None,
    force: bool,
    **options: Any,
) -> None:
    """How far readers agree: Fleiss' kappa of all, Cohen's of each two, percent agreement, with intervals by patient.

    CSV has the columns reader, case and rating (or decision, or label), and treatment where there are several. A second
    row of a reader, treatment and case is a second reading, which tells how far a reader agrees with himself or
    herself. A column lesion (region, finding) tells the items of a case apart.

    \b
    Example:
      gananomaly review study agreement --ratings ratings.csv --threshold 3 --out agreement
      gananomaly review study agreement --ratings decisions.csv --label decision --kind kind --patient patient

    \b
    What comes out:
      agreement and kappa with intervals, by treatment and kind; how many items readers called differently
      in --out FOLDER: report.html (one page), results.json, agreement.csv, to_settle.csv (who said what)
    """
    from ...evaluate.reader_study.agreement_report import (
        AGREEMENT_FOLDER,
        HEADS,
        agreement_data,
        agreement_row,
        group_title,
        write_agreement,
    )
    from ...evaluate.reader_study.agreement_study import agreement_study

    chosen = taken(AgreementOptions, options)
    if output is not None:
        AGREEMENT_FOLDER.check(output, force)
    with at_work() as (_, cancel):
        study = agreement_study(ratings, chosen, label, kind, patient, cancel)
    paths = None if output is None else write_agreement(study, output, force)
    tables = [
        (group_title(group), HEADS, [[str(cell) for cell in agreement_row(one)] for one in group.found])
        for group in study.groups
    ]
    words = [f"To be settled: {len(study.open_items())} items that readers called by different names."]
    answer(session, agreement_data(study), tables, words, study.notes, paths)
