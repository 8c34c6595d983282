"""A perceptual distance at every pixel: LPIPS over a trunk whose weights the user has, or EfficientNet-Lite0's
features, which are always here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from ..quality.feature_weights import WEIGHTS, find_weights
from .similarity import Perceptual

TRUNKS = ("alexnet", "vgg16")
"""Networks that LPIPS can stand on, by the names of their weights."""

LITE = "lite0"
"""The distance that the normative models weigh their maps by where they carry no LPIPS."""

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
    """LPIPS over a trunk (or :data:`LITE`), and the SHA-256 of its weights; nothing is fetched unless
    ``allow_download``.

    Raises
    ------
    InputError: an unknown trunk, a package that is missing, weights that are not on this computer or not the trunk's.
    GANAnomalyError: the download failed.
    """
    from GANAnomalyLib.models.store import model_hash

    from ..quality.feature_networks import load_lpips

    if trunk == LITE:
        return _lite(device)
    if trunk not in TRUNKS:
        raise InputError(f"LPIPS stands on {' or '.join(TRUNKS)}, not on {trunk!r}.")
    path = find_weights(trunk, given, allow_download, progress, cancel)
    module = load_lpips(path, device, trunk, spatial=True)
    return Perceptual("lpips", lpips_distance(module, device)), model_hash(path)


def available(trunk: str, given: Mapping[str, Path | str]) -> bool:
    """Whether the weights of a trunk are on this computer, or given."""
    try:
        find_weights(trunk, given)
    except InputError:
        if trunk in given or trunk not in WEIGHTS:
            raise
        return False
    return True


def lpips_distance(module: object, device: str = "cpu") -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """An LPIPS module (pairs (n, 3, H, W) in [-1, 1] to (n, 1, H, W)) as the ``distance`` of a
    :class:`~.similarity.Perceptual`."""

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


def _lite(device: str) -> tuple[Perceptual, str]:
    import torch

    from GANAnomalyLib.detectors.restorer.perceptual_distance import perceptual_of

    from ...features import published_hash, published_weights

    module, digest = perceptual_of(published_weights()).to(device), published_hash()
    # On a processor several take fresh memory from the system each time, which costs as long as the network does.
    at_once = 1 if device == "cpu" else 8

    def distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        out = [np.empty((0, *first.shape[1:]), np.float32)]
        for start in range(0, len(first), at_once):
            part = slice(start, start + at_once)
            pair = [torch.from_numpy(one[part].astype(np.float32))[:, None].to(device) / 255 for one in (first, second)]
            with torch.no_grad():
                out.append(module(*pair)[:, 0].float().cpu().numpy())
        return np.concatenate(out)

    return Perceptual(LITE, distance), digest
