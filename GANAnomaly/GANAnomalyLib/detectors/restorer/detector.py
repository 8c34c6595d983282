"""The base of restorers: slices in batches, brought to what the networks see and back, stopped when asked to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from ...errors import GANAnomalyError, InputError, out_of_memory
from ...models.score_units import ANOMALY_MAP
from ...running.messages import Message
from ...running.progress import CancelToken, ProgressCallback, no_progress
from ..base import Detector, DetectorOptions, SliceResult, State
from ..kinds import find_kind
from ..settings import Settings
from .load import RestorerModel

Told = Callable[[float], None]
"""Says how much of a batch is done (0 to 1), and raises where the user stopped: called at least once a second."""
MOST_AT_ONCE = 64
Made = TypeVar("Made")


@dataclass
class Restored:
    """What a batch would look like if it were normal, (n, C, R, R) around [0, 1], and where the kind makes one its
    anomaly map, (n, 1, R, R) or (n, R, R), 0 or more."""

    images: Tensor
    anomaly: Tensor | None = None


class RestorerDetector(Detector):
    """A kind gives :meth:`restore`, and may set ``at_128``: how many slices of 128 pixels fit in a batch.

    Attributes
    ----------
    settings: the kind's own, as they were read. model: its networks in ``model.parts``. device: as torch names it.
    check: raises where the user stopped; unlike ``told`` it may be called in any thread.
    """

    metric = "map"
    unit = ANOMALY_MAP
    at_128: int = 16

    def __init__(self, model: RestorerModel, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for settings that do not exist or do not fit it."""
        super().__init__(model, options)
        kind = find_kind(model.card.kind)
        self.settings: Settings = kind.settings.read(options.settings, options.mode)
        if options.mode == "reference" and not kind.published_mode:
            raise InputError(f"{kind.title} has no published way of its own: use mode fast.", field="mode")
        if options.steps is not None and not kind.searches:
            raise InputError(f"{kind.title} searches nothing in steps: leave the steps out.", field="steps")
        self.model, self.device, self.colours = model, options.device, model.channels == 3
        self.check: Callable[[], None] = CancelToken().check
        note = None if model.perceptual is None else model.perceptual.note()
        if note is not None:
            self.notes.append(note)

    @abstractmethod
    def restore(self, images: Tensor, told: Told) -> Restored:
        """The images (n, C, R, R) in [0, 1], on the device, as they would be if they were normal.

        What is drawn at random comes from :meth:`noise`, so that no slice depends on its batch.
        """

    def noise(self, images: Tensor, number: int = 0) -> Tensor:
        """Normal numbers like ``images``, the same for every slice (so that a map does not flicker from one to the
        next) and every time; ``number`` tells one draw from another."""
        random = torch.Generator().manual_seed((self.options.seed * 1_000_003 + number) % (1 << 63))
        return torch.randn(images.shape[1:], generator=random).to(images).expand(images.shape).clone()

    def explain(
        self,
        slices: np.ndarray,
        indices: list[int],
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
        known: Mapping[int, State] | None = None,
    ) -> Iterator[SliceResult]:
        """See :class:`~..base.Detector`. No slice needs another, so a known one is simply passed over."""
        known = known or {}
        # Batches are the same with and without known slices, because rounding depends on the batch.
        done = [index in known for index in indices]
        for first, found in self.in_batches(slices, self._restored, progress, cancel, done):
            for index, (picture, anomaly) in zip(indices[first : first + len(found)], found, strict=True):
                if index not in known:
                    state = {} if anomaly is None else {"anomaly": anomaly}
                    yield SliceResult(index, picture, anomaly, state=state)

    def in_batches(
        self,
        slices: np.ndarray,
        work: Callable[[np.ndarray, Told], Made],
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
        done: Sequence[bool] = (),
    ) -> Iterator[tuple[int, Made]]:
        """``work`` of slices (N, R, R) in [-1, 1], as many at a time as memory holds; batches all ``done`` are passed
        over. Yields the place of a batch's first slice, and what was made of the batch."""
        cancel, count, first = cancel or CancelToken(), len(slices), 0
        self.check = cancel.check
        batch = self.options.batch or self._batch(slices.shape[-1])
        while first < count:
            cancel.check()
            stop = min(first + batch, count)
            if done and all(done[first:stop]):
                first = stop
                continue

            def told(share: float, first: int = first, stop: int = stop) -> None:
                cancel.check()
                done = first + min(max(share, 0.0), 1.0) * (stop - first)
                progress(done / count, Message("explaining_slices", number=int(done), count=count))

            try:
                found = work(slices[first:stop], told)
            except (RuntimeError, MemoryError) as error:
                if isinstance(error, GANAnomalyError) or not out_of_memory(error) or stop - first == 1:
                    raise
                batch = max((stop - first) // 2, 1)
                self.notes.append(Message("batch_halved_slices", batch=batch))
                continue
            yield first, found
            first = stop
            progress(first / count, Message("explaining_slices", number=first, count=count))

    def as_seen(self, slices: np.ndarray) -> Tensor:
        """Slices (n, R, R), or in colours (n, 3, R, R), in [-1, 1] as the networks see them: (n, C, R, R) in [0, 1], on
        the device."""
        planes = slices[:, None] if slices.ndim == 3 else slices
        shown = torch.from_numpy(planes.astype(np.float32)).to(self.device)
        return ((shown + 1) / 2).expand(-1, self.model.channels, -1, -1).contiguous()

    def _batch(self, size: int) -> int:
        return max(1, min(MOST_AT_ONCE, self.at_128 * 128 * 128 // (size * size)))

    @torch.no_grad()
    def _restored(self, slices: np.ndarray, told: Told) -> list[tuple[np.ndarray, np.ndarray | None]]:
        made = self.restore(self.as_seen(slices), told)
        restored = made.images.float()
        pictures = (2 * (restored.mean(1) if slices.ndim == 3 else restored) - 1).clamp(-1, 1).cpu().numpy()
        if made.anomaly is None:
            return [(picture, None) for picture in pictures]
        maps = made.anomaly.float().reshape(len(slices), *slices.shape[-2:]).cpu().numpy()
        return list(zip(pictures, maps, strict=True))
