"""``python -m GANAnomalyLab.demo_models.picard_demo``: the PICARD demo, trained on the virtual cohort and exported."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.data import bundled_folder
from GANAnomalyLib.files.reading import read_object

from ..simulate.virtual_cohort import COHORT_VERSION, CohortSettings
from ..train.picard.patch_pool import Pool
from ..train.picard.picard_config import PicardConfig
from ..train.picard.train_picard import train
from . import demo_cohort as cohort

PATIENTS, WATCHED = 200, 4
VALIDATION_SEED = 12_000
"""The first virtual patient that is only measured on; none that demo models are calibrated or tested on."""


def demo_config(out: str, minutes: float, threads: int | None) -> PicardConfig:
    """Small enough to learn on one core in an hour or two.

    Holes of 16 of 128 pixels hide a lesion, and what is normal there is easier to tell than in larger ones. Beside the
    published settings: windows a quarter as large, everything half as wide, the inpainter learns at every iteration
    (not every fifth) and at five times the rate, for there are thousands of iterations, not a million. A network this
    narrow completes nothing sensible with half of its channels dropped, so it learns with a tenth dropped.
    """
    return PicardConfig(
        out=out,
        name="demo_picard",
        title="Demo for PICARD: abdomen and pelvis, 128 px",
        anatomy="abdomen and pelvis, contrast enhanced",
        training_data=cohort.TRAINING_DATA,
        training_data_licence="Apache-2.0",
        licence="Apache-2.0",
        not_for=cohort.NOT_FOR,
        hu_window=cohort.WINDOW,
        hu_level=cohort.LEVEL,
        framing=cohort.FRAMING,
        resolution=cohort.RESOLUTION,
        window=64,
        hole=16,
        jitter=(4, 4),
        ngf=16,
        ndf=16,
        batch=16,
        learning_rate=5e-4,
        generator_every=1,
        drop_rate=0.1,
        epochs=100_000,
        minutes=minutes,
        threads=threads,
        bfloat16=True,
        log_every=50,
        sample_every=500,
        samples=12,
        snapshot_every=100_000,
        snapshot_minutes=1.0,
        keep=3,
    )


def pools(patients: int = PATIENTS) -> tuple[Pool, Pool]:
    """Training patients' slices, and those of others to measure on."""
    stack = cohort.source()
    training = cohort.training_pool(stack, patients, CohortSettings())
    others = cohort.normal_slices(stack, VALIDATION_SEED, WATCHED, stride=2)
    return Pool(training), Pool(np.round((others + 1) * 127.5).astype(np.uint8))


HEATMAPS = {"score": "restoration", "stride": 8, "completions": 4, "drop_rate": 0.1, "mode": "exact"}


def export(run: Path, destination: Path, patients: int, stride: int, training: dict[str, Any]) -> None:
    """Write the demo model from a run's last snapshot, calibrated on held-out virtual patients."""
    from GANAnomalyLib.detectors.picard.load import read_folder
    from GANAnomalyLib.models.card import ModelCard

    from ..train.picard.picard_card import make_card
    from .calibrate import calibrate_on_cohort

    model = read_folder(run / "checkpoints")
    config = PicardConfig.from_dict(read_object(run / "config.json"))
    card: ModelCard = make_card(config, pools(1)[0], model.iteration)
    card.name, card.architecture = "demo_picard", model.architecture()
    card.recommended = {"metric": "wd", "patch_size": 8, "picard": HEATMAPS}
    card.training |= {"slices": PATIENTS * card.training["slices"], **training}
    card.training["script"] = "python -m GANAnomalyLab.demo_models.picard_demo demo --out RUN"
    calibrate_on_cohort(destination, model.state(), card, patients, stride)


def main() -> None:
    """The command line; see ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m GANAnomalyLab.demo_models.picard_demo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="train into a run folder, going on from its snapshot")
    demo.add_argument("--out", type=Path, required=True)
    demo.add_argument("--minutes", type=float, default=25)
    demo.add_argument("--threads", type=int, default=None)
    demo.add_argument("--patients", type=int, default=PATIENTS)
    exporting = commands.add_parser("export", help="write the calibrated demo model from a run folder")
    exporting.add_argument("run", type=Path)
    exporting.add_argument("--out", type=Path, default=bundled_folder() / "models" / "demo_picard.safetensors")
    exporting.add_argument("--patients", type=int, default=6, help="held-out normal patients to calibrate on")
    exporting.add_argument("--stride", type=int, default=4, help="take every such slice of theirs")
    exporting.add_argument("--training", type=json.loads, default={}, help="facts for the card, as JSON")
    args = parser.parse_args()
    if args.command == "export":
        export(args.run, args.out, args.patients, args.stride, args.training)
        return
    training, others = pools(args.patients)
    config = demo_config(str(args.out), args.minutes, args.threads)
    with at_work() as (bar, cancel):
        path = train(config, bar, cancel, training, others)
    print(f"Wrote {path} (cohort version {COHORT_VERSION}).")


if __name__ == "__main__":
    main()
