"""``gananomaly evaluate detection``: AUROCs of sets of anomalies against a baseline."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session

from ...evaluate.evaluation_options import DetectionOptions
from ._command import answer, in_folder
from ._scores import hashes, named, only_csv_options, read, source_options


@click.command("detection", short_help="Are anomalies scored higher: AUROC with intervals, ROC.")
@click.option("--baseline", metavar="PATH", help="Scores of normal cases: a CSV, a result, or a folder of results.")
@click.option("--anomaly", "anomalies", multiple=True, metavar="NAME=PATH", help="Scores of a set; may be repeated.")
@click.option("--study", metavar="PATH", help="Instead of both: the slices.csv of a study.")
@click.option("--configuration", help="Which of the study's configurations.  [default: its only one]")
@click.option("--column", help="The scores' column.  [default: dist, distance, score; patch_score of results]")
@source_options
@click_options(DetectionOptions)
@in_folder("detection")
def command(
    session: Session,
    baseline: str | None,
    anomalies: tuple[str, ...],
    study: str | None,
    configuration: str | None,
    column: str | None,
    output: str,
    force: bool,
    **options: Any,
) -> None:
    """Whether sets of anomalies score higher than a baseline.

    Scores are CSVs with the columns filename and dist (or another, named with --column), or results of gananomaly
    analyze: then the highest patch score of each volume counts. High scores mean abnormal.

    \b
    Example:
      gananomaly evaluate detection --baseline base.csv --anomaly needle=needle.csv --anomaly ascites=ascites.csv
        --out detection
      gananomaly evaluate detection --baseline results/normal --anomaly results/needle --column wd --out detection

    \b
    What comes out, in FOLDER:
      detection.csv         for each set: AUROC with percentile and DeLong intervals and as published, partial
                            AUROC, sensitivity at false positive rates and the other way round
      aurocs.csv            the published draws, for: gananomaly evaluate permutation
      results.json, roc.png, scores.png, and report.html with all of it

    Research use only.
    """
    from ...evaluate.detection.detection_report import FOLDER, detection_data, point_rows, table_rows, write_detection
    from ...evaluate.detection.set_detection import evaluate_detection

    FOLDER.check(output, force)
    chosen = taken(DetectionOptions, options)
    normal, sets, paths = _read(baseline, anomalies, study, configuration, column, options)
    with at_work() as (bar, cancel):
        evaluation = evaluate_detection(normal, sets, chosen, bar, cancel)
    inputs = hashes(paths)
    files = write_detection(evaluation, output, force, inputs)
    tables = [("Detection", *table_rows(evaluation)), ("At one threshold", *point_rows(evaluation))]
    answer(session, detection_data(evaluation, inputs), tables, (), evaluation.warnings, files)


def _read(
    baseline: str | None,
    anomalies: tuple[str, ...],
    study: str | None,
    configuration: str | None,
    column: str | None,
    options: dict[str, Any],
) -> tuple[Any, dict[str, Any], dict[str, str]]:
    """The baseline's scores, the sets' by name, and the paths of all by name."""
    if study is not None:
        if baseline or anomalies:
            raise click.UsageError("A study holds its baseline and sets: leave out --baseline and --anomaly.")
        from ...evaluate.detection.study_table import read_study, slices_table

        only_csv_options(options)
        found = read_study(study, configuration, column, options["per"] == "volume")
        if options["low_is_abnormal"]:
            found = found.turned()
        return found.baseline, found.sets, {"study": str(slices_table(study))}
    if not baseline or not anomalies:
        raise click.UsageError("Give --baseline and at least one --anomaly, or --study.")
    paths = {"baseline": baseline}
    sets: dict[str, Any] = {}
    for name, path in map(named, anomalies):
        if name in sets or name == "baseline":
            raise click.UsageError(f"Two sets are called {name!r}: give names, as in --anomaly needle={path}.")
        sets[name], paths[name] = read(path, column, options), path
    return read(baseline, column, options), sets, paths
