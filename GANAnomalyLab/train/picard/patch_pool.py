"""Normal slices to train on, and the patches drawn from them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.errors import InputError

from .picard_config import PicardConfig
from .picard_losses import discount

TRIES = 8
CHECKED = 32
BRIGHT = 0.02
"""A pixel is tissue when it is brighter than the window's floor by more than this share of the window."""


class Pool:
    """Framed slices (S, R, R) or (S, R, R, C), uint8 or uint16 over the whole of the window; may lie on disk."""

    def __init__(self, slices: np.ndarray) -> None:
        if slices.ndim not in (3, 4) or slices.dtype not in (np.uint8, np.uint16):
            raise ValueError(f"slices of shape {slices.shape} and kind {slices.dtype} are not a pool")
        self.slices = slices
        self.top = float(np.iinfo(slices.dtype).max)
        self.floor = BRIGHT * self.top

    def __len__(self) -> int:
        return len(self.slices)

    @property
    def side(self) -> int:
        """Pixels of a slice's side."""
        return self.slices.shape[1]

    @property
    def channels(self) -> int:
        return 1 if self.slices.ndim == 3 else self.slices.shape[3]

    def mark(self) -> str:
        """A short text that other images hardly share: their number, their size, and a checksum of some of them."""
        total = 0
        for index in np.unique(np.linspace(0, len(self) - 1, CHECKED).astype(int)):
            total = zlib.crc32(np.ascontiguousarray(self.slices[index]).data, total)
        return f"{len(self)} of {'x'.join(map(str, self.slices.shape[1:]))}, {total:08x}"

    def patch(self, index: int, row: int, col: int, size: int) -> np.ndarray:
        """(size, size[, C]) of a slice, as stored."""
        return self.slices[index, row : row + size, col : col + size]

    def tissue(self, patch: np.ndarray) -> float:
        """The share of a patch that is brighter than the window's floor."""
        return float(self.bright(patch).mean())

    def bright(self, patch: np.ndarray) -> np.ndarray:
        """Where a patch (s, s[, C]) is brighter than the window's floor."""
        return (patch if patch.ndim == 2 else patch.max(-1)) > self.floor


@dataclass
class Batch:
    """One iteration's patches and holes.

    ``images`` (N, C, w, w) float32 in [-1, 1]; ``mask`` and ``weight`` (N, 1, w, w) float32: 1 in the hole, and the
    discount there; ``corners`` (N, 2) the row and column of each hole's square before its edges moved in; ``share``
    (2, N, 1, 1, 1) the mixing of the two gradient penalties.
    """

    images: np.ndarray
    mask: np.ndarray
    weight: np.ndarray
    corners: np.ndarray
    share: np.ndarray


class Sampler:
    """Batches by number: the same number gives the same batch, whatever was drawn before.

    That makes a resumed run exact without any generator's state in the snapshots.
    """

    def __init__(self, pool: Pool, config: PicardConfig, batch: int | None = None, stream: int = 0) -> None:
        if len(pool) == 0:
            raise InputError("There is nothing to train on: no slice holds enough tissue.")
        self.pool, self.config, self.stream = pool, config, stream
        self.batch = batch or config.batch
        self.used = max(1, round(config.subset * len(pool)))
        self.epoch_length = max(1, -(-self.used // self.batch))

    def draw(self, number: int) -> Batch:
        """Batch ``number``, from 0; in each run of ``epoch_length`` of them every slice comes once (or nearly)."""
        config = self.config
        random = np.random.default_rng([config.seed, self.stream, 1, number])
        images = np.stack([self._crop(index, random) for index in self._indices(number)])
        images = images.astype(np.float32) * np.float32(2 / self.pool.top) - np.float32(1)
        images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
        count = len(images)
        mask, weight = np.zeros((2, count, 1, config.window, config.window), np.float32)
        corners = np.empty((count, 2), int)
        for n in range(count):
            if n and config.same_hole:
                mask[n], weight[n], corners[n] = mask[0], weight[0], corners[0]
                continue
            corners[n], box = draw_hole(config, random)
            where = (n, 0, slice(*box[0]), slice(*box[1]))
            mask[where] = 1
            weight[where] = discount(box[0][1] - box[0][0], box[1][1] - box[1][0], config.gamma)
        share = random.random((2, count, 1, 1, 1), dtype=np.float32)
        return Batch(np.ascontiguousarray(images), mask, weight, corners, share)

    def _indices(self, number: int) -> np.ndarray:
        """Slices of a batch. The last batch of an epoch is filled up with the first slices of its shuffle."""
        epoch, place = divmod(number, self.epoch_length)
        seeds = [self.config.seed, self.stream]
        chosen = np.random.default_rng([*seeds, 2]).permutation(len(self.pool))[: self.used]
        order = np.random.default_rng([*seeds, 3, epoch]).permutation(self.used)
        return chosen[order[np.arange(place * self.batch, (place + 1) * self.batch) % self.used]]

    def _crop(self, index: int, random: np.random.Generator) -> np.ndarray:
        """A window with enough tissue, each as likely as any other; where a slice has none, the one with most."""
        size, room = self.config.window, self.pool.side - self.config.window + 1
        for _ in range(TRIES):
            row, col = random.integers(room, size=2)
            patch = self.pool.patch(index, row, col, size)
            if self.pool.tissue(patch) >= self.config.tissue:
                return patch
        # Tissue is rare here: look at all windows once instead of guessing on.
        shares = window_shares(self.pool.bright(self.pool.slices[index]), size)
        row, col = random.choice(np.argwhere(shares >= min(self.config.tissue, shares.max())))
        return self.pool.patch(index, row, col, size)


def window_shares(bright: np.ndarray, size: int) -> np.ndarray:
    """(R, R) bool to (R - size + 1, R - size + 1): the share that is True in the window beginning at each pixel."""
    sums = np.zeros((bright.shape[0] + 1, bright.shape[1] + 1), np.int64)
    np.cumsum(bright.cumsum(0, dtype=np.int64), 1, out=sums[1:, 1:])
    return (sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]) / size**2


def draw_hole(config: PicardConfig, random: np.random.Generator) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """The (row, column) of a hole's square, and its ((r0, r1), (c0, c1)) after its edges moved in by the jitter."""
    corner, box = np.empty(2, int), []
    for axis in range(2):
        margin, jitter = config.margin[axis], config.jitter[axis]
        start = int(random.integers(margin, config.window - config.hole - margin + 1))
        first, last = random.integers(0, jitter // 2 + 1, size=2)
        corner[axis] = start
        box.append((start + int(first), start + config.hole - int(last)))
    return corner, box
