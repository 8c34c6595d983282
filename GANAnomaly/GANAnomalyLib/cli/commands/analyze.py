"""``gananomaly analyze``: one CT to one result folder."""

from __future__ import annotations

from typing import Any

import click

from ...analysis.request import AnalysisRequest
from ...errors import InputError
from ...results.result import AnalysisResult
from ...running.messages import Message
from ..bar import at_work
from ..finding_tables import result_data, result_findings, written
from ..options import analysis_options, click_options, given, usual_option
from ..session import Session, standard_options


@click.command("analyze", short_help="Show where a CT is not normal: heatmap and findings.")
@click.argument("input", metavar="INPUT")
@click_options(AnalysisRequest, "output", "region", "mask", "label", "series")
@click.option("--save-video", metavar="FILE", help="Film the search for one slice, as .gif or .mp4.")
@click.option("--video-slice", type=int, help="Which slice to film.  [default: the first one analysed]")
@analysis_options
@usual_option
@standard_options
def command(
    session: Session,
    force: bool,
    usual: int,
    save_video: str | None,
    video_slice: int | None,
    **options: Any,
) -> None:
    """Show where a CT differs from what a model of normal anatomy can explain.

    INPUT is a NIfTI, NRRD or MetaImage volume, a DICOM folder, a PNG or JPEG radiograph, or a folder of those.

    \b
    Example:
      gananomaly analyze chest.nii.gz --out chest_result --scene
      gananomaly analyze chest.nii.gz --slices 40:80 --metric mse --mask lungs.nii.gz --label 1

    A patch scores how many times more than usual it differs at its place, if the model knows what is usual there;
    other models score in the unit of the metric.

    \b
    What comes out, all of it on the input's own grid:
      heatmap.nrrd         how far from normal it is around each voxel
      reconstruction.nrrd  the closest normal CT the model knows
      findings.seg.nrrd    the highest-scoring patches as segments
      findings.json, scores.csv, patches/, summary.png, result.json

    Stop with Ctrl-C: finished slices are kept, and the same command goes on from there. Research use only.
    """
    asked = given(options)
    if "mask" in asked:
        asked["region"] = "mask"
    settings = {**asked.pop("settings", {}), **given({"save_video": save_video, "video_slice": video_slice})}
    if video_slice is not None and "save_video" not in settings:
        raise InputError("--video-slice chooses a slice for --save-video: name the film's file too.")
    request = AnalysisRequest(settings=settings, **asked)
    request.validate()
    result = run_with_bar(request, force)
    if session.json:
        session.emit(result_data(result))
        return
    result_findings(result, percent=usual)
    for warning in result.manifest.get("warnings", []):
        session.say(f"Note: {warning}")
    if result.reused:
        session.say("The same analysis had been done before; its result was used again (--force computes it anew).")
    session.say(f"Written to {result.folder}:")
    for name, path in written(result).items():
        session.say(f"  {name.replace('_', ' '):22s} {path}")
    if "save_video" in settings:
        session.say(f"  {'film':22s} {settings['save_video']}")


def run_with_bar(request: AnalysisRequest, force: bool) -> AnalysisResult:
    """:func:`GANAnomalyLib.run` with a progress bar and Ctrl-C."""
    with at_work() as (bar, cancel):
        bar(0.0, Message("loading_engine"))
        from ...analysis.pipeline import run

        return run(request, progress=bar, cancel=cancel, force=force)
