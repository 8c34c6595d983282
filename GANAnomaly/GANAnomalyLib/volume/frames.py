"""How the slices of one volume are brought to a network: all alike, or each by the box around its own body."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from ..errors import InputError
from .framing import Frame, PlaneBox


class Frames:
    """A :class:`Frame` for each slice of one volume, or one for all of them.

    Arrays of pictures follow ``numbers``, the slices' places in the volume; None for all of them in order.
    """

    def __init__(self, frames: Sequence[Frame]) -> None:
        first = frames[0]
        self._frames = [first] if all(frame == first for frame in frames) else list(frames)

    @classmethod
    def fit(
        cls,
        shape: tuple[int, int, int],
        spacing_mm: tuple[float, float, float],
        resolution: int,
        boxes: Sequence[PlaneBox] | None = None,
    ) -> Frames:
        """The frames of slices (S, H, W), of whole slices or of a box in each; raises as :meth:`Frame.fit`."""
        count, height, width = shape
        known: dict[PlaneBox | None, Frame] = {}  # neighbours share the weights of one frame
        frames = []
        for box in [None] * count if boxes is None else boxes:
            if box not in known:
                known[box] = Frame.fit(height, width, *spacing_mm[1:], resolution, box=box)
            frames.append(known[box])
        return cls(frames)

    def __getitem__(self, number: int) -> Frame:
        return self._frames[number if len(self._frames) > 1 else 0]

    @property
    def resolution(self) -> int:
        """The side of the network's picture in pixels."""
        return self._frames[0].resolution

    @property
    def plane(self) -> tuple[int, int]:
        """Rows and columns of a slice."""
        return self._frames[0].height, self._frames[0].width

    def pixel_mm(self, numbers: Sequence[int] | None = None) -> float:
        """Millimetres a network pixel is wide and high, on the average of the slices."""
        chosen = self._frames if numbers is None else [self[number] for number in numbers]
        return float(np.mean([frame.pixel_mm for frame in chosen]))

    def to_network(
        self, slices_hu: np.ndarray, window: float, level: float, numbers: Sequence[int] | None = None
    ) -> np.ndarray:
        """:meth:`Frame.to_network` of slices (N, H, W)."""
        out = np.empty((len(slices_hu), self.resolution, self.resolution), np.float32)
        for frame, part in self._runs(len(slices_hu), numbers):
            out[part] = frame.to_network(slices_hu[part], window, level)
        return out

    def from_network(self, maps: np.ndarray, numbers: Sequence[int] | None = None, fill: float = 0.0) -> np.ndarray:
        """:meth:`Frame.from_network` of maps (N, R, R)."""
        out = np.empty((len(maps), *self.plane), np.float32)
        for frame, part in self._runs(len(maps), numbers):
            out[part] = frame.from_network(maps[part], fill)
        return out

    def mask_to_network(self, mask: np.ndarray, numbers: Sequence[int] | None = None) -> np.ndarray:
        """:meth:`Frame.mask_to_network` of masks (N, H, W)."""
        out = np.empty((len(mask), self.resolution, self.resolution), bool)
        for frame, part in self._runs(len(mask), numbers):
            out[part] = frame.mask_to_network(mask[part])
        return out

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON: those of a frame, and a box for each slice where they differ."""
        first = self._frames[0]
        if len(self._frames) == 1:
            return first.to_dict()
        edges = np.array([frame.box for frame in self._frames])
        around = [edges[:, 0].min(), edges[:, 1].max(), edges[:, 2].min(), edges[:, 3].max()]
        return {**first.to_dict(), "box": [int(edge) for edge in around], "boxes": edges.tolist()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Frames:
        """The inverse of :meth:`to_dict`; raises :class:`InputError` as :meth:`Frame.from_dict`."""
        boxes = data.get("boxes", [data.get("box")])
        if not isinstance(boxes, list) or not boxes:
            raise InputError("The stored framing of the slices is damaged: run the analysis again.", "boxes")
        known: dict[str, Frame] = {}
        return cls([known.setdefault(str(box), Frame.from_dict({**data, "box": box})) for box in boxes])

    def _runs(self, length: int, numbers: Sequence[int] | None) -> Iterator[tuple[Frame, slice]]:
        """Neighbours with the same frame together."""
        if len(self._frames) == 1:
            yield self._frames[0], slice(0, length)
            return
        chosen = range(len(self._frames)) if numbers is None else numbers
        if len(chosen) != length:
            raise ValueError(f"{length} pictures for {len(chosen)} slices")
        start = 0
        for _, run in groupby(chosen, key=lambda number: id(self._frames[number])):
            stop = start + len(list(run))
            yield self[chosen[start]], slice(start, stop)
            start = stop
