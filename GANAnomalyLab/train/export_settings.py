"""What to export and how: a run's snapshot that becomes a model among the others."""

from __future__ import annotations

from dataclasses import MISSING, dataclass
from typing import Any

from GANAnomalyLib.analysis.request import DEVICES, AnalysisRequest
from GANAnomalyLib.models.score_units import METRICS
from GANAnomalyLib.option_fields import Options, option, option_of


@dataclass
class ExportSettings(Options):
    """What to export and how."""

    source: str = option(MISSING, doc="A run's folder, or a model's file or name (as ``train encoder`` writes it).")
    name: str = option(MISSING, "What the model is called from now on.")
    snapshot: str = option("newest", "Of a run: newest, best, or a number of kimg.")
    by: str | None = option(None, "What --snapshot best goes by.", flags="--metric", shown="the one measured")
    card: dict[str, Any] = option(dict, doc="Facts for the card, by its fields' names.")
    normals: str | None = option(
        None,
        "Normals of other patients.",
        doc="Normal images of patients the model was not trained on.",
        metavar="PATH",
        shown="those the run held out",
    )
    patients: str = option("auto", "Whose a normal is: file, folder, a CSV.")
    split: str | None = option(None, doc="See :class:`GANAnomalyLab.images.ImageSource`, as ``part``.")
    part: str | None = option(None)
    metric: str | None = option(
        None, "Distance to score by.", choices=METRICS, flags="--score", shown="the card's, or wd"
    )
    patch_size: int | None = option(None, "Side of a patch.", low=1, shown="the card's, or a sixteenth of the side")
    steps: int | None = option(None, "Steps of the search that the card recommends.", low=0, shown="the card's")
    folder: str | None = option(None, "Where it goes.", flags="--to", metavar="FOLDER", shown="your own models folder")
    allow_any: bool = option(False, "Take normals that do not look like a CT.")
    hu_offset: float | None = option_of(AnalysisRequest, "hu_offset")
    device: str = option("auto", "Where to compute.", choices=DEVICES)
    seed: int = option(303, "The same seed gives the same thresholds.", low=0)
    force: bool = option(False, "Replace a model of this name.")
