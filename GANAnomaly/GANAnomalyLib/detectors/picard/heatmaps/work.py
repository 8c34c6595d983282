"""The windows' distances as completions come in, within the memory there is."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from ....errors import out_of_memory
from ....running.messages import Message
from ....running.progress import CancelToken
from ..load import PicardModel
from .completer import Begun, Completer
from .grid import Grid, resized
from .masks import Masks, stacked

Task = tuple[int, int]
"""A window's number and which of its completions."""

KEEP_BYTES = 256 << 20
"""What windows that may come again leave in memory together; those beyond it begin anew when they do."""


@dataclass
class _Held:
    begun: Begun
    truth: torch.Tensor
    features: torch.Tensor | None


class Work:
    """Completes holes and keeps their distances to the truth.

    ``distances`` is by space ("image", "feature") (windows, M) float32, NaN where not made yet. ``nearest`` is by
    window the completion nearest to the truth so far, (C, hole, hole) float16 at the network's size: half precision is
    finer than any grey level, and an image may have thousands of windows.
    """

    def __init__(
        self,
        model: PicardModel,
        grid: Grid,
        completer: Completer,
        masks: Masks,
        completions: int,
        spaces: tuple[str, ...],
        batch: int,
        cancel: CancelToken,
        notes: list[str],
        made: Callable[[list[Task]], None],
    ) -> None:
        self.model, self.grid, self.completer, self.masks = model, grid, completer, masks
        self.spaces, self.batch, self.cancel, self.notes, self.made = spaces, batch, cancel, notes, made
        self.device = next(model.inpainter.parameters()).device
        count = grid.skipped.size
        self.distances = {space: np.full((count, completions), np.nan, np.float32) for space in dict.fromkeys(spaces)}
        self.nearest: dict[int, torch.Tensor] = {}
        self._least = np.full(count, np.inf, np.float32)
        self._held: OrderedDict[int, _Held] = OrderedDict()

    def run(self, tasks: list[Task]) -> None:
        """Make these completions. Out of memory halves the batch; a batch of one that does not fit is an error."""
        todo = list(tasks)
        while todo:
            self.cancel.check()
            chunk = self._chunk(todo)
            try:
                with torch.inference_mode():
                    self._make(chunk)
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error) or self.batch == 1:
                    raise
                self.batch = max(self.batch // 2, 1)
                self.notes.append(Message("batch_halved_completions", batch=self.batch))
                self._held.clear()
                if self.device.type == "cuda":
                    torch.cuda.empty_cache()
                continue
            self.made(chunk)
            done = set(chunk)
            todo = [task for task in todo if task not in done]

    def forget(self) -> None:
        """Let go of what windows keep for more completions."""
        self._held.clear()

    def _chunk(self, todo: list[Task]) -> list[Task]:
        """Tasks to make together: of windows that have begun, else the first ones of new windows."""
        known = [task for task in todo if task[0] in self._held][: self.batch]
        if known:
            return known
        first: dict[int, Task] = {}
        for task in todo:
            first.setdefault(task[0], task)
        return list(first.values())[: self.batch]

    def _make(self, chunk: list[Task]) -> None:
        windows = [window for window, _ in chunk]
        columns = len(self.grid.columns)
        drop = stacked([self.masks(*divmod(window, columns), number) for window, number in chunk], self.device)
        if windows[0] in self._held:
            holes = self.completer.go_on([self._held[window].begun for window in windows], drop)
            held = [self._held[window] for window in windows]
        else:
            images = self.grid.windows(windows).to(self.device)
            inside = slice(*self.completer.hole)
            truths = images[..., inside, inside].clone()
            features = self._features(truths)
            holes, begun = self.completer.begin(images, drop)
            held = [
                _Held(one, truths[row : row + 1], None if features is None else features[row : row + 1])
                for row, one in enumerate(begun)
            ]
            self._hold(dict(zip(windows, held, strict=True)))
        self._measure(chunk, holes, held)

    def _measure(self, chunk: list[Task], holes: torch.Tensor, held: list[_Held]) -> None:
        truth = torch.cat([one.truth for one in held])
        found = {}
        if "image" in self.distances:
            found["image"] = torch.linalg.vector_norm((holes - truth).flatten(1), dim=1)
        made = self._features(holes)
        if made is not None:
            features = torch.cat([one.features for one in held if one.features is not None])
            found["feature"] = torch.linalg.vector_norm((made - features).flatten(1), dim=1)
        values = {space: value.cpu().numpy() for space, value in found.items()}
        for row, (window, number) in enumerate(chunk):
            for space, value in values.items():
                self.distances[space][window, number] = value[row]
            ranking = values[self.spaces[0]][row]
            if ranking < self._least[window]:
                self._least[window] = ranking
                self.nearest[window] = holes[row].to("cpu", torch.float16)

    def _features(self, holes: torch.Tensor) -> torch.Tensor | None:
        """The local critic's last feature map of holes, at the size it was trained on."""
        critic = self.model.local
        if "feature" not in self.distances or critic is None:
            return None
        return critic.features(resized(holes, self.model.hole))

    def _hold(self, new: dict[int, _Held]) -> None:
        self._held.update(new)
        size = next(iter(new.values())).begun.bytes
        while len(self._held) > max(len(new), KEEP_BYTES // size):
            self._held.popitem(last=False)
