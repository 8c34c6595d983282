"""What an image is like without any model: a few numbers that cost milliseconds, and what they may be.

Measures are kept as they are and judged when somebody asks, so that another limit needs no second look at the images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIDE = 256
"""Pixels of the longer side that most measures are taken at."""
_HASHED, _HASH = 32, 8
_GREY = 1 / 255
_TEXT_SIDE = 1024
_MOST_SPOTS = 4000
_IN_A_LINE = 4

MEASURES = (
    "brightness",
    "contrast",
    "dark",
    "white",
    "information",
    "sharpness",
    "border",
    "frame",
    "turned",
    "text",
    "aspect",
)


@dataclass(frozen=True)
class Check:
    """One thing that may be wrong.

    ``measure`` is out of order below ``low`` or above ``high``; with ``of_set`` limits count robust standard deviations
    (1.4826 times the median absolute deviation) from the median of the images of its kind.
    """

    name: str
    says: str
    measure: str
    low: float | None = None
    high: float | None = None
    of_set: bool = False

    def excess(self, values: np.ndarray) -> np.ndarray:
        """How far (N,) values are beyond the limits, in shares of the way from the middle: above 0 where flagged."""
        if self.of_set:
            middle = float(np.nanmedian(values)) if np.isfinite(values).any() else 0.0
            spread = 1.4826 * float(np.nanmedian(np.abs(values - middle))) if np.isfinite(values).any() else 0.0
            values = (values - middle) / max(spread, 1e-3 * max(abs(middle), 1.0))
        out = np.full(values.shape, -np.inf)
        if self.high is not None:
            out = np.maximum(out, values - self.high)
        if self.low is not None:
            out = np.maximum(out, self.low - values)
        scale = max(abs(self.high or 0.0), abs(self.low or 0.0), 1e-6)
        return np.nan_to_num(out / scale, nan=-np.inf)


CHECKS = (
    Check("blank", "hardly anything is to be seen", "information", low=2.0),
    Check("flat", "black and white lie close together", "contrast", low=0.15),
    Check("dark", "most of it is black: underexposed, or not windowed", "brightness", low=0.08),
    Check("overexposed", "most of it is white", "white", high=0.35),
    Check("blurred", "less sharp than the others", "sharpness", low=-5.0, of_set=True),
    Check("noisy", "grainier than the others", "sharpness", high=5.0, of_set=True),
    Check("inverted", "bright at the border and dark in the middle", "border", high=0.15),
    Check("cropped", "much of it is an empty frame", "frame", high=0.5),
    Check(
        "turned", "its symmetry is not that of the others: turned or lateral", "turned", low=-4.5, high=4.5, of_set=True
    ),
    Check("text", "letters are burnt in", "text", high=7.5),
    Check("odd_shape", "longer or wider than the others", "aspect", high=8.0, of_set=True),
)


def measure(levels: np.ndarray, small: np.ndarray | None = None) -> dict[str, float]:
    """The :data:`MEASURES` of (H, W) float32 grey levels from 0 (black) to 1 (white).

    ``small`` is the image :func:`shrunk` to :data:`SIDE`, where that is there already.
    """
    small = shrunk(levels, SIDE) if small is None else small
    counts = np.bincount((small * 255 + 0.5).astype(np.uint8).ravel(), minlength=256)
    shares = counts / small.size
    low, high = np.searchsorted(np.cumsum(shares), (0.01, 0.99)) / 255
    return {
        "brightness": float(small.mean()),
        "contrast": float(high - low),
        "dark": float(shares[:2].sum()),
        "white": float(shares[-2:].sum()),
        "information": _entropy(shares.reshape(64, 4).sum(1)),
        "sharpness": _sharpness(small),
        "border": _border(small),
        "frame": _frame(small),
        "turned": _turned(small),
        "text": float(_text(shrunk(levels, _TEXT_SIDE))),
        "aspect": max(levels.shape) / min(levels.shape),
    }


def perceptual_hashes(levels: np.ndarray) -> tuple[int, int]:
    """64 bits that near duplicates share all but a few of, and those of the image mirrored left to right.

    Signs of the lowest frequencies about their median (DCT of 32 x 32 pixels; Zauner, "Perceptual image hash
    functions", 2010), the mean left out.
    """
    from scipy.fft import dctn

    small = resized(levels, (_HASHED, _HASHED))
    out = []
    for picture in (small, small[:, ::-1]):
        low = dctn(picture, norm="ortho")[:_HASH, :_HASH].ravel()
        bits = low > np.median(low[1:])
        out.append(int.from_bytes(np.packbits(bits).tobytes(), "big"))
    return out[0], out[1]


def shrunk(levels: np.ndarray, side: int) -> np.ndarray:
    """The image with at most ``side`` pixels along its longer side, averaged."""
    longest = max(levels.shape)
    if longest <= side:
        return levels
    size = tuple(max(1, round(pixels * side / longest)) for pixels in levels.shape)
    return resized(levels, (size[0], size[1]))


def resized(levels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W) float32 averaged to (rows, columns)."""
    from PIL import Image

    picture = Image.fromarray(np.ascontiguousarray(levels, np.float32))
    steps = (levels.shape[0] // size[0], levels.shape[1] // size[1])
    exact = steps[0] == steps[1] and levels.shape == (steps[0] * size[0], steps[1] * size[1])
    # Whole steps first: the rest, where any is left, costs a tenth then, and differs by less than a grey level.
    step = steps[0] if exact else min(steps) // 2
    if step > 1:
        picture = picture.reduce(step)
    if exact:
        return np.asarray(picture)
    return np.asarray(picture.resize(size[::-1], Image.Resampling.BOX))


def _entropy(shares: np.ndarray) -> float:
    """In bits, of a histogram's shares."""
    seen = shares[shares > 0]
    return float(-(seen * np.log2(seen)).sum())


def _sharpness(small: np.ndarray) -> float:
    """log10 of the share of the variance that a mean over 3 x 3 pixels takes away."""
    fine = small - _mean_of_nine(small)
    return float(np.log10(max(float(fine.var()), 1e-9) / max(float(small.var()), 1e-6)))


def _mean_of_nine(small: np.ndarray) -> np.ndarray:
    """Over 3 x 3 pixels, the outermost ones repeated: as SciPy's uniform_filter, in a quarter of its time."""
    padded = np.pad(small, 1, mode="edge")
    columns = padded[:, :-2] + padded[:, 1:-1]
    columns += padded[:, 2:]
    out = columns[:-2] + columns[1:-1]
    out += columns[2:]
    out *= np.float32(1 / 9)
    return out


def _border(small: np.ndarray) -> float:
    """How much brighter the outermost twentieth is than the middle half."""
    tall, wide = small.shape
    edge = max(1, min(tall, wide) // 20)
    inside = small[edge:-edge, edge:-edge] if min(tall, wide) > 2 * edge else small[:0]
    rim = (float(small.sum()) - float(inside.sum())) / max(small.size - inside.size, 1)
    middle = small[tall // 4 : max(3 * tall // 4, tall // 4 + 1), wide // 4 : max(3 * wide // 4, wide // 4 + 1)]
    return rim - float(middle.mean())


def _frame(small: np.ndarray) -> float:
    """The share of the area that rows and columns of one value take from the edges inwards."""
    rows, columns = np.ptp(small, axis=1) > 0.02, np.ptp(small, axis=0) > 0.02
    if not rows.any() or not columns.any():
        return 1.0
    tall = np.flatnonzero(rows)[[0, -1]]
    wide = np.flatnonzero(columns)[[0, -1]]
    return float(1 - (tall[1] - tall[0] + 1) * (wide[1] - wide[0] + 1) / small.size)


def _turned(small: np.ndarray) -> float:
    """How much more alike left and right are than above and below: falls when an upright body lies down."""
    square = resized(small, (64, 64))
    centred = square - square.mean()
    power = max(float((centred**2).sum()), 1e-6)
    return float((centred * centred[:, ::-1]).sum() - (centred * centred[::-1]).sum()) / power


def _text(levels: np.ndarray) -> int:
    """How many small bright spots stand in lines, as letters do."""
    from scipy.ndimage import find_objects, label

    white = levels >= max(0.8 * float(levels.max()), 0.7)
    if not 0 < np.count_nonzero(white) < 0.1 * white.size:
        return 0
    spots, count = label(white)
    if count < _IN_A_LINE or count > _MOST_SPOTS:
        return 0
    letters = []
    for rows, columns in find_objects(spots):
        tall, wide = rows.stop - rows.start, columns.stop - columns.start
        if 5 <= tall <= 48 and 1 <= wide <= 1.5 * tall:
            letters.append((rows.stop, tall, columns.start))
    found = 0
    letters.sort()
    place = 0
    while place < len(letters):
        foot, tall, _ = letters[place]
        line = [one for one in letters[place : place + 200] if one[0] <= foot + 2 and abs(one[1] - tall) <= 0.35 * tall]
        found += len(line) if len(line) >= _IN_A_LINE else 0
        place += max(len(line), 1)
    return found
