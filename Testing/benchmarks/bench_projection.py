"""Speed and error of the projections on neighbouring slices of the torso CT.

The published procedure, written plainly and run one slice after the other (plain_projection.py), beside our batched
version of it and our fast mode. It fits noise maps besides w, so its error also counts grain that no anatomy explains;
the same procedure with w alone is shown for that reason.

    python Testing/benchmarks/bench_projection.py            8 slices, 300 steps: about 2 minutes on one core
    python Testing/benchmarks/bench_projection.py --full     64 slices, 1000 steps as published (of every eighth slice)
    python Testing/benchmarks/bench_projection.py --append   also add the table to RESULTS.md
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from GANAnomalyLib.detectors.stylegan2.load import StyleGAN2Model

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly")]
from results_file import (  # noqa: E402  (a sibling, found by the line above)
    RESULTS,
    add_device,
    append_block,
    card,
    circumstances,
    markdown,
    measured,
    tell_target,
)

PUBLISHED_STEPS = 1000
GRAIN_STEPS = 40


@dataclass
class Row:
    """One way to explain the slices: seconds a slice by the clock and of the processor, and the mean squared error.

    The error is in 8-bit grey levels. The processor's seconds are what ratios are taken of: they hardly change when
    other programs run.
    """

    name: str
    clock: float
    seconds: float
    mse: float


def gray8_mse(images: np.ndarray, restored: np.ndarray) -> float:
    """Mean squared difference of two stacks of one shape, values -1 to 1, both rounded to 8 bits first."""
    from GANAnomalyLib.score import to_gray8

    return float(((to_gray8(images).astype(np.float32) - to_gray8(restored)) ** 2).mean())


def first_reaching(errors: Sequence[float], goal: float) -> int | None:
    """The number (from 1) of the first step whose error is at most ``goal``; None when no step gets there."""
    return next((step for step, error in enumerate(errors, 1) if error <= goal), None)


def timed(
    explain: Callable[[], np.ndarray], name: str, slices: np.ndarray, stride: int = 1, device: str = "cpu"
) -> Row:
    """Run ``explain`` once and judge what comes back, (N, R, R), against ``slices`` (N, R, R).

    The error is of every ``stride``-th slice, so that it is of the same slices for ways that explain only those.
    """
    run = measured(explain, device)
    count, error = len(slices), gray8_mse(slices[::stride], run.found[::stride])
    row = Row(name, run.clock / count, run.seconds / count, error)
    print(f"{name}: {row.clock:.2f} s a slice ({row.seconds:.2f} CPU), mean squared error {row.mse:.1f}", flush=True)
    return row


def torso_slices(count: int, resolution: int | None = None) -> np.ndarray:
    """(count, R, R) neighbouring slices around the middle of the torso CT, framed for the bundled model, or smaller."""
    from GANAnomalyLab.demo_models.demo_cohort import framed, source

    stack = source()
    images, _ = framed(stack.slices, stack.spacing_mm, resolution=resolution)
    first = max((len(images) - count) // 2, 0)
    return images[first : first + count]


def measure(
    model: StyleGAN2Model, slices: np.ndarray, steps: int, fast_steps: int, stride: int = 1, device: str = "cpu"
) -> tuple[list[Row], list[float]]:
    """All rows, the plain procedure first; and the mean error of the batched one after each of its steps.

    The published procedure explains every ``stride``-th slice only: its time a slice is the same for each.
    """
    from functools import partial

    import torch
    from plain_projection import plain_projection

    from GANAnomalyLab.demo_models import demo_detection
    from GANAnomalyLib.detectors.stylegan2.detector import FAST_STEPS
    from GANAnomalyLib.detectors.stylegan2.reference_projection import project_reference

    explain_with = partial(demo_detection.explain_with, device=device)
    network = model.generator
    sample = slices[::stride]
    targets = torch.from_numpy(np.repeat(sample[:, None], network.img_channels, axis=1)).to(device)
    errors: list[float] = []

    def plain() -> np.ndarray:
        return np.stack([plain_projection(network, target, steps)[1].mean(0).cpu().numpy() for target in targets])

    def batched(noise: bool) -> np.ndarray:
        def follow(step: int, images: torch.Tensor, distances: torch.Tensor) -> None:
            if noise:
                errors.append(gray8_mse(sample, images.mean(1).cpu().numpy()))

        return project_reference(network, targets, steps, optimise_noise=noise, on_step=follow).images.mean(1)

    shipped = f"fast mode, {model.card.recommended.get('steps', FAST_STEPS)} steps (the model's choice)"
    run = partial(timed, device=device)
    rows = [
        run(plain, f"published procedure, one by one, {steps} steps", sample),
        run(lambda: batched(True), f"reference mode, one batch, {steps} steps", sample),
        run(lambda: batched(False), f"reference mode, w alone, {steps} steps", sample),
        run(lambda: explain_with(model)(slices), f"{shipped}, warp", slices, stride),
        run(lambda: explain_with(model, warp_steps=0)(slices), f"{shipped}, no warp", slices, stride),
        run(
            lambda: explain_with(model, steps=fast_steps, stop=0)(sample),
            f"fast mode, {fast_steps} steps, warp",
            sample,
        ),
        run(
            lambda: explain_with(model, grain_steps=GRAIN_STEPS)(slices),
            f"fast mode, grain fitted too, {GRAIN_STEPS} steps",
            slices,
            stride,
        ),
    ]
    return rows, errors


def verdict(rows: Sequence[Row], errors: Sequence[float], steps: int) -> list[str]:
    """Sentences on equal error; ``rows`` as :func:`measure` gives them (plain, reference, w alone, fast modes)."""
    plain, _, bare, *fast = rows
    said = []
    for row in fast:
        for other, label in ((plain, "the published procedure"), (bare, "the published procedure with w alone")):
            word = "reaches" if row.mse <= other.mse else "does NOT reach"
            numbers = f"{row.mse:.1f} against {other.mse:.1f}"
            said.append(f"{row.name[0].upper()}{row.name[1:]} {word} the error of {label} ({numbers}).")
    reached = first_reaching(errors, fast[0].mse)
    if reached is None:
        said.append(f"Within {steps} steps the published procedure never has the fast mode's error or less.")
    else:
        seconds = plain.seconds * reached / steps
        said.append(
            f"The published procedure first has the fast mode's error after {reached} of {steps} steps, {seconds:.1f} "
            f"CPU s a slice one by one: at that error the fast mode is {seconds / fast[0].seconds:.1f} times as fast."
        )
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", type=int, default=8)
    parser.add_argument("--steps", type=int, default=300, help="of the published procedure")
    parser.add_argument("--full", action="store_true", help=f"64 slices, {PUBLISHED_STEPS} steps, as published")
    parser.add_argument("--stride", type=int, default=1, help="the published procedure explains every n-th slice only")
    parser.add_argument("--fast-steps", type=int, default=200, help="of the fast mode's long run, not stopped early")
    parser.add_argument("--model", default="demo", help="a model's name or file, for body-framed slices as the demo's")
    parser.add_argument("--threads", type=int, default=1)
    add_device(parser)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    if options.full:
        options.slices, options.steps, options.stride = 64, PUBLISHED_STEPS, 8
    if min(options.slices, options.steps, options.fast_steps, options.threads, options.stride) < 1:
        parser.error("slices, steps, stride and threads must be at least 1")

    import torch

    from GANAnomalyLib.detectors.loading import load_model

    torch.set_num_threads(options.threads)
    steps = options.steps
    model = load_model(options.model, options.device)
    slices = torso_slices(options.slices)
    rows, errors = measure(model, slices, steps, options.fast_steps, options.stride, options.device)
    plain = rows[0]
    table = markdown(
        ["way", "s a slice", "CPU s a slice", "MSE (8-bit)", "times as fast as published"],
        [
            [row.name, f"{row.clock:.2f}", f"{row.seconds:.2f}", f"{row.mse:.1f}", f"{plain.seconds / row.seconds:.1f}"]
            for row in rows
        ],
    )
    said = verdict(rows, errors, steps)
    heading = circumstances(
        options.threads,
        f"model {model.card.name} {model.model_hash[:12]}",
        f"{len(slices)} slices",
        *card(options.device),
    )
    if options.stride > 1:
        heading += f" (published procedure and errors: every {options.stride}th)"
    block = "\n".join([f"{heading}:", "", table, "", *(f"- {sentence}" for sentence in said)])
    print(f"\n{block}")
    grain = rows[-1]
    ratio = plain.seconds / grain.seconds
    tell_target(
        f"projection of {len(slices)} neighbouring slices, at the published error after {steps} steps",
        f"{ratio:.0f} x ({grain.mse:.1f} against {plain.mse:.1f})",
        "30 x, error not above",
        ratio >= 30 and grain.mse <= plain.mse,
    )
    if options.append:
        append_block(RESULTS, Path(__file__).name, block)


if __name__ == "__main__":
    main()
