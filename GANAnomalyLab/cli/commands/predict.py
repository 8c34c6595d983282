"""``gananomaly predict``: which class pictures are of."""

from __future__ import annotations

import click

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.options import click_options
from GANAnomalyLib.cli.session import Session, standard_options

from ..find_classifier import find_classifier

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
    DICOM image, or a folder (or zip) of them.

    \b
    Example:
      gananomaly predict run lesions/ --out lesions.csv
      gananomaly predict spine.safetensors films/ --pictures shown --out films.json

    \b
    What comes out:
      a row an image: its file, the most probable class, its probability, and that of each class
      with --pictures, FOLDER/000000.png ...: the image, and what of it counted for its class (Grad-CAM)

    Exit codes: 0 all went well, 1 some files failed (they are listed), 2 none could be used, 130 stopped by you.
    Probabilities are the network's own and not calibrated. Research use only.
    """
    from ...predict.class_inputs import find_inputs
    from ...predict.predict_classes import check_table, predict, write_predictions

    if table is not None:
        check_table(table, force)
    with at_work() as (bar, cancel):
        classifier = find_classifier(model, device or "auto")
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
