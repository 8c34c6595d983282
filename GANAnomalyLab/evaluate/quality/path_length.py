"""PPL: how much images change, to LPIPS, for a small step from one latent towards another (Karras et al. 2019)."""

from __future__ import annotations

from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from .generated import GeneratorImages, one_result

STEP = 1e-4
LARGEST = 256
"""Images larger than this are averaged down to it, as published."""
OUTLIERS = 1.0
"""Per cent left out at either end."""


def path_lengths(
    images: GeneratorImages, lpips: Any, count: int, progress: ProgressCallback, cancel: CancelToken, step: float = STEP
) -> np.ndarray:
    """``count`` distances d(G(w), G(w + step (w' - w))) / step^2, float64.

    w and w' are mapped from two latents and the same label; the path is straight in w and looked at where it begins;
    noise is the constant one.
    """
    import torch
    from torch.nn import functional

    generator = images.generator
    size = images.at_once()
    found: list[np.ndarray] = []
    done = 0
    block = 0
    while done < count:
        z, labels = images.latents(block, pairs=2)
        half = len(z) // 2
        with torch.no_grad(), one_result(generator):
            ends = generator.mapping(torch.cat([z[:half], z[half:]]), None if labels is None else labels.repeat(2, 1))
            start, stop = ends[:half].float(), ends[half:].float()
        for first in range(0, min(half, count - done), size):
            cancel.check()
            progress((done + first) / count, f"Path length: {done + first} of {count}")
            some = slice(first, first + size)
            with torch.no_grad(), one_result(generator):
                near = torch.lerp(start[some], stop[some], step)
                pictures = [generator.synthesis(w, noise_mode="const").float() for w in (start[some], near)]
                pictures = [_prepared(picture, functional) for picture in pictures]
                distance = lpips(*pictures).flatten().cpu().double()
            found.append(distance.numpy() / step**2)
        done += min(half, count - done)
        block += 1
    return np.concatenate(found)[:count]


def perceptual_path_length(lengths: np.ndarray) -> float:
    """The mean of lengths within the first and last per cent of them."""
    if not np.isfinite(lengths).all():
        raise InputError("The model makes images that are no numbers: its path length cannot be measured.")
    low = np.percentile(lengths, OUTLIERS, method="lower")
    high = np.percentile(lengths, 100 - OUTLIERS, method="higher")
    return float(lengths[(lengths >= low) & (lengths <= high)].mean())


def _prepared(images: Any, functional: Any) -> Any:
    if images.shape[2] > LARGEST:
        factor = images.shape[2] // LARGEST
        images = functional.avg_pool2d(images, factor)
    return images.expand(-1, 3, -1, -1) if images.shape[1] == 1 else images
