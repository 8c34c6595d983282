"""``gananomaly review study analyse``: several readers and cases, with and without."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.options import click_options
from GANAnomalyLib.cli.session import Session

from ...evaluate.reader_options import ReaderStudyOptions
from ..evaluation._command import answer, in_folder
from ._ratings import analysed, ratings_options


@click.command("analyze", short_help="Readers and treatments compared, for readers and cases like these.")
@ratings_options
@click_options(ReaderStudyOptions)
@click.option("--imrmc", metavar="FILE", help="Write the readings in iMRMC's list format, too.")
@in_folder("analyse", False, "Write a folder with a page, tables and figures.", group="review study")
def command(
    session: Session,
    ratings: str,
    plan: str | None,
    imrmc: str | None,
    output: str | None,
    force: bool,
    **options: Any,
) -> None:
    """Compare treatments (with and without a heatmap, say) that several readers read the same or other cases under.

    CSV has the columns reader, treatment, case, truth (0 or 1) and rating; or it is a list as iMRMC takes it. Which
    design it is (factorial, cases or readers nested, partly paired) is seen from the ratings. The analysis is that of
    Obuchowski and Rockette with Hillis's degrees of freedom. With --metric jafroc each row is a mark: the column lesion
    names the lesion it is on, empty for none; an empty rating is a lesion, or a case, without a mark.

    A plan (--plan, JSON or YAML with the options' names) is what was decided before anybody saw the data. The answer
    has its hash, that of the data, and one of both.

    \b
    Example:
      gananomaly review study analyse --ratings ratings.csv --out study
      gananomaly review study analyse --ratings ratings.csv --metric sensitivity --threshold 3 --json

    \b
    What comes out:
      differences of treatments with intervals and p, each treatment, each reader, variance components, notes
      in --out FOLDER: report.html (one page), results.json, readers.csv, differences.csv, power.csv, figures
    """
    from pathlib import Path

    from ...evaluate.reader_study import STUDY_FOLDER, write_study
    from ...evaluate.reader_study.imrmc_list import write_list
    from ...evaluate.reader_study.reader_report import difference_rows, summary, treatment_rows
    from ...evaluate.reader_study.study_data import study_data, study_hashes
    from ...statistics.readers.reader_study import WORDS

    if output is not None:
        STUDY_FOLDER.check(output, force)
    study = analysed(ratings, plan, options)
    analysis, chosen = study.analysis, study.options
    hashes = study_hashes(chosen, study.sha256)
    paths = []
    if output is not None:
        paths = write_study(analysis, study.readings, chosen, hashes, study.title, output, force)
    if imrmc is not None:
        paths.append(write_list(Path(imrmc), study.readings, study.title))
    figure, percent = WORDS[analysis.metric], f"{100 * analysis.level:g}% interval"
    tables = [("Treatments", ["treatment", figure, percent, "SE", "df"], treatment_rows(analysis))]
    if analysis.differences:
        heads = ["difference", figure, percent, "SE", "df", "p"]
        tables.append(("Differences", heads, difference_rows(analysis)))
    answer(session, study_data(analysis, chosen, hashes), tables, summary(analysis), analysis.notes, paths or None)
