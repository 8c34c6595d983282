"""``gananomaly style-mix``: what the layers of a model stand for."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session, standard_options

from ...generate.generate_options import MixOptions
from ._making import Numbers, model_option, outdir_option, running_options

_TYPES = {"rows": Numbers("row seeds"), "columns": Numbers("column seeds"), "styles": Numbers("styles")}


@click.command("style-mix", short_help="Cross the styles of seeds, layer by layer.")
@model_option
@click_options(MixOptions, "rows", "columns", "styles", "truncation_psi", "class_index", "noise_mode", types=_TYPES)
@outdir_option
@running_options
@standard_options
def command(
    session: Session, model: str, outdir: str, device: str, batch: int | None, force: bool, **options: Any
) -> None:
    """Cross the styles of seeds.

    Each picture takes the layers --styles from its column's seed and the others from its row's: the first layers
    hold shape and place, the last ones texture and contrast. A model of R pixels has 2 log2(R) - 2 layers.

    \b
    Example:
      gananomaly style-mix --rows 85,100,75 --cols 55,821 --styles 0-6 --outdir mixed

    \b
    What comes out:
      DIR/85-55.png   row seed, column seed
      DIR/85-85.png   a seed itself
      DIR/grid.png    all of them, with the seeds at the head of rows and columns

    Files that are there are not replaced without --force. Research use only.
    """
    from ...generate.mixing import mix_styles

    chosen = taken(MixOptions, options)
    with at_work() as (bar, cancel):
        paths = mix_styles(model, outdir, chosen, device=device, batch=batch, force=force, progress=bar, cancel=cancel)
    if session.json:
        session.emit({"grid": str(paths[-1]), "files": [str(path) for path in paths]})
        return
    session.say(f"{len(paths)} files; all on one page: {paths[-1]}")
