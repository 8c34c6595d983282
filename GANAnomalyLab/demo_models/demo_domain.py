"""``python -m GANAnomalyLab.demo_models.demo_domain``: what the virtual normals are like, into a demo model's file."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from GANAnomalyLib.data import bundled_folder
from GANAnomalyLib.domain.slice_traits import describe
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import card_path, save_model
from GANAnomalyLib.volume import AxialStack, Frames, boxes_of, find_body

from ..simulate.virtual_cohort import virtual_patient
from ..train.domain_reference import domain_tensors
from . import demo_cohort as cohort

PATIENTS = 12
"""Held-out virtual normals, the same that demo models are calibrated on."""
MODELS = ("demo_memory", "demo", "demo_picard", "demo_diffusion")


def described(stack: AxialStack, slices_hu: np.ndarray, card: ModelCard) -> np.ndarray:
    """Slices (S, H, W) in HU of a virtual patient as an analysis with this model describes them, those with a body."""
    body = find_body(slices_hu, card.level - card.window / 2, stack.spacing_mm)
    frames = Frames.fit(slices_hu.shape, stack.spacing_mm, card.resolution, boxes_of(body, card.framing))
    held = np.flatnonzero(body.held()).tolist()
    return describe(slices_hu, body, frames.pixel_mm(held), held)


def add_reference(path: Path, patients: int = PATIENTS) -> ModelCard:
    """Put what virtual normals are like into a demo model's file, in place; all else stays as it is.

    Raises :class:`InputError` for a file that is not there.
    """
    from GANAnomalyLib.models.checkpoint.safetensor_files import read_safetensors

    if not path.is_file() or not card_path(path).is_file():
        raise InputError(f"There is no model {path} with a card beside it: check the name.")
    card, stack = ModelCard.read(card_path(path)), cohort.source()
    seeds = range(cohort.CALIBRATION_SEED, cohort.CALIBRATION_SEED + patients)
    rows = [described(stack, virtual_patient(stack.slices, stack.spacing_mm, seed), card) for seed in seeds]
    tensors = {name: value for name, value in read_safetensors(path).items() if not name.startswith("domain.")}
    codes = np.repeat(np.arange(patients), [len(part) for part in rows])
    tensors |= domain_tensors(np.concatenate(rows), codes, card)
    return save_model(path, tensors, card, force=True)


def main() -> None:
    """The command line; see ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m GANAnomalyLab.demo_models.demo_domain", description=__doc__)
    parser.add_argument("models", nargs="*", type=Path, help="model files; the bundled ones where none is named")
    parser.add_argument("--patients", type=int, default=PATIENTS, help="virtual normals")
    args = parser.parse_args()
    bundled = [bundled_folder() / "models" / f"{name}.safetensors" for name in MODELS]
    for path in args.models or bundled:
        card = add_reference(path, args.patients)
        print(f"{card.name} compares scans with {card.training['domain']['slices']} slices.")


if __name__ == "__main__":
    main()
