"""How far a reconstruction is from its original: Wasserstein distance, mean squared error, structural dissimilarity."""

from __future__ import annotations

import numpy as np

from ..errors import InputError
from .pair_checks import check_mask, check_metric, check_pair

LEVELS = 256
SSIM_WINDOW = 7


def to_gray8(image: np.ndarray) -> np.ndarray:
    """Grey levels 0..255 of an image in [-1, 1] (values outside are clipped, halves round to even).

    The one conversion from the network's range to the range scores are defined on. Any shape; returns uint8.
    Raises :class:`InputError` when a value is NaN or infinite.
    """
    image = np.asarray(image, dtype=np.float32)
    if not np.isfinite(image).all():
        raise InputError("The image holds values that are not numbers (NaN or infinite), so it cannot be scored.")
    grey: np.ndarray = np.rint(np.clip(image * np.float32(127.5) + np.float32(127.5), 0, 255)).astype(np.uint8)
    return grey


def distance(
    original: np.ndarray, reconstruction: np.ndarray, metric: str = "wd", mask: np.ndarray | None = None
) -> float:
    """One number for how far two 8-bit images are apart; 0 when they are equal.

    Parameters
    ----------
    original, reconstruction: uint8 arrays of one shape, any number of axes.
    metric:
        ``"wd"``: 1-D Wasserstein distance between the two sets of grey levels (0..255; positions do not matter), equal
        to ``scipy.stats.wasserstein_distance`` of the flattened arrays. ``"mse"``: mean squared difference (0..65025).
        ``"ssim"``: 1 - mean structural similarity (0..2; Wang et al. 2004 with scikit-image's uniform 7-pixel window,
        data range 255, over the pixels whose window lies inside the image).
    mask:
        Optional, same shape, non-zero inside; only pixels inside count. For SSIM the local similarity is computed from
        the whole images and then averaged inside.

    Raises
    ------
    InputError: other shapes or types than these, an empty mask, an unknown metric, or images too small for SSIM.
    """
    check_metric(metric)
    original, reconstruction = check_pair(original, reconstruction)
    if mask is not None:
        mask = check_mask(mask, original.shape)
    if metric == "ssim":
        dissimilarity = dissimilarity_map(original, reconstruction)
        edge = SSIM_WINDOW // 2
        inside = (slice(edge, -edge),) * original.ndim if mask is None else mask
        return float(dissimilarity[inside].mean())
    if mask is not None:
        original, reconstruction = original[mask], reconstruction[mask]
    return _wasserstein(original, reconstruction) if metric == "wd" else _mean_squared(original, reconstruction)


def dissimilarity_map(original: np.ndarray, reconstruction: np.ndarray) -> np.ndarray:
    """1 - SSIM at every pixel (float64, 0..2, the images' shape); :class:`InputError` below 7 pixels a side."""
    if min(original.shape, default=0) < SSIM_WINDOW:
        raise InputError(
            f"SSIM compares {SSIM_WINDOW} x {SSIM_WINDOW} pixel neighbourhoods and this image is smaller: "
            "choose wd or mse."
        )
    # Written out here, as 3D Slicer's Python has SciPy but no scikit-image.
    from scipy.ndimage import uniform_filter

    a, b = original.astype(np.float64), reconstruction.astype(np.float64)
    pixels = SSIM_WINDOW**a.ndim

    def covariance(x: np.ndarray, y: np.ndarray, means: np.ndarray) -> np.ndarray:
        shared: np.ndarray = (uniform_filter(x * y, SSIM_WINDOW) - means) * (pixels / (pixels - 1))
        return shared

    mean_a, mean_b = uniform_filter(a, SSIM_WINDOW), uniform_filter(b, SSIM_WINDOW)
    both = mean_a * mean_b
    squares = mean_a**2, mean_b**2
    spread = covariance(a, a, squares[0]) + covariance(b, b, squares[1])
    flat, even = (0.01 * (LEVELS - 1)) ** 2, (0.03 * (LEVELS - 1)) ** 2
    similarity = (2 * both + flat) * (2 * covariance(a, b, both) + even)
    similarity /= (squares[0] + squares[1] + flat) * (spread + even)
    # SSIM cannot pass 1; rounding can, and a distance below zero would surprise whoever sorts by it.
    distances: np.ndarray = np.clip(1.0 - similarity, 0.0, 2.0)
    return distances


def _wasserstein(original: np.ndarray, reconstruction: np.ndarray) -> float:
    # For sets of one size: the area between the two cumulative histograms, over the number of pixels.
    difference = np.bincount(original.ravel(), minlength=LEVELS) - np.bincount(reconstruction.ravel(), minlength=LEVELS)
    return float(np.abs(np.cumsum(difference)).sum() / original.size)


def _mean_squared(original: np.ndarray, reconstruction: np.ndarray) -> float:
    difference = original.astype(np.int32) - reconstruction
    return float((difference * difference).sum(dtype=np.int64) / original.size)
