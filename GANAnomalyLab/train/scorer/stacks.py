"""Normal slices as stacks: which lie above each other, and their values in HU."""

from __future__ import annotations

import numpy as np

from ...images import ImageSet

DEPTH = 6
"""Neighbouring slices of an example. Anomalies may be taller: two of an example's slices are explained, and each is
shown with its neighbours, so that more would be made for nobody."""


class Stacks:
    """The slices of each file of a set in their order; a picture is a stack of one."""

    def __init__(self, images: ImageSet, window: float, level: float) -> None:
        self.images, self.window, self.level = images, window, level
        order = np.lexsort((images.slices, images.items))
        edges = np.flatnonzero(np.diff(images.items[order])) + 1
        self.rows = np.split(order, edges)

    @property
    def floor(self) -> float:
        """The window's lower end in HU."""
        return self.level - self.window / 2

    def hu(self, rows: np.ndarray) -> np.ndarray:
        """(n, R, R) float32."""
        shown = self.images.batch(rows).mean(1)
        return shown * np.float32(self.window / 2) + np.float32(self.level)

    def shown(self, hu: np.ndarray) -> np.ndarray:
        """The inverse of :meth:`hu`, cut to [-1, 1]."""
        cut: np.ndarray = np.clip((hu - np.float32(self.level)) / np.float32(self.window / 2), -1, 1)
        return cut

    def draw(self, rng: np.random.Generator, depth: int | None = None) -> np.ndarray:
        """(S,) rows of neighbouring slices: six at most, or ``depth``, a smaller stack's last one repeated."""
        lengths = np.array([len(rows) for rows in self.rows])
        rows = self.rows[int(rng.choice(len(lengths), p=lengths / lengths.sum()))]
        most = DEPTH if depth is None else depth
        first = int(rng.integers(max(len(rows) - most, 0) + 1))
        found = rows[first : first + most]
        return found if depth is None else found[np.minimum(np.arange(depth), len(found) - 1)]

    def spread(self, most: int) -> list[tuple[int, int]]:
        """(stack, place in it) of at most ``most`` slices, evenly chosen from all."""
        places = [(number, place) for number, rows in enumerate(self.rows) for place in range(len(rows))]
        chosen = np.unique(np.linspace(0, len(places) - 1, min(most, len(places))).round().astype(int))
        return [places[one] for one in chosen]

    def around(self, number: int, place: int) -> np.ndarray:
        """(3,) rows of a slice's neighbour below, itself and the one above; itself where there is none."""
        rows = self.rows[number]
        return rows[np.clip(np.arange(place - 1, place + 2), 0, len(rows) - 1)]
