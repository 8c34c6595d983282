"""LPIPS at every pixel, from the lpips package over a trunk whose weights the user has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from ..quality.feature_weights import WEIGHTS, find_weights
from .similarity import Perceptual

TRUNKS = ("alexnet", "vgg16")
"""Networks that LPIPS can stand on, by the names of their weights."""

_SMALLEST = 64
"""The trunks halve an image several times; smaller ones are enlarged first."""


def find_perceptual(
    trunk: str,
    given: Mapping[str, Path | str],
    allow_download: bool = False,
    device: str = "cpu",
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[Perceptual, str]:
    """LPIPS over a trunk, and the SHA-256 of its weights; nothing is fetched unless ``allow_download``.

    Raises
    ------
    InputError: an unknown trunk, a package that is missing, weights that are not on this computer or not the trunk's.
    GANAnomalyError: the download failed.
    """
    from GANAnomalyLib.models.store import model_hash

    from ..quality.feature_networks import load_lpips

    if trunk not in TRUNKS:
        raise InputError(f"LPIPS stands on {' or '.join(TRUNKS)}, not on {trunk!r}.")
    path = find_weights(trunk, given, allow_download, progress, cancel)
    return perceptual_of(load_lpips(path, device, trunk, spatial=True), device), model_hash(path)


def available(trunk: str, given: Mapping[str, Path | str]) -> bool:
    """Whether the weights of a trunk are on this computer, or given."""
    try:
        find_weights(trunk, given)
    except InputError:
        if trunk in given or trunk not in WEIGHTS:
            raise
        return False
    return True


def perceptual_of(module: object, device: str = "cpu") -> Perceptual:
    """An LPIPS module (pairs (n, 3, H, W) in [-1, 1] to (n, 1, H, W)) as a :data:`~.similarity.Perceptual`."""

    def distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        import torch

        size = first.shape[-1]
        times = -(-_SMALLEST // size)

        def tensor(pictures: np.ndarray) -> torch.Tensor:
            values = torch.from_numpy(pictures.astype(np.float32))[:, None] / 127.5 - 1
            return values.repeat_interleave(times, 2).repeat_interleave(times, 3).expand(-1, 3, -1, -1).to(device)

        with torch.no_grad():
            maps = module(tensor(first), tensor(second))[:, 0]  # type: ignore[operator]
        maps = maps.reshape(len(first), size, times, size, times).mean((2, 4))
        return maps.clamp_min(0).float().cpu().numpy()

    return distance
