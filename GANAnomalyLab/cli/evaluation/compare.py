"""``gananomaly evaluate compare``: two detectors or metrics on the same cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session

from ...evaluate.evaluation_options import ComparisonOptions
from ._command import answer, in_folder
from ._scores import hashes, only_csv_options, read, source_options

Pair = tuple[Any, Any]


@click.command("compare", short_help="Two detectors or metrics on the same cases: is one better.")
@click.option("--first", nargs=2, metavar="BASELINE ANOMALY", help="Scores of normal and abnormal cases.")
@click.option(
    "--second", nargs=2, metavar="BASELINE ANOMALY", help="The same cases by another.  [default: the files of --first]"
)
@click.option("--column", help="The scores' column.  [default: dist, distance, score; patch_score of results]")
@click.option("--second-column", help="The column of the second.  [default: as --column]")
@click.option("--study", metavar="PATH", help="Instead: the slices.csv of a study, all its sets together.")
@click.option("--configurations", nargs=2, metavar="FIRST SECOND", help="Two of the study's configurations.")
@click.option("--set", "sets", multiple=True, help="Of the study, only this set of anomalies; may be repeated.")
@click.option("--names", nargs=2, metavar="FIRST SECOND", help="What to call the two.")
@click.option("--unpaired", is_flag=True, help="The two are of different cases.")
@source_options
@click_options(ComparisonOptions)
@in_folder("compare", required=False, out="A folder to write.", force="Replace an earlier comparison there.")
def command(session: Session, output: str | None, force: bool, unpaired: bool, **options: Any) -> None:
    """Whether one of two scores tells anomalies from normal cases better.

    Cases are matched by name; those that only one has are named and left out. With patients known (a column, a
    pattern, or results), they are drawn and exchanged whole.

    \b
    Example:
      gananomaly evaluate compare --first base_wd.csv needle_wd.csv --second base_mse.csv needle_mse.csv
      gananomaly evaluate compare --first results/normal results/needle --column wd --second-column mse --out wd_mse
      gananomaly evaluate compare --study study/ --configurations demo pca

    \b
    What comes out:
      both AUROCs, their difference with a bootstrap interval, DeLong's and a permutation test in a table; with
      --out also results.json, report.html with the ROC curves, and unmatched.csv where cases were left out

    Research use only.
    """
    from ...evaluate.detection.comparison_report import FOLDER, write_comparison

    if output is not None:
        FOLDER.check(output, force)
    settings = vars(taken(ComparisonOptions, options))
    names, first, second, paths = _read(options)
    with at_work() as (bar, cancel):
        work = _compare_unpaired if unpaired else _compare_paired
        result = work(options["names"] or names, first, second, settings, bar, cancel)
    inputs = hashes(paths)
    files = [] if output is None else write_comparison(result, output, force, inputs)
    table = ("Comparison", ["measure", "value"], result.rows())
    answer(session, result.data(inputs), [table], [result.sentence()], result.notes, files)


def _read(options: dict[str, Any]) -> tuple[tuple[str, str], Pair, Pair, dict[str, str]]:
    """Names, (baseline, anomaly) scores of both, and the paths by what they are."""
    first, second, study = options["first"], options["second"], options["study"]
    columns = options["column"], options["second_column"] or options["column"]
    if study is not None:
        if first or second or not options["configurations"]:
            raise click.UsageError("With --study give --configurations, and neither --first nor --second.")
        only_csv_options(options)
        return _read_study(study, columns, options)
    if not first:
        raise click.UsageError("Give --first with the scores of normal and abnormal cases, or --study.")
    if not second and columns[0] == columns[1]:
        raise click.UsageError("Give --second, or another column of the same files with --second-column.")
    second = second or first
    pairs = [
        (read(both[0], column, options), read(both[1], column, options))
        for both, column in ((first, columns[0]), (second, columns[1]))
    ]
    paths = {"first baseline": first[0], "first anomaly": first[1]}
    paths |= {"second baseline": second[0], "second anomaly": second[1]}
    names = pairs[0][1].column, pairs[1][1].column
    if names[0] == names[1]:
        names = Path(first[1]).resolve().stem, Path(second[1]).resolve().stem
    if names[0] == names[1]:
        names = "first", "second"
    return names, pairs[0], pairs[1], paths


def _read_study(
    study: str, columns: tuple[str | None, str | None], options: dict[str, Any]
) -> tuple[tuple[str, str], Pair, Pair, dict[str, str]]:
    from ...evaluate.detection.set_detection import join_sets
    from ...evaluate.detection.study_table import read_study, slices_table

    pairs, configurations = [], options["configurations"]
    for configuration, column in zip(configurations, columns, strict=True):
        found = read_study(study, configuration, column, options["per"] == "volume")
        if options["low_is_abnormal"]:
            found = found.turned()
        lost = [name for name in options["sets"] if name not in found.sets]
        if lost:
            raise click.UsageError(f"The study has no set {lost[0]!r}; it has {', '.join(found.sets)}.")
        chosen = [item for name, item in found.sets.items() if name in options["sets"] or not options["sets"]]
        pairs.append((found.baseline, join_sets(chosen, configuration)))
    names = configurations
    if names[0] == names[1]:
        names = pairs[0][0].column, pairs[1][0].column
    return names, pairs[0], pairs[1], {"study": str(slices_table(study))}


def _compare_paired(
    names: tuple[str, str], first: Pair, second: Pair, settings: dict[str, Any], progress: Any, cancel: Any
) -> Any:
    from ...evaluate.detection.comparison_report import NamedComparison
    from ...evaluate.detection.score_files import match_names
    from ...statistics import compare_paired

    matched = [match_names(one, two) for one, two in zip(first, second, strict=True)]
    ones = [side.values[found.first] for side, found in zip(first, matched, strict=True)]
    twos = [side.values[found.second] for side, found in zip(second, matched, strict=True)]
    groups = None
    if all(side.patients is not None for side in first):
        groups = [side.patients[n] for side, found in zip(first, matched, strict=True) for n in found.first]
    truth = np.repeat([False, True], [len(ones[0]), len(ones[1])])
    result = compare_paired(
        np.concatenate(ones), np.concatenate(twos), truth, groups, **settings, progress=progress, cancel=cancel
    )
    only_first = tuple(name for found in matched for name in found.only_first)
    only_second = tuple(name for found in matched for name in found.only_second)
    return NamedComparison(*names, result, tuple(ones), tuple(twos), settings, only_first, only_second)


def _compare_unpaired(
    names: tuple[str, str], first: Pair, second: Pair, settings: dict[str, Any], progress: Any, cancel: Any
) -> Any:
    from ...evaluate.detection.comparison_report import NamedComparison
    from ...statistics import compare_unpaired

    ones, twos = (tuple(side.values for side in pair) for pair in (first, second))
    groups = [
        tuple(side.patients for side in pair) if all(side.patients is not None for side in pair) else None
        for pair in (first, second)
    ]
    kept = {name: value for name, value in settings.items() if name != "permutations"}
    result = compare_unpaired(ones, twos, groups[0], groups[1], **kept, progress=progress, cancel=cancel)
    return NamedComparison(*names, result, ones, twos, settings)
