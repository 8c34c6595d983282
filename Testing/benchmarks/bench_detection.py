"""Whether speed costs detection: slices explained by the published search and by our fast mode, scored alike.

The benchmark's cases (gananomaly benchmark): the middle slice of each anomaly, all kinds and levels, and a slice of
each normal patient. The published procedure has its 1000 steps and fits noise maps; it runs in batches, which changes
nothing but the time (two slices are also explained one by one by plain_projection.py, and both errors printed). Scored
alike: the highest 8 x 8 patch by plain Wasserstein distance. The last row is what an analysis shows, with the model's
knowledge of what is usual, which the published method does not have.

    python Testing/benchmarks/bench_detection.py              110 slices, 1000 steps: about 20 minutes on two cores
    python Testing/benchmarks/bench_detection.py --append     also add the table to RESULTS.md
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly")]
from bench_projection import GRAIN_STEPS, PUBLISHED_STEPS, gray8_mse  # noqa: E402  (siblings, found by the line above)
from results_file import add_device, card, circumstances, markdown, measured, publish, tell_target  # noqa: E402

BATCH, PATCH, METRIC = 16, 8, "wd"
TOLERANCE = 0.005
"""How far below the published method's AUROC ours may lie."""
RESAMPLES = 2000


def benchmark_slices(patients: int, baselines: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Normal slices (N, R, R), abnormal ones (M, R, R), and their masks in the network's frame."""
    from GANAnomalyLab.benchmark.benchmark_cohort import make_case
    from GANAnomalyLab.benchmark.benchmark_plan import Plan
    from GANAnomalyLab.demo_models.demo_cohort import framed
    from GANAnomalyLib.volume import AxialStack

    normal, abnormal, masks = [], [], []
    for spec in Plan(patients=patients, baselines=baselines).cases():
        case = make_case(spec, 1)
        stack, middle = AxialStack.from_volume(case.volume), case.record["middle"]
        truth = AxialStack.from_volume(case.volume.like(case.mask.astype(np.float32))).slices > 0.5
        images, where = framed(stack.slices, stack.spacing_mm, truth)
        if spec.role == "baseline":
            normal.append(images[middle])
        else:
            abnormal.append(images[middle])
            masks.append(where[middle])
    return np.stack(normal), np.stack(abnormal), np.stack(masks)


def published(model, steps: int, device: str) -> Callable[[np.ndarray], np.ndarray]:
    import torch

    from GANAnomalyLib.detectors.stylegan2.reference_projection import project_reference

    def explain(images: np.ndarray) -> np.ndarray:
        targets = torch.from_numpy(np.repeat(images[:, None], model.generator.img_channels, axis=1))
        parts = []
        for first in range(0, len(images), BATCH):
            parts.append(project_reference(model.generator, targets[first : first + BATCH], steps).images.mean(1))
            print(f"published: {min(first + BATCH, len(images))} of {len(images)} slices", flush=True)
        return np.concatenate(parts)

    return explain


def raw_scores(images: np.ndarray, restored: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each slice's highest patch by plain distance: scores (N,), and its row and column (N, 2)."""
    from GANAnomalyLab.demo_models.demo_detection import patch_maps

    maps = patch_maps(images, restored, METRIC, PATCH)
    flat = maps.reshape(len(maps), -1)
    return flat.max(1), np.stack(np.unravel_index(flat.argmax(1), maps.shape[1:]), 1)


def located(places: np.ndarray, masks: np.ndarray) -> float:
    """Share of slices whose highest patch meets the anomaly."""
    pairs = zip(places, masks, strict=True)
    return float(np.mean([mask[row : row + PATCH, col : col + PATCH].any() for (row, col), mask in pairs]))


def interval_of_difference(ours: list[np.ndarray], theirs: list[np.ndarray]) -> tuple[float, float]:
    """95 % bootstrap interval of AUROC(ours) - AUROC(theirs); each is [normal, abnormal], slices resampled together."""
    from GANAnomalyLab.demo_models.demo_detection import auroc

    random, found = np.random.default_rng(303), []
    for _ in range(RESAMPLES):
        picks = [random.integers(0, len(scores), len(scores)) for scores in ours]
        a, b = (auroc(*(scores[pick] for scores, pick in zip(side, picks, strict=True))) for side in (ours, theirs))
        found.append(a - b)
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=2, help="of each kind and level")
    parser.add_argument("--baselines", type=int, default=44, help="normal patients")
    parser.add_argument("--steps", type=int, default=PUBLISHED_STEPS, help="of the published procedure")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    add_device(parser)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()

    import torch
    from plain_projection import plain_projection

    from GANAnomalyLab.demo_models.compare_detectors import show
    from GANAnomalyLab.demo_models.demo_detection import auroc, explain_with
    from GANAnomalyLib.detectors.loading import load_model

    torch.set_num_threads(options.threads)
    device, model = options.device, load_model("demo", options.device)
    normal, abnormal, masks = benchmark_slices(options.patients, options.baselines)
    print(f"{len(normal)} normal and {len(abnormal)} abnormal slices", flush=True)
    rows, scored = [], {}
    ways = {
        "fast mode": explain_with(model, device=device),
        f"fast mode, grain fitted too, {GRAIN_STEPS} steps": explain_with(
            model, device=device, grain_steps=GRAIN_STEPS
        ),
        f"published procedure, {options.steps} steps": published(model, options.steps, device),
    }
    for name, explain in ways.items():
        run = measured(lambda: (explain(normal), explain(abnormal)), device)  # noqa: B023 - run at once
        restored, restored_abnormal = run.found
        seconds = run.seconds / (len(normal) + len(abnormal))
        (quiet, _), (marked, places) = raw_scores(normal, restored), raw_scores(abnormal, restored_abnormal)
        scored[name] = [quiet, marked]
        cells = [f"{seconds:.2f}", f"{gray8_mse(normal, restored):.1f}", f"{auroc(quiet, marked):.3f}"]
        rows.append([name, "plain", *cells, f"{located(places, masks):.2f}"])
        print("  ".join(rows[-1]), flush=True)
    batched = gray8_mse(normal[:2], restored[:2])
    one_by_one = np.stack(
        [
            plain_projection(model.generator, target, options.steps)[1].mean(0).cpu().numpy()
            for target in torch.from_numpy(np.repeat(normal[:2, None], model.generator.img_channels, axis=1))
        ]
    )
    quiet, marked = (show(model, images, device=device) for images in (normal, abnormal))
    scored["an analysis"] = [quiet.scores, marked.scores]
    found = auroc(quiet.scores, marked.scores)
    place = f"{located(marked.boxes[:, :2], masks):.2f}"
    rows.append(["an analysis (fast mode)", "times what is usual", "", "", f"{found:.3f}", place])
    theirs = scored[list(ways)[-1]]
    said = [
        f"Of two slices, published one by one {gray8_mse(normal[:2], one_by_one):.1f} and in a batch {batched:.1f}."
    ]
    for name in (next(iter(ways)), "an analysis"):
        difference = auroc(*scored[name]) - auroc(*theirs)
        low, high = interval_of_difference(scored[name], theirs)
        told = f"{difference:+.3f} (95 % interval {low:+.3f} to {high:+.3f})"
        said.append(f"Slice AUROC of {name} less that of the published procedure: {told}.")
        tell_target(f"slice AUROC, {name} less published", told, "not below -0.005", difference >= -TOLERANCE)
    header = ["explained by", "scored", "CPU s a slice", "MSE of normals (8-bit)", "slice AUROC", "located"]
    heading = circumstances(options.threads, f"{len(normal)} normal and {len(abnormal)} abnormal slices", *card(device))
    block = "\n".join([f"{heading}:", "", markdown(header, rows), "", *(f"- {sentence}" for sentence in said)])
    publish(__file__, block, options.append)


if __name__ == "__main__":
    main()
