"""``gananomaly review study analyse``: several readers and cases, with and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from GANAnomalyLib.cli.options import click_options
from GANAnomalyLib.cli.session import Session

from ...evaluate.reader_options import ReaderStudyOptions
from ..evaluation._command import answer, in_folder
from ._kept import at_study, interim_option, kept_options
from ._ratings import Analysed, analysed, plan_option

if TYPE_CHECKING:
    from ...evaluate.reader_study.reading_times import ReadingTimes


@click.command("analyze", short_help="Readers and treatments compared, for readers and cases like these.")
@click.option("--ratings", metavar="CSV", help="A row for each reading.")
@plan_option
@interim_option
@kept_options
@click_options(ReaderStudyOptions)
@click.option("--imrmc", metavar="FILE", help="Write the readings in iMRMC's list format, too.")
@in_folder("analyse", False, "Write a folder with a page, tables and figures.", group="review study")
def command(
    session: Session,
    ratings: str | None,
    plan: str | None,
    interim: bool,
    study: str | None,
    reader: str | None,
    database: str | None,
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
    has its hash, that of the data, and one of both. With --study in the place of --ratings a study that the review
    database keeps is analysed, by the plan that was kept with it.

    \b
    Example:
      gananomaly review study analyse --ratings ratings.csv --out study
      gananomaly review study analyse --ratings ratings.csv --metric sensitivity --threshold 3 --json
      gananomaly review study analyse --study heatmap --out study

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
    if (ratings is None) == (study is None) or (study is not None and plan is not None):
        raise click.UsageError(
            "Give either --ratings or --study, which has a plan of its own.", click.get_current_context()
        )
    more: dict[str, str] = {}
    times: ReadingTimes | None = None
    if ratings is not None:
        found = analysed(ratings, plan, options)
    else:
        with at_study(database, study, reader) as (store, name, who):
            found, more, times = _of_kept(store, name, who, interim, options)
    analysis, chosen = found.analysis, found.options
    hashes = study_hashes(chosen, found.sha256) | more
    paths = []
    if output is not None:
        paths = write_study(analysis, found.readings, chosen, hashes, found.title, output, force, times)
    if imrmc is not None:
        paths.append(write_list(Path(imrmc), found.readings, found.title))
    figure, percent = WORDS[analysis.metric], f"{100 * analysis.level:g}% interval"
    tables = [("Treatments", ["treatment", figure, percent, "SE", "df"], treatment_rows(analysis))]
    if analysis.differences:
        heads = ["difference", figure, percent, "SE", "df", "p"]
        tables.append(("Differences", heads, difference_rows(analysis)))
    data = study_data(analysis, chosen, hashes)
    if times is not None:
        tables.append(("Mean reading time", ["reader", "treatment", "readings", "time"], times.rows()))
        tables.append(("Differences of reading time", ["difference", "mean", percent], times.difference_rows()))
        data |= times.to_dict()
    answer(session, data, tables, summary(analysis), analysis.notes, paths or None)


def _of_kept(
    store: Any, name: str, who: Any, interim: bool, options: dict[str, Any]
) -> tuple[Analysed, dict[str, str], ReadingTimes]:
    """The analysis of a study in the database, the hash of its design, and the reading times."""
    import dataclasses
    import tempfile
    from pathlib import Path

    from ...evaluate.reader_study.kept_study import read_study, write_ratings
    from ...evaluate.reader_study.reading_times import ReadingTimes

    read = read_study(store, name, who, interim)
    with tempfile.TemporaryDirectory(prefix="gananomaly-study-") as folder:
        ratings = write_ratings(read, Path(folder) / "ratings.csv")
        found = analysed(str(ratings), read.kept.design.plan, options)
    analysis = dataclasses.replace(found.analysis, notes=[*read.notes, *found.analysis.notes])
    hashes = {"design": f"sha256:{read.kept.design_hash}", "plan_kept": read.kept.plan_hash}
    times = ReadingTimes.of(read.seconds, found.readings.treatments, analysis.level)
    return dataclasses.replace(found, analysis=analysis), hashes, times
