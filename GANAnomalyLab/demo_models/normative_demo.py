"""``python -m GANAnomalyLab.demo_models.normative_demo``: the bundled diffusion model, trained and exported.

With ``--kind`` a small model of any other kind, for the benchmark. Each learns from the patients that the benchmark's
simple baselines learn from, so that all may be compared.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.data import bundled_folder
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.checkpoint.safetensor_files import read_safetensors
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.running.progress import part

from ..benchmark.benchmark_plan import plan_of
from ..simulate.virtual_cohort import COHORT_VERSION
from ..train.export_model import export_model
from ..train.export_settings import ExportSettings
from ..train.loop.train_on_images import train
from ..train.run_models import find_snapshot
from ..train.trainer_kinds import find_trainer
from . import demo_cohort as cohort
from .demo_domain import add_reference
from .memory_demo import JUDGED, patients_slices

NAME, KIND = "demo_diffusion", "anoddpm"
MINUTES = 120.0
MEASURED = ("calibration.", "domain.")
"""Tensors of a model file that are no weights."""
SETTINGS = {
    "preset": "small",
    "anatomy": "abdomen and pelvis, contrast enhanced",
    "framing": cohort.FRAMING,
    "held_out": 0.0,
    "state_minutes": 5.0,
}


def make(run: Path, destination: Path, kind_name: str, name: str, minutes: float, threads: int | None) -> None:
    """Train, or go on with a run, and write the model with its card."""
    plan, kind = plan_of(), find_trainer(kind_name)
    settings = kind.settings.read({**SETTINGS, "name": name, "out": str(run), "minutes": minutes, "threads": threads})
    with at_work() as (bar, cancel):
        images = patients_slices(plan.train_seeds()[0], plan.train, 1, settings, part(bar, 0, 0.05), cancel)
        train(kind, settings, part(bar, 0.05, 0.9), cancel, print, images)
        others = patients_slices(plan.calibration_seeds()[0], JUDGED, 1, settings, part(bar, 0.9, 0.92), cancel)
        facts = {
            "title": "Demo: abdomen and pelvis, " + ("a diffusion model" if kind_name == KIND else kind_name),
            "training_data": cohort.TRAINING_DATA,
            "training_data_licence": "Apache-2.0",
            "licence": "Apache-2.0",
            "not_for": ["clinical decisions: research use only, not a medical device", *cohort.NOT_FOR],
        }
        export = ExportSettings(
            str(find_snapshot(run)), name=name, card=facts, folder=str(destination), device="cpu", force=True
        )
        path, _ = export_model(export, part(bar, 0.92, 1.0), cancel, print, normals=others)
    card = halved(path, add_reference(path))
    size = path.stat().st_size / 1e6
    print(f"Wrote {path} ({size:.1f} MB, cohort version {COHORT_VERSION}): thresholds {card.thresholds}.")


def halved(path: Path, card: ModelCard) -> ModelCard:
    """Write a model's networks in half precision, in place: computed with is what it was, to three digits."""
    tensors = {
        name: value.half() if value.dtype == torch.float32 and not name.startswith(MEASURED) else value
        for name, value in read_safetensors(path).items()
    }
    return save_model(path, tensors, card, force=True)


def main() -> None:
    """The command line; see ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m GANAnomalyLab.demo_models.normative_demo", description=__doc__)
    parser.add_argument("--kind", default=KIND, help="what is trained, as  gananomaly train  calls it")
    parser.add_argument("--name", default=None, help="of the model; demo_KIND, if not given")
    parser.add_argument("--run", type=Path, help="the run's folder, to go on with too; a temporary one, if not given")
    parser.add_argument("--to", type=Path, default=bundled_folder() / "models", help="the folder of the model")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of training, all stretches of a run together")
    parser.add_argument("--threads", type=int, default=None)
    args = parser.parse_args()
    name = args.name or (NAME if args.kind == KIND else f"demo_{args.kind}")
    if args.run is not None:
        make(args.run, args.to, args.kind, name, args.minutes, args.threads)
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "run", args.to, args.kind, name, args.minutes, args.threads)


if __name__ == "__main__":
    main()
