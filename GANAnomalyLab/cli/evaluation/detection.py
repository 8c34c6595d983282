"""``gananomaly evaluate detection``: AUROCs of sets of anomalies against a baseline."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.bar import Bar
from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.interrupt import stop_on_interrupt
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.files import locked

from ._scores import hashes, named, only_csv_options, read, source_options


@click.command("detection", short_help="Are anomalies scored higher: AUROC with intervals, ROC.")
@click.option("--baseline", metavar="PATH", help="Scores of normal cases: a CSV, a result, or a folder of results.")
@click.option("--anomaly", "anomalies", multiple=True, metavar="NAME=PATH", help="Scores of a set; may be repeated.")
@click.option("--study", metavar="PATH", help="Instead of both: the slices.csv of a study.")
@click.option("--configuration", help="Which of the study's configurations.  [default: its only one]")
@click.option("--column", help="The scores' column.  [default: dist, distance, score; patch_score of results]")
@source_options
@click.option("--draws", type=int, default=50, show_default=True, help="Draws of the published bootstrap.")
@click.option("--bootstrap", type=int, default=2000, show_default=True, help="Draws for intervals; 0: none.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Of the intervals.")
@click.option("--fpr", "rates", type=float, multiple=True, help="A false positive rate to report at; may be repeated.")
@click.option("--sensitivity", "sensitivities", type=float, multiple=True, help="A sensitivity to report at, likewise.")
@click.option("--seed", type=int, default=303, show_default=True, help="The same seed gives the same numbers.")
@click.option("--out", "output", required=True, metavar="FOLDER", help="The folder to write.")
@click.option("--force", is_flag=True, help="Replace an earlier evaluation there.")
@standard_options
@locked("output", "gananomaly evaluate detection")
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
    from GANAnomalyLib.running.progress import CancelToken

    from ...evaluate.detection.detection_report import FOLDER, point_rows, table_rows, write_detection
    from ...evaluate.detection.set_detection import evaluate_detection

    FOLDER.check(output, force)
    chosen = _options(options)
    normal, sets, paths = _read(baseline, anomalies, study, configuration, column, options)
    with Bar() as bar, stop_on_interrupt(CancelToken()) as cancel:
        evaluation = evaluate_detection(normal, sets, chosen, bar, cancel)
    files = write_detection(evaluation, output, force, hashes(paths))
    if session.json:
        _emit(session, evaluation, paths, files)
        return
    print_table("Detection", *table_rows(evaluation))
    print_table("At one threshold", *point_rows(evaluation))
    for warning in evaluation.warnings:
        session.say(f"Note: {warning}")
    for path in files:
        session.say(f"  {path}")


def _options(options: dict[str, Any]) -> Any:
    from ...evaluate.detection.set_detection import DetectionOptions
    from ...statistics.score_checks import share, whole_number

    own = DetectionOptions()
    rates = tuple(share(rate, "--fpr") for rate in options["rates"])
    sensitivities = tuple(share(value, "--sensitivity") for value in options["sensitivities"])
    return DetectionOptions(
        whole_number(options["draws"], "--draws", 1),
        whole_number(options["bootstrap"], "--bootstrap", 0),
        share(options["level"], "--level"),
        whole_number(options["seed"], "--seed", 0, 2**63 - 1),
        rates or own.at_rates,
        sensitivities or own.at_sensitivities,
    )


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


def _emit(session: Session, evaluation: Any, paths: dict[str, str], files: list[Any]) -> None:
    from ...evaluate.detection.detection_report import detection_data

    session.emit({**detection_data(evaluation, hashes(paths)), "files": [str(path) for path in files]})
