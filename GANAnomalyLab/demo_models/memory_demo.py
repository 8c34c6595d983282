"""``python -m GANAnomalyLab.demo_models.memory_demo``: the bundled memory of virtual patients, made and exported."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.data import bundled_folder
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, part
from GANAnomalyLib.volume import AxialStack, Frames, boxes_of, find_body

from ..images import ImageSet
from ..simulate.virtual_cohort import COHORT_VERSION, virtual_patient
from ..train.export_model import export_model
from ..train.export_settings import ExportSettings
from ..train.loop.train_on_images import train
from ..train.loop.trainer_settings import TrainerSettings
from ..train.memory.settings import MemoryTrainerSettings
from ..train.run_models import find_snapshot
from ..train.trainer_kinds import find_trainer
from . import demo_cohort as cohort
from .demo_domain import add_reference

NAME = "demo_memory"
PATIENTS, STEP = 56, 8
"""Patients that are remembered, seeds 0, 1, ..., and of which of their slices: another eighth of each one's."""
JUDGED = 8
"""Other patients, all of whose slices say what is usual."""
RESOLUTION = 192


def demo_settings(out: Path, threads: int | None) -> MemoryTrainerSettings:
    """All slices that are given, each compared with a sixth of them."""
    return MemoryTrainerSettings(
        out=str(out),
        name=NAME,
        anatomy="abdomen and pelvis, contrast enhanced",
        resolution=RESOLUTION,
        step=0.05,
        candidates=128,
        threads=threads,
    )


def patients_slices(
    first: int,
    patients: int,
    step: int,
    settings: TrainerSettings,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> ImageSet:
    """Slices of virtual patients as a model sees them; each patient gives other ones, all of them together all."""
    stack = cohort.source()
    parts, people, areas, heights = [], [], [], []
    for number in range(patients):
        cancel.check()
        hu = virtual_patient(stack.slices, stack.spacing_mm, first + number)
        rows = range(number % step, len(hu), step)
        images, area = _framed(hu, stack, rows, settings)
        heights += [row * stack.spacing_mm[0] for row in rows]
        parts.append(images)
        areas.append(area)
        people += [number] * len(images)
        progress((number + 1) / patients, Message("patients_for_baselines", number=number + 1, count=patients))
    pixels = np.concatenate(parts)[:, None]
    return ImageSet.from_array(
        pixels,
        patients=np.array(people),
        items=np.array(people),
        kind="volumes",
        body_cm2=np.concatenate(areas),
        heights_mm=np.array(heights),
    )


def _framed(hu: np.ndarray, stack: AxialStack, rows: range, settings: TrainerSettings) -> tuple[np.ndarray, np.ndarray]:
    body = find_body(hu, settings.level - settings.window / 2, stack.spacing_mm)
    frames = Frames.fit(hu.shape, stack.spacing_mm, settings.resolution or RESOLUTION, boxes_of(body, settings.framing))
    images = frames.to_network(hu[list(rows)], settings.window, settings.level, list(rows))
    return np.round((images + 1) * 32767.5).astype(np.uint16), body.area_cm2[list(rows)]


def make(run: Path, destination: Path, threads: int | None) -> None:
    """Look at the patients (a quarter of an hour of one core), and write the model with its card."""
    settings = demo_settings(run, threads)
    with at_work() as (bar, cancel):
        images = patients_slices(0, PATIENTS, STEP, settings, part(bar, 0, 0.2), cancel)
        train(find_trainer("memory"), settings, part(bar, 0.2, 0.6), cancel, print, images)
        others = patients_slices(cohort.CALIBRATION_SEED, JUDGED, 1, settings, part(bar, 0.6, 0.7), cancel)
        facts = {
            "title": "Demo: abdomen and pelvis, a memory",
            "training_data": cohort.TRAINING_DATA,
            "training_data_licence": "Apache-2.0",
            "licence": "Apache-2.0",
            "pixel_mm": cohort.source().spacing_mm[2],
            "not_for": ["clinical decisions: research use only, not a medical device", *cohort.NOT_FOR],
        }
        export = ExportSettings(
            str(find_snapshot(run)), name=NAME, card=facts, folder=str(destination), device="cpu", force=True
        )
        path, _ = export_model(export, part(bar, 0.7, 1.0), cancel, print, normals=others)
        card = add_reference(path)
    print(f"Wrote {path} (cohort version {COHORT_VERSION}): thresholds {card.thresholds}.")


def main() -> None:
    """The command line; see ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m GANAnomalyLab.demo_models.memory_demo", description=__doc__)
    parser.add_argument("--run", type=Path, help="the run's folder; a temporary one, if not given")
    parser.add_argument("--to", type=Path, default=bundled_folder() / "models", help="the folder of the model")
    parser.add_argument("--threads", type=int, default=None)
    args = parser.parse_args()
    if args.run is not None:
        make(args.run, args.to, args.threads)
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "run", args.to, args.threads)


if __name__ == "__main__":
    main()
