"""Drawn skin lesions of two kinds, as a dermatoscope might show them, where no patient's may be had.

Plain on purpose: enough to try and to test what is made for pictures in colour. After the ABCD rule of dermatoscopy
(Nachbar et al., J Am Acad Dermatol 30, 1994) a benign lesion is symmetric, has a regular border and one colour; one
like a melanoma is asymmetric, has an irregular border and several colours. Both overlap: some benign ones are a little
irregular, and some melanomas hardly.
"""

from __future__ import annotations

import numpy as np

from GANAnomalyLib.errors import InputError

LESIONS_VERSION = 1
"""Raised whenever the same seed would give other pixels."""
BENIGN, MELANOMA = "benign", "malignant"
KINDS = (BENIGN, MELANOMA)
"""The classes 0 and 1, in the words of the ISIC 2020 table."""
LEAST_SIDE, MOST_SIDE = 32, 2048

_SKIN = np.array([[243, 214, 196], [232, 190, 160], [214, 164, 126], [177, 122, 84], [120, 78, 52], [80, 52, 38]])
_BROWNS = np.array([[158, 104, 70], [128, 80, 52], [98, 62, 44], [176, 122, 92]])
_SEVERAL = np.array([[150, 98, 62], [92, 54, 36], [42, 30, 28], [88, 92, 112], [176, 82, 72], [206, 178, 164]])
"""Light and dark brown, black, blue-grey, red and white, the colours that the rule counts."""


def virtual_lesion(seed: int, kind: str, side: int = 128, patient: int | None = None) -> np.ndarray:
    """A lesion on skin, (side, side, 3) uint8.

    The same ``seed``, ``kind`` and ``side`` give the same picture. ``patient`` seeds what all pictures of a person
    share, skin and hair; the seed's own where it is not given. Raises :class:`InputError` for another kind than those
    of :data:`KINDS`, and for sides out of range.
    """
    if kind not in KINDS:
        raise InputError(f"A drawn lesion is {' or '.join(KINDS)}, not {kind!r}.")
    if not LEAST_SIDE <= side <= MOST_SIDE:
        raise InputError(f"A drawn lesion has {LEAST_SIDE} to {MOST_SIDE} pixels a side, not {side}.")
    rng = np.random.default_rng([LESIONS_VERSION, KINDS.index(kind), seed])
    person = np.random.default_rng([LESIONS_VERSION, 77, seed if patient is None else patient])
    rows, columns = np.mgrid[0:side, 0:side] / side - 0.5
    skin = _skin(person, rng, side)
    shape, inside = _outline(rng, kind, rows, columns)
    picture = skin + inside[..., None] * (_pigment(rng, kind, shape, skin, side) - skin)
    _add_hairs(picture, person, rng, side)
    picture *= _light(rng, rows, columns)[..., None] * rng.normal(1, 0.02, 3)
    picture += rng.normal(0, rng.uniform(1.5, 4), picture.shape)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _skin(person: np.random.Generator, rng: np.random.Generator, side: int) -> np.ndarray:
    """(side, side, 3) skin in 0..255: a tone between two neighbours of the scale, blotches, and fine lines."""
    place = person.uniform(0, len(_SKIN) - 1.001)
    low = int(place)
    tone = _SKIN[low] + (place - low) * (_SKIN[low + 1] - _SKIN[low]) + person.normal(0, 4) + person.normal(0, 2, 3)
    blotches = _waves(rng, side, 0.12)[..., None] * np.array([4.0, 6.0, 5.0])
    lines = _waves(rng, side, 0.012)[..., None] * 3.0
    return tone + blotches + lines


def _outline(
    rng: np.random.Generator, kind: str, rows: np.ndarray, columns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How far each pixel lies from the middle, 1 on the border, and how much of it is lesion (0..1)."""
    middle, size = rng.normal(0, 0.05, 2), rng.uniform(0.17, 0.31)
    turn, long = rng.uniform(0, np.pi), rng.uniform(1.0, 1.3)
    y, x = rows - middle[0], columns - middle[1]
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    radius, angle = np.hypot(along / long, across * long), np.arctan2(across, along)
    # Irregularity is drawn from two laws that overlap.
    rough = rng.gamma(2.5, 0.016) if kind == BENIGN else 0.05 + rng.gamma(2.5, 0.03)
    border = np.ones_like(radius)
    for wave in range(1, 11):
        border += rough * rng.normal(0, 1) / wave**0.6 * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    shape = radius / (size * np.maximum(border, 0.3))
    soft = rng.uniform(0.05, 0.2)
    if kind == MELANOMA:  # abrupt on one side
        soft = soft * (1 + 0.75 * np.cos(angle + rng.uniform(0, 2 * np.pi)))
    return shape, 1 / (1 + np.exp(np.minimum((shape - 1) / (0.35 * soft), 500)))


def _pigment(rng: np.random.Generator, kind: str, shape: np.ndarray, skin: np.ndarray, side: int) -> np.ndarray:
    """(side, side, 3): one brown, darker in the middle; or several colours in patches."""
    base = _BROWNS[rng.integers(len(_BROWNS))] + rng.normal(0, 10) + rng.normal(0, 3, 3)
    made = base + np.clip(shape, 0, 1)[..., None] * rng.uniform(5, 30) + _waves(rng, side, 0.03)[..., None] * 4
    if kind == MELANOMA:
        count = 2 + rng.binomial(3, 0.55)
        chosen = _SEVERAL[rng.permutation(len(_SEVERAL))[:count]] + rng.normal(0, 4, (count, 3))
        fields = np.stack([_waves(rng, side, 0.1) for _ in range(count)])
        shares = np.exp(3 * fields)
        shares /= shares.sum(0)
        patches = np.tensordot(np.moveaxis(shares, 0, -1), chosen, 1)
        made = made + rng.uniform(0.45, 1.0) * (patches - made)
    # Pigment takes light away from what the skin gives back.
    return made * (skin.mean((0, 1)) / _SKIN[0]) ** 0.75


def _add_hairs(picture: np.ndarray, person: np.random.Generator, rng: np.random.Generator, side: int) -> None:
    """Draw a person's hairs, curved lines across the picture, into it."""
    from PIL import Image, ImageDraw

    count = int(rng.poisson(person.gamma(1.2, 3.0)))
    if not count:
        return
    colour = np.array([58, 40, 30]) * person.uniform(0.4, 1.6)
    drawn = Image.new("L", (4 * side, 4 * side))
    pen = ImageDraw.Draw(drawn)
    lean = person.uniform(0, np.pi)
    for _ in range(min(count, 40)):
        begin, heading = rng.uniform(-0.1, 1.1, 2) * 4 * side, lean + rng.normal(0, 0.4)
        steps = np.linspace(0, rng.uniform(0.3, 1.2) * 4 * side, 16)
        bend = heading + steps / (4 * side) * rng.normal(0, 0.7)
        points = list(zip(*(begin[:, None] + steps * np.stack([np.cos(bend), np.sin(bend)])).tolist(), strict=True))
        pen.line(points, fill=int(rng.uniform(120, 230)), width=max(2, round(4 * side * rng.uniform(0.004, 0.01))))
    cover = np.asarray(drawn.resize((side, side), Image.Resampling.BOX), np.float64)[..., None] / 255
    picture += cover * (colour - picture)


def _light(rng: np.random.Generator, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """A slope of light and darker corners, about 1 in the middle."""
    slope, dark = rng.normal(0, 0.15, 2), rng.uniform(0, 0.8)
    light: np.ndarray = rng.uniform(0.85, 1.1) * (1 + slope[0] * rows + slope[1] * columns)
    return light * (1 - dark * (rows**2 + columns**2))


def _waves(rng: np.random.Generator, side: int, width: float) -> np.ndarray:
    """Smooth noise (side, side) of unit deviation; ``width`` is that of its blobs, as a share of the side."""
    from scipy import ndimage

    noise = ndimage.gaussian_filter(rng.standard_normal((side, side)), max(width * side, 0.5), mode="wrap")
    smooth: np.ndarray = noise / max(float(noise.std()), 1e-9)
    return smooth
