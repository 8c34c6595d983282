"""What the network is shown of a slice: itself, its neighbours, and what the base says of it; 8 bits a pixel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...models.card import ModelCard
from ...score import to_gray8
from .energy import Energy

BELOW, SLICE, ABOVE, WIDE, RESTORED, HEAT, LEFTOVER, ENERGY = range(8)
COUNT = 8
"""Planes: the slice below, the slice, the one above, and the slice again in a wide window; the base's reconstruction
and heat; what that leaves over in units of what is usual there, and how unusual its energy is."""
WIDE_WINDOW = (2000.0, 0.0)
"""Width and level in HU of what a reader's window cuts off."""
MOST_HEAT, MOST_LEFTOVER, MOST_ENERGY = 30.0, 6.0, 6.0


class Planes:
    """Makes planes of slices in [-1, 1] of a base's window."""

    def __init__(self, card: ModelCard) -> None:
        """Of the base: its window, and that to read in."""
        self.window, self.level = card.window, card.level
        width, middle = card.recommended.get("shown") or (card.window, card.level)
        self.shown = float(width), float(middle)

    def said(self, around: Sequence[np.ndarray], restored: np.ndarray, heat: np.ndarray | None) -> np.ndarray:
        """(6, R, R) uint8 of (below, slice, above) and what the base says, all (R, R) float32."""
        pictures = [self._seen(image, self.shown) for image in around]
        warmth = np.zeros_like(restored) if heat is None else np.log1p(np.clip(heat, 0, MOST_HEAT))
        hot = np.rint(warmth * (255 / np.log1p(MOST_HEAT))).astype(np.uint8)
        return np.stack([*pictures, self._seen(around[1], WIDE_WINDOW), self._seen(restored, self.shown), hot])

    def _seen(self, image: np.ndarray, window: tuple[float, float]) -> np.ndarray:
        hu = image * np.float32(self.window / 2) + np.float32(self.level)
        picture: np.ndarray = to_gray8((hu - np.float32(window[1])) / np.float32(window[0] / 2))
        return picture


def completed(said: np.ndarray, energy: Energy, check: Callable[[], None] = lambda: None) -> np.ndarray:
    """(8, R, R) uint8: the planes of :meth:`Planes.said` and what the energy says of them."""
    leftover, level = energy.of(said[SLICE], said[RESTORED], check)
    return np.concatenate([said, np.stack([to_gray8(leftover / MOST_LEFTOVER), to_gray8(level / MOST_ENERGY)])])


def heat_of(planes: np.ndarray) -> np.ndarray:
    """(R, R) float32: the base's heat, as far as planes tell it."""
    heat: np.ndarray = np.expm1(planes[HEAT].astype(np.float32) * np.float32(np.log1p(MOST_HEAT) / 255))
    return heat


def energy_of(planes: np.ndarray) -> np.ndarray:
    """(R, R) float32: how unusual the energy is, in standard deviations either way."""
    unusual: np.ndarray = np.abs(planes[ENERGY].astype(np.float32) - np.float32(127.5)) * np.float32(
        MOST_ENERGY / 127.5
    )
    return unusual
