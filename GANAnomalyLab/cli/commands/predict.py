"""``gananomaly predict``: which class pictures are of, or what a reader would say of findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.options import click_options
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.errors import InputError

from ..find_classifier import find_classifier

if TYPE_CHECKING:
    from GANAnomalyLib.classifiers.load import ClassifierModel
    from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

SHOWN = 20


@click.command("predict", short_help="Ask a classifier which class pictures are of.")
@click.argument("model", metavar="MODEL")
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.option("--out", "table", metavar="FILE", help="Write all of it to a .csv or .json.")
@click.option("--pictures", metavar="FOLDER", help="A new folder for a picture of each, with what counted.")
@click.option("--force", is_flag=True, help="Replace a table that is there.")
@click_options(AnalysisRequest, "device")
@standard_options
def command(
    session: Session,
    model: str,
    inputs: tuple[str, ...],
    table: str | None,
    pictures: str | None,
    force: bool,
    device: str | None,
) -> None:
    """Say of pictures and DICOM images which class a classifier takes them for.

    MODEL is a classifier's file or name, or the folder of a gananomaly train classifier run. INPUT is a picture, a
    DICOM image, or a folder (or zip) of them; for a classifier of findings (train classifier --findings) the result
    folder of an analysis, or a folder of them.

    \b
    Example:
      gananomaly predict run lesions/ --out lesions.csv
      gananomaly predict spine.safetensors films/ --pictures shown --out films.json
      gananomaly predict second results/

    \b
    What comes out:
      a row an image: its file, the most probable class, its probability, and that of each class
      with --pictures, FOLDER/000000.png ...: the image, and what of it counted for its class (Grad-CAM)
      for findings, opinions.json in each result folder: how probably a reader would accept each finding

    Exit codes: 0 all went well, 1 some files failed (they are listed), 2 none could be used, 130 stopped by you.
    Probabilities are the network's own and not calibrated. Research use only.
    """
    from ...predict.class_inputs import check_no_results, find_inputs
    from ...predict.predict_classes import check_table, predict, write_predictions

    if table is not None:
        check_table(table, force)
    with at_work() as (bar, cancel):
        classifier = find_classifier(model, device or "auto")
        if classifier.architecture.findings is not None:
            if pictures is not None:
                raise InputError("Pictures of findings lie in the result folders: leave --pictures out.")
            rows, unusable = _opinions(classifier, inputs, table, force, bar, cancel)
            _tell_opinions(session, classifier, rows, unusable)
            click.get_current_context().exit(1 if unusable else 0)
        check_no_results(inputs, classifier.card.name)
        found = predict(classifier, find_inputs(inputs), pictures, bar, cancel)
        if table is not None:
            write_predictions(table, found, force)
    rows = found.rows()
    if session.json:
        failed = [{"file": name, "message": why} for name, why in found.failed]
        session.emit({"model": classifier.card.name, "classes": list(found.classes), "images": rows, "failed": failed})
    else:
        heads = ["file", "class", "probability"]
        shown = [[str(row["file"]), str(row["class"]), f"{row['probability']:.3f}"] for row in rows[:SHOWN]]
        print_table(f"By {classifier.card.name}", heads, shown)
        if len(rows) > SHOWN:
            session.say(f"  ... {len(rows)} images in all.")
        for name, why in found.failed[:SHOWN]:
            session.say(f"Failed: {name}: {why}")
        for path in (table, pictures):
            if path is not None:
                session.say(f"Written: {path}")
        session.say("Research use only, not a medical device.")
    click.get_current_context().exit(1 if found.failed else 0)


def _opinions(
    classifier: ClassifierModel,
    places: tuple[str, ...],
    table: str | None,
    force: bool,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Opinions on the findings of results, written beside each, and into a table where one is wanted."""
    from ...evaluate.findings.finding_cases import find_results
    from ...predict.finding_opinions import write_opinion_table, write_opinions

    folders = [case.folder for case in find_results(places)]
    rows, failed = write_opinions(classifier, folders, progress, cancel)
    if table is not None:
        write_opinion_table(table, rows, force)
    return rows, failed


def _tell_opinions(
    session: Session, classifier: ClassifierModel, rows: list[dict[str, Any]], failed: list[tuple[str, str]]
) -> None:
    if session.json:
        said = [{"result": name, "message": why} for name, why in failed]
        session.emit({"model": classifier.card.name, "findings": rows, "failed": said})
        return
    shown = [
        [str(row["result"]), str(row["rank"]), f"{row['score']:.4g}", f"{row['probability']:.2f}"]
        for row in rows[:SHOWN]
    ]
    print_table(f"By {classifier.card.name}", ["result", "#", "score", "a reader would accept"], shown)
    if len(rows) > SHOWN:
        session.say(f"  ... {len(rows)} findings in all.")
    for name, why in failed[:SHOWN]:
        session.say(f"Failed: {name}: {why}")
    session.say("Written: opinions.json in each result folder. It changes no finding, and decides on none.")
    session.say("Research use only, not a medical device.")
