"""Pictures made worse by a known amount: Gaussian noise of a variance, or Gaussian blur."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError

from ..images.raster import png_bytes, top_value
from ..images.sources import PICTURES, Source
from .convert_items import Step, convert
from .convert_set import Job, Outcome, Work
from .sink import Facts

LARGEST_KERNEL = 1001


@dataclass(frozen=True)
class DegradeOptions:
    """Noise, or blur, or blur and then noise.

    ``variance`` of the noise, on grey levels from 0 to 1. ``kernel``: the odd side of the blur's square in pixels;
    ``sigma`` its standard deviation in pixels, None for 0.3 ((kernel - 1) / 2 - 1) + 0.8, the usual choice for a
    kernel. ``seed``: the same seed and name of a picture give the same noise.
    """

    variance: float | None = None
    kernel: int | None = None
    sigma: float | None = None
    seed: int = 0

    def validate(self) -> None:
        """Raise :class:`InputError` for the first value that cannot be."""
        if self.variance is None and self.kernel is None:
            raise InputError("Nothing to do: give a variance of noise (--noise) or a kernel to blur with (--blur).")
        if self.variance is not None and not 0 <= self.variance <= 1:
            raise InputError(f"The variance must be from 0 to 1, as grey levels are, not {self.variance:g}.")
        if self.kernel is not None and (self.kernel % 2 == 0 or not 1 <= self.kernel <= LARGEST_KERNEL):
            raise InputError(f"The kernel must be an odd number up to {LARGEST_KERNEL}, not {self.kernel}.")
        if self.sigma is not None and (self.kernel is None or not 0 < self.sigma < 1e4):
            raise InputError("Sigma must be greater than zero, and needs a kernel (--blur).")
        if self.seed < 0:
            raise InputError(f"The seed must be zero or more, not {self.seed}.")

    @property
    def blur_sigma(self) -> float:
        """The blur's standard deviation in pixels."""
        assert self.kernel is not None
        return 0.3 * ((self.kernel - 1) / 2 - 1) + 0.8 if self.sigma is None else self.sigma


def degrade_dataset(source: Path | str, job: Job, options: DegradeOptions) -> Outcome:
    """The same pictures, names, sizes, depths and labels, as PNGs, made worse.

    Raises as :func:`~.run.make_set`; volumes are refused, as their values have no 0 and 1.
    """
    options.validate()

    def check(found: Source) -> None:
        found.need(PICTURES, "make pictures of them first (gananomaly dataset to-png)")

    def work(step: Step) -> Work:
        pixels = degrade(step.pixels(), options, step.name)
        return Work([step.product(".png", png_bytes(pixels, step.sink.compression))])

    def facts(found: Source) -> Facts:
        return Facts("degrade", dataclasses.asdict(options), found.intensity)

    return convert(source, job, work, facts, "Degrading pictures", check=check)


def degrade(pixels: np.ndarray, options: DegradeOptions, name: str = "") -> np.ndarray:
    """One picture, (H, W) or (H, W, 3) uint8 or uint16, made worse; the same shape and type.

    Blurred first. At the edges the picture is mirrored about its outermost pixels. Values beyond black and white are
    clipped, so that near them the noise is weaker than its variance. ``name`` makes the noise this picture's own.
    """
    top = top_value(pixels)
    values = pixels.astype(np.float64) / top
    if options.kernel is not None:
        values = _blurred(values, options.kernel, options.blur_sigma)
    if options.variance is not None:
        own = int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()[:8], "little")
        noise = np.random.default_rng([options.seed, own]).standard_normal(values.shape)
        values = values + math.sqrt(options.variance) * noise
    return np.rint(np.clip(values, 0.0, 1.0) * top).astype(pixels.dtype)


def _blurred(values: np.ndarray, kernel: int, sigma: float) -> np.ndarray:
    from scipy import ndimage

    places = np.arange(kernel) - kernel // 2
    weights = np.exp(-(places**2) / (2 * sigma**2))
    weights /= weights.sum()
    for axis in (0, 1):
        values = ndimage.convolve1d(values, weights, axis=axis, mode="mirror")
    return values
