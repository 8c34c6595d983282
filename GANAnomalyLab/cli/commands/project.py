"""``gananomaly project``: the latents of given pictures."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.cli.finding_tables import print_table
from GANAnomalyLib.cli.options import click_options, taken
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.errors import InputError

from ...generate.projection_options import ProjectOptions
from ._making import model_option, outdir_option, running_options

SHOWN = 20


class Video(click.ParamType):
    """``gif``, ``mp4`` or ``none``; yes and no as the published tool takes them."""

    name = "gif|mp4|none"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip().lower()
        said = {"true": "mp4", "1": "mp4", "yes": "mp4", "false": "none", "0": "none", "no": "none"}.get(text, text)
        if said not in ("gif", "mp4", "none"):
            self.fail(f"{value!r} is no kind of film: choose gif, mp4 or none.", param, ctx)
        return said


@click.command("project", short_help="Find the latents of pictures (the published projector).")
@click.argument("images", metavar="IMAGES...", nargs=-1)
@click.option("--target", "targets", multiple=True, metavar="PATH", help="The same as IMAGES; may be repeated.")
@model_option
@outdir_option
@click_options(ProjectOptions, types={"video": Video(), "vgg16": click.STRING})
@running_options
@standard_options
def command(
    session: Session,
    images: tuple[str, ...],
    targets: tuple[str, ...],
    model: str,
    outdir: str,
    device: str,
    batch: int | None,
    force: bool,
    **options: Any,
) -> None:
    """Find the latents with which a StyleGAN2 model comes closest to given pictures.

    IMAGES are PNG or JPEG pictures, volumes (every slice is a picture), DICOM files, or folders of them. Pictures are
    windowed, framed and brought to the model's resolution as analyses do it.

    Mode reference is the published procedure: w and the noise maps are optimised for 1000 steps from the mean latent.
    Mode fast starts from the model's encoder, searches a little and ends with a smooth warp of the picture, which a
    latent alone does not hold: --no-warp leaves it out.

    \b
    Example:
      gananomaly project slice.png --outdir projection
      gananomaly project test_images/ --outdir projections --mode fast
      gananomaly project torso.nii.gz --slices 40:60 --num-steps 200 --outdir projections

    \b
    What comes out, in DIR for one picture, else in a sub-folder each:
      target.png         what was looked for
      proj.png           what was found
      projected_w.npz    its latent, key w, for  gananomaly generate --projected-w
      proj.gif, .mp4     the search, with --save-video
      projection.json    steps and loss
    and in DIR:
      distances.csv      filename,dist of all; other metrics and patches:  gananomaly score DIR DIR

    Stop with Ctrl-C: finished pictures are kept, and the same command goes on from there. Exit codes: 0 done, 1 some
    inputs could not be used, 2 none could, 130 stopped. Research use only.
    """
    from ...generate.projection import project_images

    given = [*images, *targets]
    if not given:
        raise InputError("No picture was named to project: give pictures, volumes or folders of them.")
    chosen = taken(ProjectOptions, options)
    with at_work() as (bar, cancel):
        summary = project_images(
            model, given, outdir, chosen, device=device, batch=batch, force=force, progress=bar, cancel=cancel
        )
    if session.json:
        session.emit(
            {
                "csv": str(summary.csv),
                "pictures": [{**dataclasses.asdict(row), "folder": str(row.folder)} for row in summary.rows],
                "failed": [dataclasses.asdict(failure) for failure in summary.failures],
                "notes": summary.notes,
            }
        )
    else:
        _tell(session, summary, chosen.metric)
    click.get_current_context().exit(summary.exit_code)


def _tell(session: Session, summary: Any, metric: str) -> None:
    rows = [[row.name, f"{row.dist:.4f}", str(row.steps), str(row.folder)] for row in summary.rows[:SHOWN]]
    print_table("Projections", ["picture", metric, "steps", "folder"], rows)
    if len(summary.rows) > SHOWN:
        session.say(f"... and {len(summary.rows) - SHOWN} more in the table.")
    reused = sum(row.reused for row in summary.rows)
    if reused:
        session.say(f"{reused} had been finished before (--force computes them anew).")
    for failure in summary.failures:
        session.say(f"Failed: {failure.name}: {failure.reason}")
    for note in summary.notes:
        session.say(f"Note: {note}")
    session.say(f"Distances: {summary.csv}")
