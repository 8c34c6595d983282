"""Scores in units of what is usual: the patch distance divided by what similar normal slices show at the same place.

Model files of today carry differences by pixel (:mod:`.differences`), for any patch size; this module chooses between
them and the older maps of patch distances, which are also what 1 - SSIM is calibrated with.

Some places are always explained badly (bowel gas, ribs, the skin's edge), and which ones depends on the level of the
body; a raw distance keeps pointing there. The model carries reference slices of held-out normals: a thumbnail of each
one's reconstruction, and its smoothed patch map. A slice is compared with those whose reconstructions look most like
its own. Its own median ratio is divided out as well, so that a noisier scanner does not raise every score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import InputError, option
from . import differences
from .differences import Differences
from .normal_reference import NormalReference
from .patches import patch_distance_map

NEIGHBOURS = 8
THUMBNAIL = 16
FLOOR_SHARE = 0.5
BODY_SHARE = 0.5
LEAST_OWN_LEVEL = 0.5


@dataclass(frozen=True)
class Calibration(NormalReference):
    """References of one metric and patch size.

    Attributes
    ----------
    thumbnails:
        (M, 16, 16) float32, 0..255: the references' reconstructions, reduced.
    maps:
        (M, a, b) float32: their smoothed patch distances, every ``stride``-th window position.
    stride:
        Window positions between neighbours in ``maps``.
    floor:
        At least so much is usual everywhere, in the unit of the maps; above 0 slices have no level of their own.
    """

    thumbnails: np.ndarray
    maps: np.ndarray
    stride: int
    floor: float = 0.0

    @classmethod
    def from_normals(cls, reconstructions: np.ndarray, patch_maps: np.ndarray, patch_size: int) -> Calibration:
        """From normal slices: their reconstructions (M, R, R) uint8 and their patch maps (M, h, w).

        Maps are smoothed over half a patch, since what few neighbours show is noisy, and then kept coarsely.
        """
        from scipy import ndimage

        if patch_maps.ndim != 3 or not len(patch_maps) or len(patch_maps) != len(reconstructions):
            raise InputError("A calibration needs the reconstruction and the patch map of at least one normal slice.")
        stride = max(patch_size // 2, 1)
        sigma = (0, patch_size / 2, patch_size / 2)
        smooth = ndimage.gaussian_filter(patch_maps.astype(np.float32), sigma, mode="nearest")
        return cls(_thumbnails(reconstructions), smooth[:, ::stride, ::stride].copy(), stride)

    def tensors(self, metric: str, patch_size: int) -> dict[str, np.ndarray]:
        """Arrays to store in a model file (behind "calibration."), small: uint8 thumbnails, float16 maps."""
        return {
            "thumbnails": np.rint(self.thumbnails).astype(np.uint8),
            _key(metric, patch_size): self.maps.astype(np.float16),
        }

    @classmethod
    def stored(cls, tensors: Mapping[str, np.ndarray], metric: str, patch_size: int) -> NormalReference | None:
        """What is usual for a metric and patch size out of a model file's arrays, or None if it does not say.

        Differences by pixel (:class:`.Differences`) where the file has them, otherwise maps of that very metric and
        patch size. Raises :class:`InputError` for damaged arrays.
        """
        found = Differences.stored(tensors) if metric in differences.METRICS else None
        return found if found is not None else cls.stored_maps(tensors, metric, patch_size)

    @classmethod
    def stored_maps(cls, tensors: Mapping[str, np.ndarray], metric: str, patch_size: int) -> Calibration | None:
        """The maps alone; otherwise as :meth:`stored`."""
        maps, thumbnails = tensors.get(_key(metric, patch_size)), tensors.get("thumbnails")
        if maps is None or thumbnails is None:
            return None
        maps, thumbnails = np.asarray(maps, np.float32), np.asarray(thumbnails, np.float32)
        fits = maps.ndim == 3 and len(maps) and thumbnails.shape == (len(maps), THUMBNAIL, THUMBNAIL)
        if not fits or not np.isfinite(maps).all():
            raise InputError(
                f"The model's calibration cannot be read: get the model again, or use {option('no_calibration')}."
            )
        return cls(thumbnails, maps, max(patch_size // 2, 1))

    def expected(self, reconstruction: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
        """(h, w) float32: what normal slices that look like this reconstruction (R, R) uint8 show at each window."""
        distance = np.square(self.thumbnails - _thumbnails(reconstruction[None])).sum((1, 2))
        nearest = np.argsort(distance, kind="stable")[:NEIGHBOURS]
        coarse = self.maps[nearest].mean(0)
        rows, cols = (_linear(size, count, self.stride) for size, count in zip(shape, coarse.shape, strict=True))
        usual: np.ndarray = rows @ coarse @ cols.T
        return usual

    def windows_of(
        self,
        originals: np.ndarray,
        reconstructions: np.ndarray,
        patch_size: int,
        metric: str,
        check: Callable[[], None] = lambda: None,
    ) -> Iterator[np.ndarray]:
        """See :class:`NormalReference`."""
        for original, reconstruction in zip(originals, reconstructions, strict=True):
            check()
            patch_map = patch_distance_map(original, reconstruction, patch_size, metric, threads=1)
            yield self.apply(patch_map, reconstruction)

    def apply(self, patch_map: np.ndarray, reconstruction: np.ndarray) -> np.ndarray:
        """A patch map (h, w) in "times what is usual here"; NaN stays NaN.

        Raises :class:`InputError` when the map is not of the size that the references have.
        """
        wanted = tuple(-(-size // self.stride) for size in patch_map.shape)
        if wanted != self.maps.shape[1:]:
            raise InputError("The model's calibration is for images of another size: get the model again.")
        expected = self.expected(reconstruction, patch_map.shape)
        # The floor keeps places that are all but perfect in normals (air) from blowing noise up.
        floor = max(FLOOR_SHARE * self._typical, self.floor)
        ratio = patch_map / (expected + floor)
        inside = expected > BODY_SHARE * self._typical
        seen = inside & np.isfinite(ratio)
        if self.floor or not seen.any():
            return ratio
        own = float(np.median(ratio[seen]))
        usual = float(np.median(expected[inside] / (expected[inside] + floor)))
        # A slice that is explained perfectly has no level of its own to divide by.
        return ratio / usual / max(own / usual, LEAST_OWN_LEVEL)

    @property
    def _typical(self) -> float:
        """The median over places where normals differ at all (air outside the body never does)."""
        mean = self.maps.mean(0)
        seen = mean[mean > 0.05 * float(mean.max())]
        return float(np.median(seen)) if seen.size else 1.0


def _key(metric: str, patch_size: int) -> str:
    return f"expected.{metric}.{patch_size}"


def _thumbnails(pictures: np.ndarray) -> np.ndarray:
    """(N, R, R) to (N, 16, 16) float32 by averaging; smaller pictures are repeated first."""
    size = pictures.shape[-1]
    if size < THUMBNAIL:
        repeat = -(-THUMBNAIL // size)
        pictures = pictures.repeat(repeat, 1).repeat(repeat, 2)
        size = pictures.shape[-1]
    if size % THUMBNAIL:
        raise InputError(f"A calibration needs images of a multiple of {THUMBNAIL} pixels, not {size}.")
    part = size // THUMBNAIL
    blocks = pictures.astype(np.float32).reshape(len(pictures), THUMBNAIL, part, THUMBNAIL, part)
    thumbnails: np.ndarray = blocks.mean((2, 4))
    return thumbnails


def _linear(size: int, count: int, stride: int) -> np.ndarray:
    """(size, count) weights that interpolate ``count`` samples, ``stride`` apart, at 0..size-1."""
    where = np.minimum(np.arange(size) / stride, count - 1)
    below = np.minimum(where.astype(int), max(count - 2, 0))
    weights = np.zeros((size, count), np.float32)
    share = (where - below).astype(np.float32)
    weights[np.arange(size), below] = 1 - share
    if count > 1:
        weights[np.arange(size), below + 1] = share
    return weights
