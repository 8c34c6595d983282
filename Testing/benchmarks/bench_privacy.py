"""What privacy costs a discriminator: gradients cut for each image, beside the plain mean over the batch.

    python Testing/benchmarks/bench_privacy.py                     64 px, 64 to 128 channels, batch 16
    python Testing/benchmarks/bench_privacy.py --size 128:32:128   resolution:channels at it:most channels
    python Testing/benchmarks/bench_privacy.py --append            also add the table to RESULTS.md

"one by one" is the plain way to the same gradients: a backward pass for each image. Equal quality: the same gradients
(largest difference from the plain mean where nothing is cut). A step of training has the made images' part and the
generator's beside it, which privacy does not change.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

import torch
from torch.nn.functional import softplus

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly"), str(ROOT)]
from results_file import add_device, card, circumstances, markdown, measured, publish, tell_target  # noqa: E402

from GANAnomalyLab.train.privacy.private_gradients import clipped_sum  # noqa: E402
from GANAnomalyLib.detectors.stylegan2.network.discriminator import Discriminator  # noqa: E402

MOST_TIMES = 3.0
EQUAL = 1e-4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="64:64:128")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=5)
    add_device(parser)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    side, channels, most = (int(part) for part in options.size.split(":"))
    torch.set_num_threads(1)
    torch.manual_seed(303)
    network = Discriminator(0, side, 1, channels * side, most, mbstd_group_size=0).to(options.device)
    images = torch.randn(options.batch, 1, side, side, device=options.device)
    parameters = dict(network.named_parameters())

    def plain() -> dict[str, torch.Tensor]:
        network.zero_grad()
        softplus(-network(images)).mean().backward()
        return {name: one.grad.clone() for name, one in parameters.items() if one.grad is not None}

    def one_by_one() -> dict[str, torch.Tensor]:
        total = {name: torch.zeros_like(one) for name, one in parameters.items()}
        for image in images.split(1):
            network.zero_grad()
            softplus(-network(image)).sum().backward()
            length = torch.cat([one.grad.flatten() for one in parameters.values() if one.grad is not None]).norm()
            for name, one in parameters.items():
                if one.grad is not None:
                    total[name] += one.grad * min(1.0, 1e6 / float(length)) / len(images)
        return total

    def vectorised() -> dict[str, torch.Tensor]:
        total, _ = clipped_sum(network, lambda judge, image, label: softplus(-judge(image))[0, 0], images, None, 1e6)
        return {name: value / len(images) for name, value in total.items()}

    ways = {"plain mean": plain, "one by one": one_by_one, "vectorised (ours)": vectorised}
    found = {name: way() for name, way in ways.items()}
    apart = {
        name: max(float((one[key] - value).abs().max()) for key, value in found["plain mean"].items())
        for name, one in found.items()
    }
    if max(apart.values()) > EQUAL:
        raise SystemExit(f"The gradients differ: {apart}")
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(options.repeats):
        for name, way in ways.items():
            seconds[name].append(measured(way, options.device).seconds)
    middle = {name: statistics.median(times) for name, times in seconds.items()}
    base = middle["plain mean"]
    rows = [[name, f"{value:.3f}", f"{value / base:.2f}", f"{apart[name]:.0e}"] for name, value in middle.items()]
    table = markdown(["real images' gradient", "CPU s a batch", "times the plain", "apart from it"], rows)
    facts = (f"{side} px, {channels} to {most} channels, batch {options.batch}", *card(options.device))
    times = middle["vectorised (ours)"] / base
    tell_target("a private gradient", f"{times:.2f} x the plain one", f"under {MOST_TIMES:g} x", times < MOST_TIMES)
    publish(__file__, f"{circumstances(1, *facts)}:\n\n{table}", options.append)


if __name__ == "__main__":
    main()
