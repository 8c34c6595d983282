"""``gananomaly demo``: the bundled CT as it is and with simulated anomalies."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from GANAnomalyLib.analysis.request import DEVICES, AnalysisRequest
from GANAnomalyLib.cli.bar import at_work, duration
from GANAnomalyLib.cli.finding_tables import result_data, result_findings
from GANAnomalyLib.cli.session import Session, standard_options
from GANAnomalyLib.data import DEMO_CT, bundled_file
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import locked, write_json
from GANAnomalyLib.modalities import MR, modality_code
from GANAnomalyLib.models.model_folders import DEFAULT_MODEL
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, part

from .simulate import facts_of

if TYPE_CHECKING:
    import numpy as np

    from GANAnomalyLib.results.result import AnalysisResult, Finding

FOUND_OVERLAP = 0.1
"""A finding shows an anomaly when its box and the anomaly share this part of the smaller of the two, in voxels."""


@click.command("demo", short_help="Try it on the bundled CT: start here.")
@click.option("--out", "output", default="demo_result", show_default=True, help="The folder to write.")
@click.option("--model", default=DEFAULT_MODEL, show_default=True, help="A model's name or its file.")
@click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True, help="Where to compute.")
@click.option("--no-scene", is_flag=True, help="Leave out the 3D Slicer scenes.")
@click.option("--force", is_flag=True, help="Compute again even if the results are there already.")
@standard_options
@locked("output", "gananomaly demo")
def command(session: Session, output: str, model: str, device: str, no_scene: bool, force: bool) -> None:
    """Analyse the bundled CT as it is, and with a simulated needle and a simulated fluid collection put in.

    A minute or a few; no graphics card and no network needed.

    \b
    Example:
      gananomaly demo
      gananomaly demo --out my_demo --json

    \b
    What comes out:
      as_it_is/        the result for the CT as it is
      with_anomalies/  the result for the CT with both anomalies
      simulated/       that CT, and an exact mask of each anomaly
      demo.json        which finding shows which anomaly

    Open with_anomalies/scene.mrb in 3D Slicer to look around. Research use only.
    """
    from GANAnomalyLib.models.registry import card_of, find_model

    folder = Path(output)
    begin = time.monotonic()
    find_model(model)  # before anything is written
    card = card_of(model)
    if card is not None and modality_code(card.modality) == MR:
        raise InputError(
            f"The demo's CT is no MR, and {card.name} was made for MR: choose a model that was made for CT."
        )
    with at_work() as (bar, cancel):
        bar(0.0, Message("loading_engine"))
        scene = not no_scene and scene_possible()
        case = _write_case(folder / "simulated", part(bar, 0.0, 0.04))
        cancel.check()
        request = AnalysisRequest(str(bundled_file(DEMO_CT)), model=model, device=device)
        plain = _run(request, folder / "as_it_is", "as it is", force, part(bar, 0.04, 0.48), cancel)
        request.input = str(folder / "simulated" / "ct.nrrd")
        marked = _run(request, folder / "with_anomalies", "with anomalies", force, part(bar, 0.48, 0.92), cancel)
        note = _write_scenes([plain, marked], part(bar, 0.92, 1.0), cancel) if scene else ""
    verdicts = [{**facts_of(one), **verdict(case.masks[one.kind], marked.findings)} for one in reversed(case.inserted)]
    seconds = round(time.monotonic() - begin, 1)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "demo.json", verdicts)
    if session.json:
        results = {"as_it_is": result_data(plain), "with_anomalies": result_data(marked)}
        session.emit({"anomalies": verdicts, "seconds": seconds, **results})
        return
    _tell(session, plain, marked, verdicts)
    if not no_scene and not scene:
        note = "No 3D Slicer scenes: their parts are not installed (pip install 'gananomaly[headless]')."
    if note:
        session.say(f"Note: {note}")
    session.say(f"Done in {duration(seconds)}. Research use only, not a medical device.")


def scene_possible() -> bool:
    """Whether the parts that write scenes without 3D Slicer are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("slicer", "trame_slicer"))


def _write_scenes(results: list[AnalysisResult], progress: ProgressCallback, cancel: CancelToken) -> str:
    """Add the scenes to finished results; a machine that cannot draw keeps its results and gets a sentence."""
    from GANAnomalyLib.analysis.draw_result import SCENE_VIEWS
    from GANAnomalyLib.scene.optional_scene import try_scene
    from GANAnomalyLib.volume import read_volume

    for number, result in enumerate(results):
        progress(number / len(results), Message("writing_scenes"))
        if result.reused and result.path("scene").exists():
            continue
        volume = read_volume(result.manifest["request"]["input"])
        notes = try_scene(result, volume, SCENE_VIEWS, cancel)
        if notes:
            return notes[0]
    return ""


def verdict(mask: np.ndarray, findings: list[Finding]) -> dict[str, Any]:
    """Whether a finding shows the anomaly of this (K, J, I) mask: ``found``, and the best such finding's ``rank``."""
    whole = int(mask.sum())
    for finding in sorted(findings, key=lambda finding: finding.rank):
        box = mask[tuple(slice(first, stop) for first, stop in reversed(finding.box_ijk))]
        if box.size and box.sum() >= FOUND_OVERLAP * min(whole, box.size):
            return {"found": True, "rank": finding.rank}
    return {"found": False, "rank": None}


def _write_case(folder: Path, progress: ProgressCallback) -> Any:
    from GANAnomalyLib.volume import read_volume, write_volume

    from ...simulate.anomalies import demo_case

    progress(0.0, Message("simulating_needle_fluid_collection"))
    case = demo_case(read_volume(bundled_file(DEMO_CT)))
    write_volume(case.volume, folder / "ct.nrrd")
    for kind, mask in case.masks.items():
        write_volume(case.volume.like(mask.astype("uint8")), folder / f"{kind}_mask.nrrd")
    progress(1.0, Message("simulated_needle_fluid_collection"))
    return case


def _run(
    request: AnalysisRequest,
    output: Path,
    title: str,
    force: bool,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> AnalysisResult:
    from GANAnomalyLib.analysis.pipeline import run

    request.output = str(output)

    def report(fraction: float, message: Message) -> None:
        progress(fraction, Message("demo_ct", title=title, doing=message))

    return run(request, progress=report, cancel=cancel, force=force)


def _tell(session: Session, plain: AnalysisResult, marked: AnalysisResult, verdicts: list[dict[str, Any]]) -> None:
    notes = {v["rank"]: f"the {v['kind']}" for v in verdicts if v["found"]}
    result_findings(plain, "CT as it is: highest-scoring patches", top=5)
    result_findings(marked, "CT with simulated anomalies: highest-scoring patches", notes)
    for one in verdicts:
        place = f"found, finding {one['rank']}" if one["found"] else "not among the findings"
        session.say(f"Simulated {one['kind']} ({one['description']}): {place}.")
    session.say()
    for title, result in (("CT as it is", plain), ("CT with anomalies", marked)):
        session.say(f"{title}: {result.folder}")
        for name, words in (("summary", "picture"), ("scene", "3D Slicer scene")):
            if result.path(name).exists():
                session.say(f"  {words}: {result.path(name)}")
