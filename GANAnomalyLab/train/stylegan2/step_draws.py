"""All chance of a training step, made from the run's seed and the step's number alone.

Every process draws for the whole batch and keeps the rows that are its own. So a batch is the same however many
devices share it and in however many turns they compute it, and a run that goes on needs no random states.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

STREAMS = ("generator", "path", "discriminator", "real", "penalty", "grid", "encoder", "privacy")
"""What is drawn for: each has numbers of its own, so that one more draw for one changes no other."""


def shares(batch: int, parts: int, group: int) -> list[Tensor]:
    """The batch's rows, shared into ``parts`` so that the minibatch statistic stays as in the whole batch.

    The statistic compares rows i, i + batch/group, i + 2 batch/group, ...; each part holds whole such groups, its rows
    in an order that makes them groups again.
    """
    rows = torch.arange(batch).reshape(group, parts, batch // group // parts)
    return [rows[:, part].reshape(-1) for part in range(parts)]


def contiguous_shares(count: int, parts: int) -> list[Tensor]:
    """``count`` rows, shared as evenly as may be: some parts may be empty."""
    return list(torch.tensor_split(torch.arange(count), parts))


class StepDraws:
    """The random numbers of step ``number``; all on the CPU except the noise."""

    def __init__(self, seed: int, number: int, device: torch.device) -> None:
        self.seed, self.number, self.device = seed, number, device

    def words(self, stream: str, what: int, count: int = 1) -> list[int]:
        """``count`` seeds of 63 bits for one stream and use."""
        sequence = np.random.SeedSequence([self.seed, STREAMS.index(stream), what, self.number])
        return [int(word) >> 1 for word in sequence.generate_state(count, np.uint64)]

    def generator(self, stream: str, what: int) -> torch.Generator:
        """A generator on the CPU for one stream and use."""
        return torch.Generator().manual_seed(self.words(stream, what)[0])

    def latents(self, stream: str, count: int, z_dim: int) -> tuple[Tensor, Tensor]:
        """Two sets (count, z_dim) of z: the second is what styles are mixed with."""
        both = torch.randn(2, count, z_dim, generator=self.generator(stream, 0))
        return both[0], both[1]

    def cutoffs(self, stream: str, count: int, num_ws: int, probability: float) -> Tensor:
        """(count,) the first layer whose style comes from the second z; ``num_ws`` where styles are not mixed."""
        random = self.generator(stream, 1)
        place = torch.randint(1, num_ws, (count,), generator=random)
        mixed = torch.rand(count, generator=random) < probability
        return torch.where(mixed, place, num_ws)

    def rows(self, stream: str, count: int, of: int) -> np.ndarray:
        """(count,) int64 places in a table of ``of`` rows: whose labels the made images get."""
        return torch.randint(of, (count,), generator=self.generator(stream, 2)).numpy()

    def noise(self, stream: str, what: int, rows: Tensor, batch: int, size: int) -> Tensor:
        """(len(rows), size) N(0, 1) on the device; each row of the batch has a seed of its own, so only those asked
        for are made."""
        seeds = self.words(stream, 10 + what, batch)
        random = torch.Generator(self.device)
        made = torch.empty(len(rows), size, device=self.device)
        for place, row in enumerate(rows.tolist()):
            made[place].normal_(generator=random.manual_seed(seeds[row]))
        return made


def noise_maps(flat: Tensor, sides: Iterable[tuple[str, int]]) -> dict[str, Tensor]:
    """Noise (n, sum of squares) as maps (n, 1, side, side) by layer, for ``SynthesisNetwork.forward``."""
    maps, start = {}, 0
    for name, side in sides:
        maps[name] = flat[:, start : start + side * side].reshape(-1, 1, side, side)
        start += side * side
    return maps
