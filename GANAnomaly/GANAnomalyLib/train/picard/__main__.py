"""``python -m GANAnomalyLib.train.picard demo``: train on virtual patients of the bundled CT."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ...cli.bar import Bar
from ...cli.interrupt import stop_on_interrupt
from ...progress import CancelToken
from ...simulate.cohort import COHORT_VERSION, CohortSettings
from ..demo import cohort
from .config import PicardConfig
from .pool import Pool
from .run import train

PATIENTS, WATCHED = 200, 4
VALIDATION_SEED = 12_000
"""The first virtual patient that is only measured on; none that demo models are calibrated or tested on."""


def demo_config(out: str, minutes: float, threads: int | None) -> PicardConfig:
    """Small enough to learn on one core in half an hour.

    Beside the published settings: windows a quarter as large, everything half as wide, the inpainter learns at every
    iteration (not every fifth) and at five times the rate, for there are thousands of iterations, not a million.
    """
    return PicardConfig(
        out=out,
        name="demo_picard",
        title="Demo for PICARD: abdomen and pelvis, windows of 64 in 128 px",
        anatomy="abdomen and pelvis, contrast enhanced",
        training_data=(
            "Virtual patients (smooth deformation, contrast, noise) of one contrast-enhanced CT: the reference CT of "
            "the TotalSegmentator repository's tests. The dense material beside one hip is part of the training data."
        ),
        training_data_licence="Apache-2.0",
        licence="Apache-2.0",
        not_for=[
            "real patients: it has seen one person's anatomy, so other people's will light up",
            "anything but abdomen and pelvis",
        ],
        hu_window=cohort.WINDOW,
        hu_level=cohort.LEVEL,
        framing="body",
        resolution=cohort.RESOLUTION,
        window=64,
        hole=32,
        jitter=(8, 8),
        ngf=16,
        ndf=16,
        batch=16,
        learning_rate=5e-4,
        generator_every=1,
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


def main() -> None:
    """The command line; see ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m GANAnomalyLib.train.picard", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="train into a run folder, going on from its snapshot")
    demo.add_argument("--out", type=Path, required=True)
    demo.add_argument("--minutes", type=float, default=25)
    demo.add_argument("--threads", type=int, default=None)
    demo.add_argument("--patients", type=int, default=PATIENTS)
    args = parser.parse_args()
    training, others = pools(args.patients)
    config = demo_config(str(args.out), args.minutes, args.threads)
    with Bar() as bar, stop_on_interrupt(CancelToken()) as cancel:
        path = train(config, bar, cancel, training, others)
    print(f"Wrote {path} (cohort version {COHORT_VERSION}).")


if __name__ == "__main__":
    main()
