"""PICARD heatmaps of one CT slice: the published procedure, our exact mode and our adaptive mode, side by side.

One 512 x 512 slice (a torso CT slice enlarged), networks of the published size with random weights of one seed, the
same dropout for all three. The plain procedure (plain_picard.py) is timed on some windows, spread over the grid, and
scaled to all of them (its work is the same for each); ours are run whole.

    python Testing/benchmarks/bench_picard.py             6 plain windows: about 3 minutes on one core
    python Testing/benchmarks/bench_picard.py --all       every window of the plain procedure: about 10 minutes more
    python Testing/benchmarks/bench_picard.py --append    also add the table to RESULTS.md
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly")]
from results_file import add_device, card, circumstances, markdown, measured, publish, tell_target  # noqa: E402

SIDE, WINDOW, HOLE, STRIDE, COMPLETIONS, TOP, SEED = 512, 256, 128, 32, 10, 10, 303


def torso_slice() -> np.ndarray:
    """(512, 512) float32 in [-1, 1]: the middle slice of the torso CT as the demo frames it, enlarged bilinearly."""
    import torch
    import torch.nn.functional as F

    from GANAnomalyLab.demo_models.demo_cohort import framed, source

    stack = source()
    images, _ = framed(stack.slices, stack.spacing_mm)
    middle = torch.from_numpy(np.asarray(images[len(images) // 2], np.float32))[None, None]
    return F.interpolate(middle, size=(SIDE, SIDE), mode="bilinear", align_corners=False)[0, 0].clamp(-1, 1).numpy()


def random_model(ngf: int, device: str = "cpu"):
    """A PicardModel with random weights, scaled so that activations keep their size from layer to layer."""
    import torch

    from GANAnomalyLib.detectors.picard.load import PicardModel
    from GANAnomalyLib.detectors.picard.network.critic import Critic
    from GANAnomalyLib.detectors.picard.network.generator import Inpainter

    torch.manual_seed(SEED)
    inpainter, local = Inpainter(1, ngf).eval(), Critic(1, ngf, HOLE).eval()
    for network in (inpainter, local):
        network.requires_grad_(False)
        for parameter in network.parameters():
            if parameter.ndim == 4:
                torch.nn.init.kaiming_normal_(parameter, nonlinearity="linear")
            elif parameter.ndim == 1:
                torch.nn.init.normal_(parameter, std=0.05)
    return PicardModel(inpainter.to(device), local.to(device), None, WINDOW, HOLE)


def same_top(ours: np.ndarray, theirs: np.ndarray, top: int) -> bool:
    """Whether the ``top`` highest of two grids of scores, NaN last, are the same windows in the same order."""

    def order(scores: np.ndarray) -> list[int]:
        return np.argsort(-np.nan_to_num(scores, nan=-np.inf).ravel(), kind="stable")[:top].tolist()

    return order(ours) == order(theirs)


def measure(plain_windows: int, ngf: int, device: str = "cpu") -> list[str]:
    """The table's rows as Markdown, printed as they come, and what is equal to what."""
    import torch
    from plain_picard import plain_distances

    from GANAnomalyLib.detectors.picard.heatmaps import PicardSettings, heatmaps
    from GANAnomalyLib.detectors.picard.heatmaps.masks import drawn
    from GANAnomalyLib.detectors.picard.network.dropout import drop_layers

    model, image = random_model(ngf, device), torso_slice()
    masks = drawn(drop_layers(model.inpainter), 0.5, SEED)
    metrics = ("mcd_image", "mcd_feature")
    exact = PicardSettings(
        WINDOW, HOLE, STRIDE, COMPLETIONS, metrics=metrics, border=False, mode="exact", seed=SEED, top=TOP
    )
    adaptive = PicardSettings(
        WINDOW, HOLE, STRIDE, COMPLETIONS, metrics=metrics, border=False, skip_background=True, seed=SEED, top=TOP
    )
    side = (SIDE - WINDOW) // STRIDE + 1
    chosen = np.unique(np.linspace(0, side**2 - 1, plain_windows).round().astype(int)).tolist()

    def plain() -> dict[str, torch.Tensor]:
        with torch.inference_mode():
            return plain_distances(
                model.inpainter.state_dict(),
                model.local.state_dict(),
                torch.from_numpy(image)[None].to(device),
                masks,
                WINDOW,
                HOLE,
                STRIDE,
                COMPLETIONS,
                chosen,
            )

    # Once for nothing: libraries prepare themselves on their first use.
    heatmaps(model, image[:WINDOW, :WINDOW], PicardSettings(completions=2, mode="exact", border=False, metrics=metrics))
    runs = {"published procedure, plain": measured(plain, device)}
    runs["exact"] = measured(lambda: heatmaps(model, image, exact), device)
    runs["exact, without background"] = measured(
        lambda: heatmaps(model, image, PicardSettings(**{**vars(exact), "skip_background": True})), device
    )
    runs["adaptive, without background"] = measured(lambda: heatmaps(model, image, adaptive), device)
    scale = side**2 / len(chosen)
    base = runs["published procedure, plain"]
    base.clock, base.seconds = base.clock * scale, base.seconds * scale
    rows = []
    for name, run in runs.items():
        done = side**2 * COMPLETIONS if run is base else int(run.found.completions.sum())
        note = f" (from {len(chosen)} of {side**2} windows)" if run is base and len(chosen) < side**2 else ""
        rows.append(
            [
                name + note,
                str(done),
                f"{run.clock:.1f}",
                f"{run.seconds:.1f}",
                f"{base.clock / run.clock:.1f}",
                f"{base.seconds / run.seconds:.1f}",
            ]
        )
        print(f"{name}: {run.clock:.1f} s, {run.seconds:.1f} CPU s, {done} completions", flush=True)
    grids = {name: run.found.scores for name, run in runs.items() if run is not base}
    difference = {}
    for metric in metrics:
        truth = base.found[metric.rsplit("_", 1)[1]].amin(-1).numpy().ravel()[chosen]
        difference[metric] = float(np.abs(truth - grids["exact"][metric].ravel()[chosen]).max())
        scale_of = float(np.abs(truth).mean())
        print(f"{metric}: largest difference to the plain procedure {difference[metric]:.1e} of {scale_of:.1f}")
    same = same_top(
        grids["adaptive, without background"]["mcd_image"], grids["exact, without background"]["mcd_image"], TOP
    )
    header = ["way", "completions", "s", "CPU s", "ratio", "ratio (CPU)"]
    skipped = int(np.isnan(grids["adaptive, without background"]["mcd_image"]).sum())
    told = (
        f"Largest difference of exact to plain scores: {difference['mcd_image']:.1e} on the image, "
        f"{difference['mcd_feature']:.1e} on features. {skipped} of {side**2} windows are background. "
        f"The adaptive mode's top {TOP} windows are {'' if same else 'NOT '}those of the exact mode, in order."
    )
    exact_ratio, adaptive_ratio = (
        base.seconds / runs["exact"].seconds,
        base.seconds / runs["adaptive, without background"].seconds,
    )
    equal = max(difference.values()) <= 1e-4
    tell_target(
        f"PICARD, {SIDE} x {SIDE}, exact", f"{exact_ratio:.1f} x", "2.5 x, equal to 1e-4", exact_ratio >= 2.5 and equal
    )
    tell_target(
        f"PICARD, {SIDE} x {SIDE}, adaptive",
        f"{adaptive_ratio:.1f} x",
        f"8 x, same top {TOP}",
        adaptive_ratio >= 8 and same,
    )
    return [markdown(header, rows), told]


def main() -> None:
    """Run, print, and add to RESULTS.md where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--windows", type=int, default=6, help="windows of the plain procedure to time")
    parser.add_argument("--all", action="store_true", help="time all of them")
    parser.add_argument("--ngf", type=int, default=32, help="channels of the first layer")
    add_device(parser)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    given = parser.parse_args()
    import torch

    count = ((SIDE - WINDOW) // STRIDE + 1) ** 2 if given.all else given.windows
    table, told = measure(count, given.ngf, given.device)
    block = f"{circumstances(torch.get_num_threads(), *card(given.device))}; ngf {given.ngf}:\n\n{table}\n\n{told}"
    publish(__file__, block, given.append)


if __name__ == "__main__":
    main()
