"""``gananomaly generate``: pictures that a model makes."""

from __future__ import annotations

from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session, standard_options

from ...generate.generate_options import GenerateOptions
from ._making import Numbers, model_option, outdir_option, running_options

SHOWN = 5
_TYPES = {"seeds": Numbers(), "projected_w": click.STRING}


@click.command("generate", short_help="Make pictures with a StyleGAN2 model.")
@model_option
@click_options(GenerateOptions, "seeds", "truncation_psi", "class_index", "noise_mode", "projected_w", types=_TYPES)
@outdir_option
@click_options(GenerateOptions, "grid", "form", "interpolate")
@click.option("--sheet", is_flag=True, help="Also write the set's data sheet.")
@click.option("--sheet-only", is_flag=True, help="The pictures are there: write the data sheet alone.")
@click.option(
    "--sheet-from",
    "sources",
    multiple=True,
    metavar="RESULTS",
    help="What was measured: a folder of evaluate authenticity or downstream, metrics' JSON file; repeatable.",
)
@running_options
@standard_options
def command(
    session: Session,
    model: str,
    outdir: str,
    sheet: bool,
    sheet_only: bool,
    sources: tuple[str, ...],
    device: str,
    batch: int | None,
    force: bool,
    **options: Any,
) -> None:
    """Make pictures with a StyleGAN2 model.

    A seed gives the same picture on every computer: its latent z is numpy.random.RandomState(seed).randn(1, z_dim),
    as in published tools.

    \b
    Example:
      gananomaly generate --seeds 85,265-300 --trunc 0.7 --outdir samples
      gananomaly generate --model spine.safetensors --seeds 0-999 --class 1 --outdir synthetic
      gananomaly generate --projected-w projection/projected_w.npz --outdir shown
      gananomaly generate --model spine.safetensors --seeds 0-999 --class 1 --outdir synthetic --sheet-only
        --sheet-from authenticity --sheet-from quality.json

    \b
    What comes out:
      DIR/seed0085.png       8 bits, black -1, white 1; .npy and .nii.gz with --format
      DIR/proj00.png         of the first of the latents in FILE
      DIR/grid.png           with --grid: all of them, labelled
      DIR/interpolation.gif  with --interpolate
      DIR/sheet.html, .json  with --sheet: what the set is made of, its privacy, what was measured; to be signed

    NIfTI files hold Hounsfield units by the window and level of the model's card; how large a pixel is no card says,
    so it is 1 mm. Files that are there are not replaced without --force. With --sheet-only give the options that the
    pictures were made with: some are made again and compared. Research use only.
    """
    from ...generate.seed_pictures import generate_images

    chosen = taken(GenerateOptions, options)
    if sources and not (sheet or sheet_only):
        raise click.UsageError("--sheet-from is for a data sheet: add --sheet, or --sheet-only for pictures there are.")
    running: dict[str, Any] = {"device": device, "batch": batch, "force": force}
    with at_work() as (bar, cancel):
        plan = None
        if sheet or sheet_only:
            from ...evaluate.sheet import SheetPlan

            plan = SheetPlan(model, outdir, chosen, sources, made=sheet_only, **running)
        paths = []
        if not sheet_only:
            source = model if plan is None else plan.model
            paths = generate_images(source, outdir, chosen, progress=bar, cancel=cancel, **running)
        if plan is not None:
            paths += plan.write(cancel)
    if session.json:
        session.emit({"files": [str(path) for path in paths]})
        return
    for path in paths[:SHOWN]:
        session.say(f"  {path}")
    if len(paths) > SHOWN:
        session.say(f"  ... {len(paths)} files in all.")
