"""Colours that mean the same everywhere: the heat table, the difference table, one colour a finding.

The tables are computed in OKLab (B. Ottosson, "A perceptual color space for image processing", 2020), where equal
steps look equally large, so that the eye reads no edge into a map that the numbers do not have.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

_LAB_TO_LMS = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_LMS_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)
_GOLDEN_ANGLE = 137.508
_FIRST_FINDING_HUE = 195.0


@lru_cache(maxsize=8)
def heat_table(colours: int = 256) -> np.ndarray:
    """(colours, 3) sRGB in 0..1 for the heatmap: dark violet over red to pale yellow, lightness rising evenly."""
    t = np.linspace(0.0, 1.0, colours)
    hue = np.interp(t, [0.0, 0.45, 1.0], [-65.0, 28.0, 106.0])
    chroma = np.interp(t, [0.0, 0.5, 0.85, 1.0], [0.14, 0.22, 0.18, 0.10])
    return _read_only(_srgb(0.28 + 0.70 * t, chroma, hue))


@lru_cache(maxsize=8)
def difference_table(colours: int = 256) -> np.ndarray:
    """(colours, 3) sRGB in 0..1 for CT minus reconstruction: blue (CT darker), near black (equal), orange."""
    t = np.linspace(-1.0, 1.0, colours)
    size = np.abs(t)
    return _read_only(_srgb(0.20 + 0.68 * size, 0.17 * size, np.where(t < 0, 245.0, 62.0)))


def finding_colour(number: int) -> tuple[float, float, float]:
    """sRGB in 0..1 of a finding, ``number`` counting from 0.

    Hues go round by the golden angle from cyan, so that neighbours in the list differ and the first, most looked at
    one is as far as can be from the heat table's violet, red and yellow.
    """
    hue = _FIRST_FINDING_HUE + _GOLDEN_ANGLE * number
    lightness = (0.86, 0.74, 0.80)[number % 3]
    red, green, blue = _srgb(np.array([lightness]), np.array([0.17]), np.array([hue]))[0]
    return float(red), float(green), float(blue)


def grey(values: np.ndarray, window: float, level: float) -> np.ndarray:
    """uint8 picture of Hounsfield units through a window, any shape."""
    low = level - window / 2
    picture: np.ndarray = (
        np.clip((np.asarray(values, dtype=np.float32) - low) / window, 0.0, 1.0) * 255.0 + 0.5
    ).astype(np.uint8)
    return picture


def heat_limits(heatmap: np.ndarray, threshold: float | None = None) -> tuple[float, float]:
    """Values of the first and the last colour of a heatmap, in its own units; below the first it stays clear.

    The first is ``threshold`` or, without one, the 95th percentile of what is not zero; the last is the 99.95th
    percentile of what is above the first, so that a single stray voxel does not darken the rest.
    """
    values = np.asarray(heatmap, dtype=np.float32)
    values = values[np.isfinite(values) & (values > 0)]
    if values.size == 0:
        low = 0.0 if threshold is None else float(threshold)
        return low, low + 1.0
    low = float(np.percentile(values, 95.0)) if threshold is None else float(threshold)
    above = values[values > low]
    high = float(np.percentile(above, 99.95)) if above.size else low
    return low, high if high > low else low + max(abs(low) * 1e-3, 1e-6)


def heat_rgba(heat: np.ndarray, low: float, high: float, opacity: float = 0.75) -> np.ndarray:
    """(..., 4) float colours of heat values: clear below ``low``, then fading in over the first tenth of the range."""
    t = np.clip((np.asarray(heat, dtype=np.float64) - low) / (high - low), 0.0, 1.0)
    table = heat_table()
    out = np.empty((*t.shape, 4))
    out[..., :3] = table[np.round(t * (len(table) - 1)).astype(int)]
    # A hard edge at the threshold would look like an anatomical border.
    out[..., 3] = np.where(heat >= low, opacity * np.clip(0.35 + 6.5 * t, 0.0, 1.0), 0.0)
    return out


def _srgb(lightness: np.ndarray, chroma: np.ndarray, hue_degrees: np.ndarray) -> np.ndarray:
    """OKLCh to sRGB; colours the screen cannot show lose chroma, not lightness or hue."""
    low, high = np.zeros_like(chroma), np.ones_like(chroma)
    for _ in range(20):
        middle = (low + high) / 2
        linear = _linear(lightness, chroma * middle, hue_degrees)
        fits = np.all((linear >= -1e-6) & (linear <= 1.0 + 1e-6), axis=-1)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    linear = np.clip(_linear(lightness, chroma * low, hue_degrees), 0.0, 1.0)
    srgb: np.ndarray = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return srgb


def _linear(lightness: np.ndarray, chroma: np.ndarray, hue_degrees: np.ndarray) -> np.ndarray:
    angle = np.radians(hue_degrees)
    lab = np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], axis=-1)
    linear: np.ndarray = (lab @ _LAB_TO_LMS.T) ** 3 @ _LMS_TO_RGB.T
    return linear


def _read_only(table: np.ndarray) -> np.ndarray:
    table.setflags(write=False)
    return table
