"""Pictures made worse by a known amount: Gaussian noise of a variance, or Gaussian blur."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from pathlib import Path

import numpy as np

from ..images.raster import png_bytes, top_value
from ..images.sources import PICTURES, Source
from .convert_items import ItemStep, convert
from .convert_set import ItemOutput, SetJob, SetOutcome
from .dataset_options import DegradeOptions
from .set_writer import SetFacts


def degrade_dataset(source: Path | str, job: SetJob, options: DegradeOptions) -> SetOutcome:
    """The same pictures, names, sizes, depths and labels, as PNGs, made worse.

    Raises as :func:`~.convert_set.make_set`; volumes are refused, as their values have no 0 and 1.
    """
    options.check()

    def check(found: Source) -> None:
        found.need(PICTURES, "make pictures of them first (gananomaly dataset to-png)")

    def work(step: ItemStep) -> ItemOutput:
        pixels = degrade(step.pixels(), options, step.name)
        return ItemOutput([step.product(".png", png_bytes(pixels, step.sink.compression))])

    def facts(found: Source) -> SetFacts:
        return SetFacts("degrade", dataclasses.asdict(options), found.intensity)

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
