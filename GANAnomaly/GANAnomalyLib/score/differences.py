"""What normal slices leave over, pixel by pixel: the yardstick for a slice's difference from its reconstruction.

A model explains some places badly in everyone: a rib's edge, bowel gas, the skin. The model file keeps reference
slices of held-out normals, each as its reconstruction and the difference that was left. For a new slice the references
whose reconstructions look most like its own are moved onto it by a coarse warp, and say for each pixel what difference
is usual: its mean, and its spread. The slice's difference is then counted in units of that spread.

Nothing of it depends on a patch size or a metric: a patch's score is the root mean square (MSE) or the mean (WD) of
what lies in it. How it compares with other ways of scoring: Testing/benchmarks/RESULTS.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import InputError, option
from .box_sums import box_sum
from .normal_reference import NormalReference

VERSION = 1
"""Of the stored form; a reader refuses what it does not know."""
WIDEST = 128
"""Pixels a side of what is kept: finer slices are averaged, and their grain kept as a spread."""
STEP = 2.0
"""Grey levels a step of the stored differences, which have one signed byte."""
NEIGHBOURS, COARSE, WARP_STEPS, WARP_GRID = 8, 32, 10, 8
MEAN_SHARE, MEAN_BLUR, SPREAD_BLUR = 0.5, 0.7, 1.5
FLOOR_SHARE, BODY_SHARE, LEAST_OWN_LEVEL = 0.5, 0.3, 0.5
METRICS = ("wd", "mse")
_PREFIX = "differences."
VERSION_NAME = _PREFIX + "version"


@dataclass(frozen=True)
class Differences(NormalReference):
    """References of a model, whatever the metric and patch size.

    Attributes
    ----------
    pictures:
        (M, C, C) uint8: the references' reconstructions, reduced to C pixels a side, at most 32.
    means:
        (M, W, W) int8: slice minus reconstruction, in steps of two grey levels; averaged to W pixels, at most 128.
    spreads:
        (M, W, W) uint8, grey levels: standard deviation within each averaged block; zeros without averaging.
    resolution:
        R, pixels a side of the slices that this is for.
    """

    pictures: np.ndarray
    means: np.ndarray
    spreads: np.ndarray
    resolution: int

    @classmethod
    def from_normals(cls, originals: np.ndarray, reconstructions: np.ndarray) -> Differences:
        """From normal slices and their reconstructions, both (M, R, R) uint8.

        Raises :class:`InputError` for no slices, other types and shapes that differ.
        """
        fits = originals.ndim == 3 and len(originals) and originals.shape == reconstructions.shape
        if not fits or originals.dtype != np.uint8 or reconstructions.dtype != np.uint8:
            raise InputError("A calibration needs normal slices and their reconstructions, 8-bit and of one size.")
        parts = [_kept(*pair) for pair in zip(originals, reconstructions, strict=True)]
        pictures, means, spreads = (np.stack(arrays) for arrays in zip(*parts, strict=True))
        return cls(pictures, means, spreads, originals.shape[-1])

    def tensors(self) -> dict[str, np.ndarray]:
        """Arrays to store in a model file (behind "calibration.")."""
        stored = {
            "version": np.array([VERSION, self.resolution], np.int32),
            "pictures": self.pictures,
            "means": self.means,
        }
        if _block(self.resolution, WIDEST) > 1:
            stored["spreads"] = self.spreads
        return {_PREFIX + name: array for name, array in stored.items()}

    @classmethod
    def stored(cls, tensors: Mapping[str, np.ndarray]) -> Differences | None:
        """Out of a model file's arrays; None if it has none. Raises :class:`InputError` for damaged or newer ones."""
        found = {name[len(_PREFIX) :]: np.asarray(a) for name, a in tensors.items() if name.startswith(_PREFIX)}
        if not found:
            return None
        version = found.get("version", np.empty(0))
        if version.shape == (2,) and version.dtype.kind == "i" and version[0] > VERSION:
            raise InputError(
                f"The model's calibration is of a newer GANAnomaly: update it, or use {option('no_calibration')}."
            )
        pictures, means = found.get("pictures", np.empty(0)), found.get("means", np.empty(0))
        spreads = found.get("spreads", np.zeros(means.shape, np.uint8))
        right = (
            version.shape == (2,)
            and version.dtype.kind == "i"
            and int(version[0]) == VERSION
            and pictures.ndim == 3
            and len(pictures) > 0
            and means.ndim == 3
            and len(pictures) == len(means)
            and means.shape == spreads.shape
            and pictures.dtype == spreads.dtype == np.uint8
            and means.dtype == np.int8
            and means.shape[1:] == (_width(int(version[1]), WIDEST),) * 2
            and pictures.shape[1:] == (_width(int(version[1]), COARSE),) * 2
        )
        if not right:
            raise InputError(
                f"The model's calibration cannot be read: get the model again, or use {option('no_calibration')}."
            )
        return cls(pictures, means, spreads, int(version[1]))

    def expected(
        self, reconstruction: np.ndarray, check: Callable[[], None] = lambda: None
    ) -> tuple[np.ndarray, np.ndarray]:
        """What is usual beside a reconstruction (R, R) uint8: mean and spread of the difference, (R, R) float32."""
        return next(self._expected(reconstruction[None], check))

    def _expected(
        self, reconstructions: np.ndarray, check: Callable[[], None]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """:meth:`expected` for each of (N, R, R); searching them together is several times as quick."""
        from scipy import ndimage

        for means, spreads in self._moved(reconstructions, check):
            mean = MEAN_SHARE * ndimage.gaussian_filter(means.mean(0), MEAN_BLUR)
            spread = np.square(means - mean) + np.square(spreads)
            # Neighbouring pixels share their yardstick: a handful of references is a noisy one, and seldom in place.
            spread = np.sqrt(ndimage.gaussian_filter(spread.mean(0), SPREAD_BLUR))
            yield self._enlarged(mean), self._enlarged(spread)

    def windows_of(
        self,
        originals: np.ndarray,
        reconstructions: np.ndarray,
        patch_size: int,
        metric: str,
        check: Callable[[], None] = lambda: None,
    ) -> Iterator[np.ndarray]:
        """See :class:`~.usual.NormalReference`.

        ``"mse"``: the root mean square in the window of the difference in units of its usual spread. ``"wd"``: the mean
        of its size, which is the Wasserstein distance of the window's values to none at all.
        """
        if originals.shape[1:] != (self.resolution, self.resolution) or originals.shape != reconstructions.shape:
            raise InputError("The model's calibration is for images of another size: get the model again.")
        expected = self._expected(reconstructions, check)
        for original, reconstruction, (mean, spread) in zip(originals, reconstructions, expected, strict=True):
            check()
            yield self._times(original, reconstruction, mean, spread, patch_size, metric)

    def times(
        self, originals: np.ndarray, reconstructions: np.ndarray, check: Callable[[], None] = lambda: None
    ) -> Iterator[np.ndarray]:
        """For each of (N, R, R) uint8 the signed difference in units of its usual spread, (R, R) float32."""
        expected = self._expected(reconstructions, check)
        for original, reconstruction, (mean, spread) in zip(originals, reconstructions, expected, strict=True):
            check()
            times: np.ndarray = (original.astype(np.float32) - reconstruction - mean) / _unit(spread)[0]
            yield times.astype(np.float32)

    def _times(
        self,
        original: np.ndarray,
        reconstruction: np.ndarray,
        mean: np.ndarray,
        spread: np.ndarray,
        patch_size: int,
        metric: str,
    ) -> np.ndarray:
        unit, typical = _unit(spread)
        times = (original.astype(np.float32) - reconstruction - mean) / unit
        found, usual = (_windows(values, patch_size, metric) for values in (times, spread / unit))
        body = _windows(spread, patch_size, "wd") > BODY_SHARE * typical
        if not body.any():
            return found
        own, ordinary = (max(float(np.median(values[body])), 1e-6) for values in (found, usual))
        # A slice that is explained perfectly has no level of its own to divide by.
        return found / ordinary / max(own / ordinary, LEAST_OWN_LEVEL)

    def _moved(self, reconstructions: np.ndarray, check: Callable[[], None]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """For each of (N, R, R), means and spreads of the most similar references, moved onto it: (K, W, W)."""
        import torch

        from .warp import WarpSettings, find_field, move

        if not len(reconstructions):
            return
        coarse = np.stack([_averaged(picture, COARSE) for picture in reconstructions])
        distances = [np.square(self.pictures - picture).sum((1, 2)) for picture in coarse]
        nearest = np.stack([np.argsort(distance, kind="stable")[:NEIGHBOURS] for distance in distances])
        similar = torch.from_numpy(self.pictures[nearest.ravel()].astype(np.float32) / 127.5 - 1)[:, None]
        targets = torch.from_numpy(coarse / 127.5 - 1)[:, None].repeat_interleave(nearest.shape[1], 0)
        settings = WarpSettings(steps=WARP_STEPS, grid=WARP_GRID, rate=0.5)
        fields = find_field(similar, targets, settings, check)
        for chosen, field in zip(nearest, fields.split(nearest.shape[1]), strict=True):
            means = STEP * self.means[chosen].astype(np.float32)
            kept = np.stack([means, self.spreads[chosen].astype(np.float32)], 1)
            moved = move(torch.from_numpy(kept), field).numpy()
            yield moved[:, 0], moved[:, 1]

    def _enlarged(self, values: np.ndarray) -> np.ndarray:
        """(W, W) to (R, R), linearly between the middles of the blocks."""
        width = values.shape[-1]
        if width == self.resolution:
            return values.astype(np.float32)
        block = _block(self.resolution, WIDEST)
        where = np.clip((np.arange(self.resolution) + 0.5) / block - 0.5, 0, width - 1)
        below = np.minimum(where.astype(int), max(width - 2, 0))
        share = (where - below).astype(np.float32)
        above = np.minimum(below + 1, width - 1)
        rows = values[below] * (1 - share[:, None]) + values[above] * share[:, None]
        enlarged: np.ndarray = rows[:, below] * (1 - share) + rows[:, above] * share
        return enlarged


def _unit(spread: np.ndarray) -> tuple[np.ndarray, float]:
    """What a difference is counted in at each pixel, and the spread that is typical where there is any."""
    inside = spread > 0.1 * np.quantile(spread, 0.95)
    typical = float(np.median(spread[inside])) if inside.any() else 1.0
    # The floor keeps places that are all but perfect in normals (air) from blowing noise up.
    return np.maximum(spread + FLOOR_SHARE * typical, 1e-6), typical


def _kept(original: np.ndarray, reconstruction: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One slice's share of the attributes."""
    difference = original.astype(np.float32) - reconstruction
    mean = _averaged(difference, WIDEST)
    variance = _averaged(np.square(difference), WIDEST) - np.square(mean)
    return (
        np.rint(_averaged(reconstruction, COARSE)).astype(np.uint8),
        np.clip(np.rint(mean / STEP), -127, 127).astype(np.int8),
        np.rint(np.sqrt(np.maximum(variance, 0))).astype(np.uint8),
    )


def _block(resolution: int, most: int) -> int:
    """Pixels a side of the blocks that bring ``resolution`` pixels to at most ``most``."""
    return max(-(-resolution // most), 1)


def _width(resolution: int, most: int) -> int:
    return -(-resolution // _block(resolution, most))


def _averaged(image: np.ndarray, most: int) -> np.ndarray:
    """(R, R) to at most ``most`` pixels a side by means of blocks, float32; the last ones repeat the image's edge."""
    block, width = _block(image.shape[-1], most), _width(image.shape[-1], most)
    missing = width * block - image.shape[-1]
    image = np.pad(image.astype(np.float32), ((0, missing), (0, missing)), mode="edge")
    averaged: np.ndarray = image.reshape(width, block, width, block).mean((1, 3))
    return averaged


def _windows(values: np.ndarray, size: int, metric: str) -> np.ndarray:
    """Root mean square or mean size of (R, R) in every window, float32."""
    if metric == "wd":
        return (box_sum(np.abs(values), size) / size**2).astype(np.float32)
    total = np.maximum(box_sum(np.square(values), size), 0)
    distances: np.ndarray = np.sqrt(total / size**2).astype(np.float32)
    return distances
