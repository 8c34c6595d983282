"""How soon the small classifier tells drawn lesions apart, and what a start from ImageNet weights is worth.

Lesions are drawn (gananomaly dataset virtual skin), each of a person of its own; a fifth is held out, and the AUROC is
that on as many as were learnt from, which nothing was chosen by. Seconds are the processor's, one thread.

    python Testing/benchmarks/bench_classifier.py             1,000 lesions of 64 pixels: some minutes
    python Testing/benchmarks/bench_classifier.py --starts    also few lesions, with and without a start: half an hour
    python Testing/benchmarks/bench_classifier.py --append    also add the table to RESULTS.md
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly"), str(ROOT)]
from results_file import add_device, card, circumstances, markdown, publish, tell_target  # noqa: E402  (a sibling)

WANTED, SECONDS = 0.95, 300.0
SIZES, SEEDS = (60, 240), (0, 1)
"""Lesions to learn from, and trainings of each kind, of the comparison of starts."""


@dataclass
class Trained:
    """``auroc`` with its interval on unseen lesions, seconds in all, and until the held out ones reached the target."""

    auroc: float
    ends: tuple[float, float]
    seconds: float
    reached: float | None
    steps: int


def lesions(count: int, side: int, seed: int):
    """A set of ``count`` drawn lesions, half of each kind, in memory."""
    from GANAnomalyLab.images import ImageSet
    from GANAnomalyLab.simulate.virtual_lesions import KINDS, virtual_lesion

    numbers = seed * 1_000_003 + np.arange(count)
    drawn = [virtual_lesion(int(number), KINDS[number % 2], side) for number in numbers]
    images = np.stack(drawn).transpose(0, 3, 1, 2)
    return ImageSet.from_array(images, labels=np.eye(2, dtype=np.float32)[numbers % 2], label_names=list(KINDS))


def trained(images, unseen, device: str, **settings) -> Trained:
    """A classifier, and how well it does on unseen images."""
    from GANAnomalyLab.images import split_by_class
    from GANAnomalyLab.predict.predict_classes import set_probabilities
    from GANAnomalyLab.statistics import estimate_auroc
    from GANAnomalyLab.train.loop.train_on_images import train
    from GANAnomalyLab.train.run_log import read_log
    from GANAnomalyLab.train.trainer_kinds import find_trainer
    from GANAnomalyLib.classifiers.load import load_classifier

    clock = time.perf_counter if device.startswith("cuda") else time.process_time
    kind = find_trainer("classifier")
    with tempfile.TemporaryDirectory() as folder:
        asked = {"out": folder, "device": device, "threads": 1, "workers": 0, "patience": 0, **settings}
        made = kind.settings.read(asked)
        learnt, held_out = split_by_class(images, made.held_out, made.seed)
        begin, reached = clock(), [None]

        def watch(fraction: float, message: object) -> None:
            log = Path(folder) / "log.jsonl"
            if reached[0] is None and log.is_file():
                rows = [row.get("held_out_auroc", 0) for row in read_log(log)]
                reached[0] = clock() - begin if max(rows, default=0) >= WANTED else None

        path = train(kind, made, watch, images=learnt, held_out=held_out)
        seconds = clock() - begin
        model = load_classifier(path, device)
        steps = model.card.training["steps"]
    found, truth = set_probabilities(model, unseen)[:, 1], unseen.labels.argmax(1) == 1
    estimate = estimate_auroc(found[~truth], found[truth], draws=0)
    return Trained(estimate.value, estimate.delong_logit or (1.0, 1.0), seconds, reached[0], steps)


def row(name: str, count: int, one: Trained) -> list[str]:
    reached = "not reached" if one.reached is None else f"{one.reached:.0f}"
    ends = f"{one.auroc:.3f} ({one.ends[0]:.3f} to {one.ends[1]:.3f})"
    return [name, str(count), str(one.steps), ends, f"{one.seconds:.0f}", reached]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="lesions to learn from, a fifth of them held out")
    parser.add_argument("--epochs", type=float, default=20.0)
    parser.add_argument("--starts", action="store_true", help="also compare starts on few lesions")
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    add_device(parser)
    options = parser.parse_args()
    unseen = lesions(options.count, 64, 9)
    one = trained(lesions(options.count, 64, 1), unseen, options.device, epochs=options.epochs)
    rows = [row("small, 64 pixels", options.count, one)]
    print(rows[0], flush=True)
    met = one.reached is not None and one.reached <= SECONDS and one.auroc >= WANTED
    reached = "not reached" if one.reached is None else f"after {one.reached:.0f} s"
    told = f"{one.auroc:.3f} on unseen ones; {WANTED} held out {reached}"
    tell_target("small classifier on drawn lesions", told, f"{WANTED} AUROC in {SECONDS:.0f} s", met)
    if options.starts:
        rows += starts(options.device)
    heads = [
        "network",
        "lesions",
        "steps",
        "AUROC on unseen lesions (95 %)",
        "seconds",
        f"seconds to {WANTED} held out",
    ]
    publish(__file__, f"{circumstances(1, *card(options.device))}:\n\n{markdown(heads, rows)}", options.append)


def starts(device: str) -> list[list[str]]:
    """EfficientNet-Lite0 on few lesions with and without ImageNet weights, and the small network beside it."""
    unseen, rows = lesions(400, 128, 9), []
    for count in SIZES:
        kinds = {
            "lite0, 128 pixels, ImageNet": {"network": "lite0"},
            "lite0, 128 pixels, new weights": {"network": "lite0", "pretrained": False, "learning_rate": 1e-3},
            "small, 64 pixels": {"network": "small"},
        }
        for name, settings in kinds.items():
            found = []
            for seed in SEEDS:
                made = trained(
                    lesions(count, 128, 20 + seed), unseen, device, **settings, epochs=15, seed=seed, batch=16
                )
                found.append(made)
            values = ", ".join(f"{one.auroc:.3f}" for one in found)
            seconds = float(np.mean([one.seconds for one in found]))
            rows.append([name, str(count), str(found[0].steps), values, f"{seconds:.0f}", ""])
            print(rows[-1], flush=True)
    return rows


if __name__ == "__main__":
    main()
