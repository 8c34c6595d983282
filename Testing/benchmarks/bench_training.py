"""Speed of a training step of StyleGAN2: our networks beside a plain composition of pad and conv2d calls.

Both have the same weights. The parts of a step, each forward and backward: the generator's loss, the discriminator's,
R1, and the path length penalty on half a batch; the last two differentiate twice. "a step" weighs them as training has
them: R1 every 16, path length every 4. Before anything is timed, losses and gradients of both are held against those of
the plain network in float64. Ours and the plain one take turns; times are the medians of the processor's seconds.

    python Testing/benchmarks/bench_training.py                     64, 128 and 256 px: a few minutes on one core
    python Testing/benchmarks/bench_training.py --size 256:64:512   one of resolution:channels at it:most channels
    python Testing/benchmarks/bench_training.py --compile           also what torch.compile makes of our networks
    python Testing/benchmarks/bench_training.py --append            also add the table to RESULTS.md
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly")]
import plain_stylegan2 as plain  # noqa: E402  (siblings, found by the line above)
from results_file import add_device, card, circumstances, markdown, measured, publish  # noqa: E402

from GANAnomalyLib.detectors.stylegan2.network.discriminator import Discriminator  # noqa: E402
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator  # noqa: E402

PARTS = {"generator": 1.0, "discriminator": 1.0, "R1": 1 / 16, "path length": 1 / 4}
"""Parts of a step and how often it has them."""
EQUAL = 1e-3
SIZES = ((64, 64, 128, 8), (128, 32, 128, 8), (256, 16, 128, 4))
"""Resolution, channels there, most channels anywhere, images a batch."""


@dataclass
class Way:
    """One way to compute the networks: z to w, w to images, images to logits."""

    mapping: Callable[[Tensor], Tensor]
    synthesis: Callable[[Tensor], Tensor]
    discriminator: Callable[[Tensor], Tensor]


class Step:
    """The parts of a training step at one size, on fixed inputs."""

    def __init__(self, resolution: int, channels: int, most: int, batch: int, device: str = "cpu") -> None:
        torch.manual_seed(303)
        widths = (channels * resolution, most)
        self.G = Generator(128, 0, 128, resolution, 1, 2, *widths)
        self.D = Discriminator(0, resolution, 1, *widths)
        for name, value in self.G.named_parameters():
            if "noise_strength" in name:
                torch.nn.init.constant_(value, 0.1)
        self.device = device
        self.G.to(device)
        self.D.to(device)
        self.z = torch.randn(batch, 128).to(device)
        self.real = torch.randn(batch, 1, resolution, resolution).clamp(-1, 1).to(device)
        half = max(batch // 2, 1)
        self.noise = (torch.randn(half, 1, resolution, resolution) / resolution).to(device)

    def ours(self, compiled: bool = False) -> Way:
        synthesis, discriminator = self.G.synthesis, self.D
        if compiled:
            synthesis, discriminator = torch.compile(synthesis), torch.compile(discriminator)
        return Way(lambda z: self.G.mapping(z)[:, 0], synthesis, discriminator)

    def plain(self, dtype: torch.dtype = torch.float32) -> Way:
        """The plain networks on the same weights; in float64 they tell what is right."""

        def weights(network: torch.nn.Module) -> dict[str, Tensor]:
            return {name: value.to(dtype) for name, value in (*network.named_parameters(), *network.named_buffers())}

        return Way(
            lambda z: plain.mapping(weights(self.G), z),
            lambda ws: plain.synthesis(weights(self.G), ws),
            lambda x: plain.discriminator(weights(self.D), x, 4),
        )

    def run(self, part: str, way: Way, dtype: torch.dtype = torch.float32) -> tuple[float, dict[str, Tensor]]:
        """One part, forward and backward; its loss and the gradients, by parameter."""
        self.G.zero_grad(set_to_none=True)
        self.D.zero_grad(set_to_none=True)
        self.G.requires_grad_(part in ("generator", "path length"))
        self.D.requires_grad_(part in ("discriminator", "R1"))
        z, real, noise = (x.to(dtype) for x in (self.z, self.real, self.noise))
        loss = getattr(self, "_" + part.lower().replace(" ", "_"))(way, z, real, noise)
        loss.backward()
        both = (*self.G.named_parameters("G"), *self.D.named_parameters("D"))
        return loss.item(), {name: value.grad for name, value in both if value.grad is not None}

    def _images(self, way: Way, z: Tensor) -> tuple[Tensor, Tensor]:
        ws = way.mapping(z)[:, None].repeat(1, self.G.num_ws, 1)
        return ws, way.synthesis(ws)

    def _generator(self, way: Way, z: Tensor, real: Tensor, noise: Tensor) -> Tensor:
        return functional.softplus(-way.discriminator(self._images(way, z)[1])).mean()

    def _discriminator(self, way: Way, z: Tensor, real: Tensor, noise: Tensor) -> Tensor:
        with torch.no_grad():
            _, fake = self._images(way, z)
        return (
            functional.softplus(way.discriminator(fake)).mean() + functional.softplus(-way.discriminator(real)).mean()
        )

    def _r1(self, way: Way, z: Tensor, real: Tensor, noise: Tensor) -> Tensor:
        real = real.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(way.discriminator(real).sum(), real, create_graph=True)
        return gradient.square().sum((1, 2, 3)).mean()

    def _path_length(self, way: Way, z: Tensor, real: Tensor, noise: Tensor) -> Tensor:
        ws, image = self._images(way, z[: len(noise)])
        (gradient,) = torch.autograd.grad((image * noise).sum(), ws, create_graph=True)
        return gradient.square().sum(2).mean(1).sqrt().square().mean()


def difference(step: Step, way: Way) -> tuple[float, float]:
    """How far a way is from the plain network in float64: loss and gradient (its norm), relative, in the worst part."""
    right = step.plain(torch.float64)
    losses, gradients = 0.0, 0.0
    for part in PARTS:
        loss, found = step.run(part, way)
        expected_loss, expected = step.run(part, right, torch.float64)
        losses = max(losses, abs(loss - expected_loss) / abs(expected_loss))
        if found.keys() != expected.keys():
            raise SystemExit(f"{part}: the two ways do not reach the same parameters.")
        # All parameters together: some have next to no gradient, and next to no digits of it in float32.
        apart = sum(float((found[name] - value).square().sum()) for name, value in expected.items())
        gradients = max(gradients, (apart / sum(float(value.square().sum()) for value in expected.values())) ** 0.5)
    return losses, gradients


def times(step: Step, ways: dict[str, Way], parts: list[str], repeats: int) -> dict[str, dict[str, float]]:
    """Median CPU seconds by way and part; the ways take turns, so that what else runs meets all of them."""
    found: dict[str, dict[str, list[float]]] = {name: {part: [] for part in parts} for name in ways}
    for number in range(repeats + 1):
        for part in parts:
            for name, way in ways.items():
                seconds = measured(lambda: step.run(part, way), step.device).seconds  # noqa: B023 - run at once
                if number:  # the first round warms up
                    found[name][part].append(seconds)
    return {name: {part: statistics.median(all_) for part, all_ in by.items()} for name, by in found.items()}


def weighed(seconds: dict[str, float]) -> float:
    """Seconds of a step out of those of its parts."""
    return sum(PARTS[part] * value for part, value in seconds.items())


def measure(size: tuple[int, int, int, int], repeats: int, device: str = "cpu") -> tuple[list[list[str]], str]:
    """Rows of the table for one size, and a sentence on how equal the two are."""
    resolution, channels, most, batch = size
    step = Step(*size, device)
    ways = {"ours": step.ours(), "plain": step.plain()}
    ours, other = difference(step, ways["ours"]), difference(step, ways["plain"])
    said = (
        f"{resolution} px, from the plain network in float64: losses of ours {ours[0]:.0e}, of the plain one "
        f"{other[0]:.0e}; gradients of ours {ours[1]:.0e}, of the plain one {other[1]:.0e} (relative, worst part)."
    )
    # Float32 itself keeps fewer digits in deeper networks: then the plain one is as far off.
    if max(ours) > max(EQUAL, 3 * max(other)):
        raise SystemExit(f"The two networks are not the same: {said}")
    print(said, flush=True)
    found = times(step, ways, list(PARTS), repeats)
    what = f"{resolution} px, {channels} to {most} channels, batch {batch}"
    rows = []
    for part in (*PARTS, "a step"):
        a, b = (weighed(found[name]) if part == "a step" else found[name][part] for name in ("ours", "plain"))
        per = f"{1000 * a / batch:.1f}" if part == "a step" else ""
        rows.append([what if part == "generator" else "", part, f"{a:.3f}", f"{b:.3f}", f"{b / a:.2f}", per])
    print("\n".join("  ".join(row) for row in rows), flush=True)
    return rows, said


def compiled(size: tuple[int, int, int, int], repeats: int, device: str = "cpu") -> list[str]:
    """What torch.compile makes of our networks at one size, in sentences."""
    step = Step(*size, device)
    said = []
    for part in PARTS:
        try:
            way = step.ours(compiled=True)
            built = measured(lambda: step.run(part, way), device).clock  # noqa: B023 - run at once
            found = times(step, {"ours": step.ours(), "compiled": way}, [part], repeats)
            ours, other = found["ours"][part], found["compiled"][part]
            said.append(f"{part}: {other:.3f} s compiled (built in {built:.0f} s), {ours:.3f} s as it is.")
        except Exception as error:  # whatever the compiler meets is the finding
            said.append(f"{part}: torch.compile fails with {type(error).__name__}: {str(error).splitlines()[0]}")
        torch.compiler.reset()
        print(said[-1], flush=True)
    return [f"torch.compile at {size[0]} px, {sentence}" for sentence in said]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", action="append", help="RESOLUTION:CHANNELS:MOST, or with :BATCH; may be repeated")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compile", action="store_true")
    add_device(parser)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    sizes = [tuple(int(n) for n in text.split(":")) for text in options.size or []] or list(SIZES)
    sizes = [(*size, 8)[:4] for size in sizes]
    torch.set_num_threads(options.threads)
    rows, said = [], []
    for size in sizes:
        more, sentence = measure(size, options.repeats, options.device)
        rows += more
        said.append(sentence)
        if options.compile:
            said += compiled(size, options.repeats, options.device)
    table = markdown(["network", "part", "ours, CPU s", "plain, CPU s", "times as fast", "ours, s/kimg"], rows)
    heading = circumstances(options.threads, f"medians of {options.repeats}", *card(options.device))
    block = "\n".join([f"{heading}:", "", table, "", *(f"- {sentence}" for sentence in said)])
    publish(__file__, block, options.append)


if __name__ == "__main__":
    main()
