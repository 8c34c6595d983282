"""Thresholds of pixels for the demo models' cards, from analyses of virtual patients that nothing else has seen.

``python -m GANAnomalyLab.demo_models.demo_pixel_thresholds demo demo_picard --write`` fills the cards of both.
The patients go through the whole analysis, so that the thresholds are of the heat that a reader is shown.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from GANAnomalyLib.analysis.pipeline import run
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.models.registry import find_model
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part
from GANAnomalyLib.volume import AxialStack, Volume, read_volume, write_volume

from ..evaluate.normative import Scan
from ..evaluate.normative.card_thresholds import NormalThresholds, thresholds_of_normals, write_to_card
from ..simulate.virtual_cohort import virtual_patient
from . import demo_cohort as cohort

SEED = 25_000
"""Of the first patient; no other part of the demo uses patients from here to 25,999."""

PATIENTS, STRIDE = 10, 10


def virtual_volume(source: Volume, seed: int) -> Volume:
    """A virtual patient on the source's own grid, whole HU."""
    stack = AxialStack.from_volume(source)
    made = np.rint(virtual_patient(stack.slices, stack.spacing_mm, seed)).astype(np.int16)
    return source.like(stack.to_voxels(made))


def every_slice(source: Volume, stride: int, first: int = 0) -> np.ndarray:
    """(K, J, I) uint8: every ``stride``-th slice marked whole, from the ``first`` on."""
    stack = AxialStack.from_volume(source)
    marked = np.zeros(stack.slices.shape, np.uint8)
    marked[first::stride] = 1
    return stack.to_voxels(marked)


def measure(
    model: str,
    folder: Path,
    patients: int = PATIENTS,
    stride: int = STRIDE,
    source: Volume | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[NormalThresholds, list[Scan]]:
    """Analyse so many new patients, each on every ``stride``-th slice (another start for each), and search thresholds.

    ``folder`` holds CTs and results; what is finished there is taken again. ``source`` is the CT that patients are made
    from, None for the bundled one.
    """
    volume = read_volume(cohort.bundled_ct()) if source is None else source
    scans = []
    for number in range(patients):
        seed = SEED + number
        ct, mask = folder / f"{seed}.nii.gz", folder / f"{seed}_mask.nii.gz"
        if not mask.is_file():
            write_volume(virtual_volume(volume, seed), ct)
            write_volume(volume.like(every_slice(volume, stride, number % stride)), mask)
        out = folder / "results" / model / str(seed)
        request = AnalysisRequest(str(ct), model=model, output=str(out), region="mask", mask=str(mask), top=1)
        run(request, part(progress, number / (patients + 1), (number + 1) / (patients + 1)), cancel)
        scans.append(Scan(str(seed), out))
    last = part(progress, patients / (patients + 1), 1.0)
    return thresholds_of_normals(scans, progress=last, cancel=cancel), scans


def main() -> None:
    """The command line; see ``--help``."""
    from GANAnomalyLib.cli.bar import at_work

    parser = argparse.ArgumentParser(
        prog="python -m GANAnomalyLab.demo_models.demo_pixel_thresholds", description=__doc__
    )
    parser.add_argument("models", nargs="*", default=["demo", "demo_picard"])
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("--stride", type=int, default=STRIDE, help="every which slice of a patient")
    parser.add_argument("--folder", type=Path, help="keep CTs and results there, to go on from")
    parser.add_argument("--write", action="store_true", help="onto the models' cards")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gananomaly-") as place:
        folder = asked.folder or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        for model in asked.models:
            with at_work() as (bar, cancel):
                found, scans = measure(model, folder, asked.patients, asked.stride, None, bar, cancel)
            print(f"{model}: {found}")
            if asked.write:
                print(write_to_card(found, find_model(model), scans))


if __name__ == "__main__":
    main()
