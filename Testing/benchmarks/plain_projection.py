"""The published projection of ONE picture, written as plainly as it reads: the baseline for speed and for agreement.

Nothing here is shared with GANAnomalyLib.detectors.stylegan2.reference_projection. The noise maps are the network's own
buffers (of a copy), the schedule is spelled out in place, and pictures go one after the other.
Usage: python Testing/benchmarks/plain_projection.py STEPS COUNT (times both on the fixture network).
"""

from __future__ import annotations

import copy
import math

import numpy as np
import torch
from torch.nn import functional


def pixel_distance(image, target):
    """Mean squared difference on the 0..255 scale, averaged down to 256 pixels when larger."""
    if image.shape[-1] > 256:
        image = functional.interpolate(image, size=(256, 256), mode="area")
        target = functional.interpolate(target, size=(256, 256), mode="area")
    return ((image - target) ** 2).mean()


def plain_regulariser(noise):
    """One map (r, r): both shifted products at every pyramid level down to 8 pixels."""
    total = 0.0
    while True:
        total = total + (noise * torch.roll(noise, 1, 1)).mean() ** 2
        total = total + (noise * torch.roll(noise, 1, 0)).mean() ** 2
        if noise.shape[0] <= 8:
            return total
        noise = (noise[0::2, 0::2] + noise[1::2, 0::2] + noise[0::2, 1::2] + noise[1::2, 1::2]) / 4


def plain_projection(network, target, steps=1000, seed=303, w_samples=10000):
    """``target`` (C, R, R) tensor in [-1, 1]. Returns w (w_dim,), image (C, R, R), noise maps by buffer name, loss."""
    network = copy.deepcopy(network).eval().requires_grad_(False)

    device = target.device
    latents = torch.from_numpy(np.random.RandomState(123).randn(w_samples, network.z_dim).astype(np.float32)).to(device)
    samples = network.mapping(latents, None)[:, 0]
    mean = samples.mean(0)
    spread = float(((samples - mean) ** 2).sum() / w_samples) ** 0.5

    torch.manual_seed(seed)
    noises = {}
    for name, buffer in network.synthesis.named_buffers():
        if name.endswith("noise_const"):
            buffer.copy_(torch.randn(buffer.shape))
            buffer.requires_grad_(True)
            noises[name] = buffer

    w = mean.clone().reshape(1, 1, -1).requires_grad_(True)
    adam = torch.optim.Adam([w, *noises.values()], betas=(0.9, 0.999))
    goal = (target[None] + 1) * 127.5
    for step in range(steps):
        t = step / steps
        rate = 0.1
        if t < 0.05:
            rate *= t / 0.05
        if t > 0.75:
            rate *= 0.5 - 0.5 * math.cos(math.pi * (1 - t) / 0.25)
        adam.param_groups[0]["lr"] = rate
        strength = spread * 0.05 * (1 - t / 0.75) ** 2 if t < 0.75 else 0.0
        moved = w + torch.randn(w.shape).to(device) * strength
        image = network.synthesis(moved.repeat(1, network.num_ws, 1), noise_mode="const")
        loss = pixel_distance((image + 1) * 127.5, goal)
        for noise in noises.values():
            loss = loss + 1e5 * plain_regulariser(noise)
        adam.zero_grad()
        loss.backward()
        adam.step()
        with torch.no_grad():
            for noise in noises.values():
                noise.sub_(noise.mean())
                noise.div_((noise**2).mean().sqrt())
    with torch.no_grad():
        image = network.synthesis(w.repeat(1, network.num_ws, 1), noise_mode="const")
        loss = pixel_distance((image + 1) * 127.5, goal)
    found = {name: noise.detach().clone() for name, noise in noises.items()}
    return w.detach().flatten(), image[0], found, float(loss)


def main(steps: int, count: int) -> None:
    """Times the plain loop over pictures and the batched projection on the fixture network's own samples."""
    import sys
    import time
    from pathlib import Path

    root = Path(__file__).parents[2]
    sys.path.insert(0, str(root / "GANAnomaly"))
    from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
    from GANAnomalyLib.detectors.stylegan2.reference_projection import project_reference

    arrays = np.load(root / "Testing" / "data" / "stylegan2_r32_gray.npz")
    state = {key[2:]: torch.from_numpy(arrays[key]) for key in arrays if key.startswith("G.")}
    network = Generator(
        z_dim=32, w_dim=32, img_resolution=32, img_channels=1, mapping_layers=2, channel_base=512, channel_max=32
    )
    network.load_state_dict(state)
    network.eval()
    with torch.no_grad():
        z = torch.randn(count, 32, generator=torch.Generator().manual_seed(1))
        targets = network.synthesis(network.mapping(z, None)).clamp(-1, 1)
    start = time.perf_counter()
    plain = [plain_projection(network, target, steps)[3] for target in targets]
    middle = time.perf_counter()
    ours = project_reference(network, targets, steps).losses
    end = time.perf_counter()
    print(f"one at a time {middle - start:.1f} s, mean squared error {np.mean(plain):.2f}")
    print(f"as one batch  {end - middle:.1f} s, mean squared error {np.mean(ours):.2f}")


if __name__ == "__main__":
    import sys

    main(*(int(text) for text in sys.argv[1:3]))
