"""A few plain numbers of a slice's grey levels and texture, for a Frechet distance that needs no trained network."""

from __future__ import annotations

import itertools

import numpy as np

VERSION = 1
"""Raised when the numbers change."""

_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
_SCALES = (0.0, 1.0, 2.0, 4.0)
_BINS = 32
_LOCAL = 7
_LAGS = (1, 3)

NAMES = (
    "mean",
    "deviation",
    *(f"quantile {share:g}" for share in _QUANTILES),
    "share of the floor",
    "share of the top",
    "entropy",
    *(f"{what} of the gradient at {scale:g} px" for scale in _SCALES for what in ("mean", "deviation")),
    *(f"energy of the band {a:g} to {b:g} px" for a, b in itertools.pairwise(_SCALES)),
    "mean local deviation",
    "local deviation, 95th percentile",
    *(f"correlation over {lag} px, {along}" for lag in _LAGS for along in ("down", "across")),
)
"""What the numbers are, in order."""


def texture_features(pictures: np.ndarray) -> np.ndarray:
    """(n, R, R) uint8 to (n, 27) float64, the numbers that :data:`NAMES` lists, of grey levels brought to 0..1.

    They know nothing of anatomy: two sets may be told apart by a scanner's noise and not by a small lesion.
    """
    return np.stack([_one(picture) for picture in pictures]) if len(pictures) else np.empty((0, len(NAMES)))


def _one(picture: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    image = picture.astype(np.float64) / 255
    shares = np.histogram(image, _BINS, (0, 1))[0] / image.size
    entropy = -(shares[shares > 0] * np.log(shares[shares > 0])).sum()
    found = [image.mean(), image.std(), *np.quantile(image, _QUANTILES)]
    found += [(picture == 0).mean(), (picture == 255).mean(), entropy]
    smooth = [image if scale == 0 else ndimage.gaussian_filter(image, scale, mode="nearest") for scale in _SCALES]
    for level in smooth:
        slope = np.hypot(*np.gradient(level))
        found += [slope.mean(), slope.std()]
    found += [(fine - coarse).std() for fine, coarse in itertools.pairwise(smooth)]
    mean = ndimage.uniform_filter(image, _LOCAL, mode="nearest")
    spread = np.sqrt(np.maximum(ndimage.uniform_filter(image**2, _LOCAL, mode="nearest") - mean**2, 0))
    found += [spread.mean(), np.quantile(spread, 0.95)]
    centred = image - image.mean()
    power = (centred**2).mean()
    for lag in _LAGS:
        for a, b in ((centred[lag:], centred[:-lag]), (centred[:, lag:], centred[:, :-lag])):
            found.append((a * b).mean() / power if power > 0 else 1.0)
    return np.array(found)
