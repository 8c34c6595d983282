"""AnoDDPM's two ways from noise to a clean slice, from the same step: DDIM in a few looks beside DDPM in all of them.

    python Testing/benchmarks/bench_diffusion.py --model MODEL      8 neighbouring slices, 12 with anomalies
    python Testing/benchmarks/bench_diffusion.py --minutes 20       a small one is trained first, on virtual patients
    python Testing/benchmarks/bench_diffusion.py --looks 5 20 50    other numbers of looks
    python Testing/benchmarks/bench_diffusion.py --append           also add the table to RESULTS.md

Each way restores the same slices of the torso CT, hidden in the same noise, and slices of virtual patients with
anomalies. "apart from DDPM": mean absolute difference of the restored slices, of 256 grey levels; "from the slice": the
same to what was restored, which is normal. "AUROC": pixels of the anomalies against all others by their difference.
"flicker": mean absolute difference of neighbouring slices' maps, in means of the map, where all slices are hidden in
the same noise and where each has its own; the slices themselves differ, too, so that none has 0.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from GANAnomalyLib.detectors.restorer.load import RestorerModel

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly"), str(ROOT)]
from results_file import (  # noqa: E402  (a sibling, found by the line above)
    add_device,
    card,
    circumstances,
    markdown,
    measured,
    publish,
    tell_target,
)

GREYS = 127.5
"""Of 256 grey levels in a slice's unit."""
LOOKS = (5, 10, 20, 50)
CLOSE = 0.01
"""The fast way's AUROC may be so much below DDPM's."""
PATIENTS = 40


@dataclass
class Row:
    """One way; see the top of the file. ``looks`` 0 is DDPM."""

    looks: int
    seconds: float
    apart: float
    error: float
    auroc: float
    shared: float
    own: float


def flicker(maps: np.ndarray) -> float:
    """Of maps (N, R, R), neighbours next to each other: mean absolute difference of neighbours, in means of all."""
    return float(np.abs(np.diff(maps, axis=0)).mean() / max(float(maps.mean()), 1e-12))


def restored(model: RestorerModel, slices: np.ndarray, device: str, **settings: Any) -> np.ndarray:
    """(N, R, R) restorations of slices (N, R, R) in [-1, 1]."""
    from GANAnomalyLib.detectors.base import DetectorOptions
    from GANAnomalyLib.detectors.explain import explain

    found = explain(model, slices, DetectorOptions(device=device, settings=settings))
    return np.stack([item.reconstruction for item in found])


def measure(
    model: RestorerModel,
    slices: np.ndarray,
    marked: tuple[np.ndarray, np.ndarray],
    looks: Sequence[int],
    level: int,
    device: str = "cpu",
) -> list[Row]:
    """A row for DDPM, then one for each number of looks; ``marked`` are slices (M, R, R) and their masks."""
    from GANAnomalyLab.statistics.auroc import auroc

    rows, reference = [], np.empty(0)
    shown, masks = marked
    for count in (0, *looks):
        way: dict[str, Any] = {"noise_level": level}
        way |= {"sampler": "ddim", "sampling_steps": count} if count else {"sampler": "ddpm"}
        run = measured(lambda way=way: restored(model, slices, device, **way), device)
        reference = run.found if not count else reference
        own = np.abs(restored(model, slices, device, shared_noise=False, **way) - slices)
        heat = np.abs(restored(model, shown, device, **way) - shown)
        rows.append(
            Row(
                count,
                run.seconds / len(slices),
                float(np.abs(run.found - reference).mean()) * GREYS,
                float(np.abs(run.found - slices).mean()) * GREYS,
                auroc(heat[~masks], heat[masks]),
                flicker(np.abs(run.found - slices)),
                flicker(own),
            )
        )
        print(rows[-1], flush=True)
    return rows


def trained(minutes: float, folder: Path) -> Path:
    """The file of a model of the small preset, trained on virtual patients of the torso CT."""
    from GANAnomalyLab.demo_models import demo_cohort as cohort
    from GANAnomalyLab.images import ImageSet
    from GANAnomalyLab.simulate.virtual_cohort import CohortSettings
    from GANAnomalyLab.train.loop.train_on_images import train
    from GANAnomalyLab.train.trainer_kinds import find_trainer

    stack = cohort.source()
    pool = cohort.training_pool(stack, PATIENTS, CohortSettings())
    images = ImageSet.from_array(pool[:, None], patients=np.arange(len(pool)) // len(stack.slices))
    kind = find_trainer("anoddpm")
    given = {
        "preset": "small",
        "resolution": cohort.RESOLUTION,
        "minutes": minutes,
        "out": str(folder),
        "device": "cpu",
    }
    return train(kind, kind.settings.read(given), images=images, say=print)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="an anoddpm model for body-framed slices as the demo's; else one is trained")
    parser.add_argument("--minutes", type=float, default=20.0, help="of that training")
    parser.add_argument("--slices", type=int, default=8, help="neighbouring ones, from the middle of the torso CT")
    parser.add_argument("--marked", type=int, default=12, help="slices with anomalies, at most")
    parser.add_argument("--looks", type=int, nargs="+", default=list(LOOKS))
    parser.add_argument("--level", type=int, default=250, help="step that slices are hidden up to")
    parser.add_argument("--threads", type=int, default=1)
    add_device(parser)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    if options.slices < 2 or min(options.marked, options.threads, *options.looks) < 1:
        parser.error("there must be 2 slices at least, and one of all else")

    import torch
    from bench_projection import torso_slices

    from GANAnomalyLab.demo_models import demo_cohort as cohort
    from GANAnomalyLib.detectors.loading import load_model

    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        path = options.model or trained(options.minutes, Path(folder) / "run")
        model: Any = load_model(path, options.device)
    side = model.card.resolution
    found = cohort.abnormal_slices(cohort.source(), 1, resolution=side)
    chosen = np.unique(np.linspace(0, len(found.images) - 1, options.marked).round().astype(int))
    marked = found.images[chosen], found.masks[chosen]
    slices = torso_slices(options.slices, side)
    rows = measure(model, slices, marked, options.looks, options.level, options.device)
    head = ["way", "looks", "CPU s a slice", "apart from DDPM", "from the slice", "AUROC", "flicker, same noise", "own"]
    table = markdown(
        head,
        [
            [
                "DDIM" if row.looks else "DDPM",
                str(row.looks or options.level + 1),
                f"{row.seconds:.2f}",
                f"{row.apart:.2f}",
                f"{row.error:.2f}",
                f"{row.auroc:.3f}",
                f"{row.shared:.3f}",
                f"{row.own:.3f}",
            ]
            for row in rows
        ],
    )
    learnt = model.card.training
    facts = (
        f"anoddpm, {model.card.resolution} px, trained for {learnt.get('minutes', '?')} minutes",
        f"step {options.level}; {len(slices)} slices, {len(chosen)} with anomalies",
    )
    block = f"{circumstances(options.threads, *facts, *card(options.device))}:\n\n{table}"
    best = max(rows[1:], key=lambda row: row.looks)
    tell_target(
        f"AnoDDPM in {best.looks} looks against all {options.level + 1}",
        f"{rows[0].seconds / best.seconds:.0f} x as fast, AUROC {best.auroc - rows[0].auroc:+.3f}",
        f"AUROC not below -{CLOSE}",
        best.auroc >= rows[0].auroc - CLOSE,
    )
    publish(__file__, block, options.append)


if __name__ == "__main__":
    main()
