"""``python -m GANAnomalyLab.curate.films_demo``: the demonstration's bundled model, a memory of films that belong."""

from __future__ import annotations

import argparse
import tempfile
from importlib import resources
from pathlib import Path

import numpy as np

from GANAnomalyLib.cli.bar import at_work
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import part

from ..images import ImageSet
from ..train.export_model import export_model
from ..train.export_settings import ExportSettings
from ..train.loop.train_on_images import train
from ..train.run_models import find_snapshot
from ..train.trainer_kinds import find_trainer
from .demo_films import TRAIN_SEED, FilmMaker

NAME = "demo_films"
RESOLUTION = 128
REMEMBERED, JUDGED = 200, 40
"""Films that are remembered, and films of other virtual patients that say what is usual."""


def films_model() -> Path:
    """The bundled model's file."""
    with resources.as_file(resources.files(__package__) / f"{NAME}.safetensors") as path:
        return path


def make(destination: Path, threads: int | None) -> None:
    """Take the films, remember them (two minutes of one core), and write the model with its card."""
    kind, maker = find_trainer("memory"), FilmMaker()
    with at_work() as (bar, cancel), tempfile.TemporaryDirectory() as folder:
        films = []
        for number in range(REMEMBERED + JUDGED):
            cancel.check()
            films.append(maker.normal(TRAIN_SEED + number, side=RESOLUTION))
            bar(0.4 * number / (REMEMBERED + JUDGED), Message("curate_drawing", number=number, count=len(films)))
        pixels = np.rint(np.stack(films)[:, None] * 255).astype(np.uint8)
        people = np.arange(len(films))
        known, others = (
            ImageSet.from_array(pixels[rows], patients=people[rows], items=people[rows], kind="pictures")
            for rows in (slice(REMEMBERED), slice(REMEMBERED, None))
        )
        run = Path(folder) / "run"
        wanted = {"name": NAME, "out": str(run), "resolution": RESOLUTION, "framing": "full", "held_out": 0.0}
        settings = kind.settings.read(
            {**wanted, "anatomy": "lower spine and pelvis, from front to back", "threads": threads}
        )
        train(kind, settings, part(bar, 0.4, 0.8), cancel, print, known)
        facts = {
            "title": "Demo: films of the lower spine, a memory",
            "modality": "DX",
            "training_data": f"{REMEMBERED} films through virtual patients of the bundled CT",
            "training_data_licence": "Apache-2.0",
            "licence": "Apache-2.0",
            "not_for": ["clinical decisions: research use only, not a medical device", "films of real patients"],
        }
        export = ExportSettings(
            str(find_snapshot(run)), name=NAME, card=facts, folder=str(destination), device="cpu", force=True
        )
        path, card = export_model(export, part(bar, 0.8, 1.0), cancel, print, normals=others)
    print(f"Wrote {path} ({path.stat().st_size / 1e6:.1f} MB): thresholds {card.thresholds}.")


def main() -> None:
    """The command line; see ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m GANAnomalyLab.curate.films_demo", description=__doc__)
    parser.add_argument("--to", type=Path, default=Path(__file__).parent, help="the folder of the model")
    parser.add_argument("--threads", type=int, default=None)
    args = parser.parse_args()
    make(args.to, args.threads)


if __name__ == "__main__":
    main()
