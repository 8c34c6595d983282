"""How alike slices and their restorations are, inside and outside what is abnormal: MAE, SSIM, LPIPS or what stands
in for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.score.distances import dissimilarity_map

from .restored_scans import ScanPairs

_AT_ONCE = 8


@dataclass(frozen=True)
class Perceptual:
    """A perceptual distance: ``form`` says which (see :data:`~.indices.FORMS`), and ``distance`` takes two sets of
    pictures (n, R, R) uint8 to theirs at each pixel, (n, R, R) float32."""

    form: str
    distance: Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class ScanSimilarity:
    """One scan's means over the pixels that count; NaN where there is no such pixel, or no perceptual distance.

    ``mae`` in grey levels of the window (0..255), ``ssim`` -1..1, ``perceptual`` 0 or more; ``_blank``: against a
    picture of the window's floor (the perceptual one of healthy scans only); ``_in`` and ``_out``: inside the lesions,
    and outside them in the slices that show one.
    ``pixels_in`` and ``slices_in`` say over how many pixels of how many slices.
    """

    slices: int = 0
    mae: float = math.nan
    ssim: float = math.nan
    perceptual: float = math.nan
    ssim_blank: float = math.nan
    perceptual_blank: float = math.nan
    slices_in: int = 0
    pixels_in: int = 0
    mae_in: float = math.nan
    mae_out: float = math.nan
    ssim_in: float = math.nan
    ssim_out: float = math.nan
    perceptual_in: float = math.nan
    perceptual_out: float = math.nan


def likeness(
    pairs: ScanPairs, perceptual: Perceptual | None = None, cancel: CancelToken | None = None
) -> ScanSimilarity:
    """The means of one scan. SSIM is Wang et al. 2004 over uniform 7-pixel windows, LPIPS Zhang et al. 2018.

    Near a lesion's edge both look a few pixels to the other side: a thin lesion's inside is partly its surroundings.
    """
    cancel = cancel or CancelToken()
    means: dict[str, _Mean] = {}
    shown = np.zeros(len(pairs.originals), bool) if pairs.lesion is None else np.asarray(pairs.lesion.any((1, 2)))
    for first in range(0, len(pairs.originals), _AT_ONCE):
        cancel.check()
        part = slice(first, first + _AT_ONCE)
        original, restored, counted = pairs.originals[part], pairs.restored[part], pairs.counted[part]
        maps = {
            "mae": np.abs(original.astype(np.float32) - restored),
            "ssim": _ssim(original, restored),
            "ssim_blank": _ssim(original, np.zeros_like(original)),
        }
        if perceptual is not None:
            maps["perceptual"] = perceptual.distance(original, restored)
            if pairs.lesion is None:  # for RQI
                cancel.check()
                maps["perceptual_blank"] = perceptual.distance(original, np.zeros_like(original))
        for name, values in maps.items():
            _add(means, name, values[counted])
        if pairs.lesion is None:
            continue
        inside = pairs.lesion[part] & counted
        outside = counted & ~pairs.lesion[part] & shown[part, None, None]
        for name in ("mae", "ssim", "perceptual"):
            if name in maps:
                _add(means, f"{name}_in", maps[name][inside])
                _add(means, f"{name}_out", maps[name][outside])
    found = {name: mean.value for name, mean in means.items()}
    pixels = means["mae_in"].count if "mae_in" in means else 0
    return ScanSimilarity(slices=len(pairs.originals), slices_in=int(shown.sum()), pixels_in=pixels, **found)


@dataclass
class _Mean:
    total: float = 0.0
    count: int = 0

    @property
    def value(self) -> float:
        return self.total / self.count if self.count else math.nan


def _add(means: dict[str, _Mean], name: str, values: np.ndarray) -> None:
    mean = means.setdefault(name, _Mean())
    mean.total += float(values.sum(dtype=np.float64))
    mean.count += values.size


def _ssim(originals: np.ndarray, restored: np.ndarray) -> np.ndarray:
    return np.stack([1 - dissimilarity_map(a, b) for a, b in zip(originals, restored, strict=True)])
