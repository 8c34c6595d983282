"""Scores of colour pictures: each channel is scored as a grey picture is, and their mean is the picture's score.

For MSE that is the mean over all values, for SSIM the usual definition for colours; WD compares the intensities of each
channel by themselves, so that it tells a change of hue that leaves the brightness as it was.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from ..volume.colour_channels import CHANNELS
from .distances import distance
from .normal_reference import NormalReference
from .patches import patch_distance_map


def planes_of(pictures: np.ndarray) -> np.ndarray:
    """(..., C, R, R) of pictures (N, R, R), which get an axis of one channel, or (N, 3, R, R)."""
    return pictures[:, None] if pictures.ndim == 3 else pictures


def channel_distances(
    original: np.ndarray, reconstruction: np.ndarray, metric: str, mask: np.ndarray | None = None
) -> np.ndarray:
    """(C,) :func:`.distance` of each channel of two (C, H, W) uint8 pictures; their mean is the pictures' distance.

    Where one has a single channel it is held against each of the other's. Raises as that.
    """
    pairs = _pairs(original, reconstruction)
    return np.array([distance(*pair, metric, mask) for pair in pairs])


def channel_windows(
    original: np.ndarray, reconstruction: np.ndarray, patch_size: int, metric: str, threads: int | None = None
) -> np.ndarray:
    """(C, H - p + 1, W - p + 1) :func:`.patch_distance_map` of each channel, as :func:`channel_distances`."""
    pairs = _pairs(original, reconstruction)
    return np.stack([patch_distance_map(*pair, patch_size, metric, threads) for pair in pairs])


def calibrated_windows(
    reference: NormalReference,
    originals: np.ndarray,
    reconstructions: np.ndarray,
    patch_size: int,
    metric: str,
    check: Callable[[], None] = lambda: None,
) -> Iterator[np.ndarray]:
    """(C, R - p + 1, R - p + 1) for each of (N, C, R, R) uint8: :meth:`.NormalReference.windows_of` each channel."""
    channels, size = originals.shape[1], originals.shape[-2:]
    each = reference.windows_of(
        originals.reshape(-1, *size), reconstructions.reshape(-1, *size), patch_size, metric, check
    )
    while together := list(itertools.islice(each, channels)):
        yield np.stack(together)


def by_name(values: np.ndarray, start: str = "") -> dict[str, float]:
    """The values of three channels by their names, behind ``start``; nothing for a single one."""
    return {} if len(values) == 1 else {start + name: float(v) for name, v in zip(CHANNELS, values, strict=True)}


def _pairs(original: np.ndarray, reconstruction: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    channels = max(len(original), len(reconstruction))
    pair = [
        np.broadcast_to(picture, (channels, *picture.shape[1:])) if len(picture) == 1 else picture
        for picture in (original, reconstruction)
    ]
    return list(zip(*pair, strict=True))
