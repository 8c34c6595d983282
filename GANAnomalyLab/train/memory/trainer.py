"""Looking at normal slices once, batch after batch, and remembering their codes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from GANAnomalyLib.detectors.memory.bank import SEEN, TOP, Bank
from GANAnomalyLib.detectors.memory.coder import CELL, WINDOWS, Coder
from GANAnomalyLib.detectors.memory.load import memory_tensors
from GANAnomalyLib.detectors.memory.search import nearest
from GANAnomalyLib.modalities import modality_code
from GANAnomalyLib.running.cores import on_cores

from ...features import published_weights
from ..loop import run_files
from ..loop.loss_sums import Losses
from ..loop.run_devices import Team
from ..loop.trainer import Trainer

if TYPE_CHECKING:
    from ...images import ImageSet
    from .settings import MemoryTrainerSettings

LEARNT_FROM = 240
"""Slices that the principal components are found from."""
JUDGED = 96
"""Slices of other patients whose highest distance says what is usual."""
OUTERMOST = 0.9995
"""Share of a code's numbers that lie within the whole numbers of the memory; the others are cut."""


class _Products(nn.Module):
    """Sums of products over all codes and their pixels, from which the pixels of a code follow by least squares."""

    codes: Tensor
    pixels: Tensor

    def __init__(self, numbers: int, pixels: int) -> None:
        super().__init__()
        self.register_buffer("codes", torch.zeros(numbers, numbers, dtype=torch.float64))
        self.register_buffer("pixels", torch.zeros(numbers, pixels, dtype=torch.float64))


class MemoryTrainer(Trainer):
    """Its clock counts batches of slices, each of which is looked at once."""

    makes = "memory"
    settings: MemoryTrainerSettings

    def __init__(
        self,
        settings: MemoryTrainerSettings,
        images: ImageSet,
        held_out: ImageSet | None,
        device: str,
        team: Team,
    ) -> None:
        self.folder = Path(str(settings.out))
        count = min(len(images), settings.slices)
        self.rows = np.unique(np.linspace(0, len(images) - 1, count).round().astype(int))
        super().__init__(settings, images, held_out, device, team)
        last = -(-len(self.rows) // settings.batch)
        self.pace = dataclasses.replace(self.pace, last=last, sample=None, snapshot=None)

    @property
    def coder(self) -> Coder:
        coder = self.networks["coder"]
        assert isinstance(coder, Coder)
        return coder

    @property
    def bank(self) -> Bank:
        bank = self.networks["bank"]
        assert isinstance(bank, Bank)
        return bank

    @property
    def products(self) -> _Products:
        products = self.networks["products"]
        assert isinstance(products, _Products)
        return products

    def build(self) -> dict[str, nn.Module]:
        """See :class:`Trainer`: the coder knows its components, the bank is empty."""
        settings = self.settings
        coder = Coder(
            settings.side,
            settings.components,
            settings.window,
            settings.level,
            settings.intensity,
            WINDOWS[modality_code(settings.modality)],
        )
        coder.network.load_state_dict({name: value.float() for name, value in published_weights().items()})
        coder.eval().requires_grad_(False)
        bank = Bank(len(self.rows), coder.places, coder.numbers, settings.share, settings.smooth)
        products = _Products(coder.numbers + 1, SEEN**2)
        if not run_files.states(self.folder):  # else they come from the state
            coder.to(self.device)
            chosen = self.rows[:: -(-len(self.rows) // LEARNT_FROM)]
            batches = [self._shown(self.images, part) for part in np.array_split(chosen, -(-len(chosen) // 8))]
            coder.learn(batches)
            with torch.no_grad():
                codes = torch.cat([coder(batch).flatten() for batch in batches[::4]]).abs().cpu().numpy()
            bank.step.fill_(max(settings.step, float(np.quantile(codes, OUTERMOST)) / TOP))
        return {"coder": coder, "bank": bank, "products": products}

    def step(self, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`Task`: one batch of slices is remembered; with the last one the memory is complete."""
        batch = self.settings.batch
        first = self._steps * batch
        rows = self.rows[first : first + batch]
        losses = self.learn(self._shown(self.images, rows), done, check)
        if self._steps + 1 == self.pace.last:
            self._complete(check)
        self._steps += 1
        return losses

    @torch.no_grad()
    def learn(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`Trainer`."""
        first = self._steps * self.settings.batch
        kept = self.bank.kept(self.coder(images))
        check()
        self.bank.codes[first : first + len(kept)] = kept
        codes = self.bank.remembered(kept).cpu().double()
        flat = torch.cat([codes, torch.ones(*codes.shape[:3], 1)], -1).flatten(0, 2)
        shown = functional.interpolate(images.cpu(), size=(self.coder.side,) * 2, mode="bilinear", align_corners=False)
        cells = _cells(shown).double()
        self.products.codes += (flat.T @ flat).to(self.device)
        self.products.pixels += (flat.T @ cells).to(self.device)
        return {}

    def _complete(self, check: Callable[[], None]) -> None:
        """What codes look like, and how far from the memory a normal slice usually is."""
        codes, pixels = self.products.codes.cpu(), self.products.pixels.cpu()
        damped = codes + torch.eye(len(codes), dtype=torch.float64) * (1e-6 * float(codes.diagonal().mean()))
        picture = torch.linalg.solve(damped, pixels).view_as(self.bank.picture).float()
        self.bank.picture.copy_(picture)
        self.bank.cpu()
        if self.settings.share:
            self._measure_apart(check)
        highest, common = [], []
        for asked, rows in self._judged(check):
            odd = self.bank.odd(*nearest(asked, self.bank.codes.numpy(), rows))
            highest.append(float(odd.max()))
            common.append(float(np.median(odd)))
        if highest:
            self.bank.common.fill_(float(np.median(common)))
            self.bank.usual.fill_(max(float(np.median(highest)), float(np.median(common)) * 1.01 + 1e-6))

    def _measure_apart(self, check: Callable[[], None]) -> None:
        """How far each remembered code is from those of other patients; stays 0 where there is one patient only."""
        patients, codes = self.images.patients[self.rows], self.bank.codes.numpy()

        def measured(row: int) -> Tensor | None:
            check()
            code = self.bank.remembered(self.bank.codes[row])
            rows = self.bank.resembling(code, len(self.rows))
            rows = rows[patients[rows] != patients[row]][: self.settings.candidates // 2 + 1]
            return self.bank.kept_apart(nearest(self.bank.asked(code), codes, rows)[0]) if len(rows) else None

        for row, apart in enumerate(on_cores(measured, range(len(self.rows)))):
            if apart is not None:
                self.bank.apart[row] = apart

    def _judged(self, check: Callable[[], None]) -> Any:
        """Slices to search, each with the remembered slices of other patients that it resembles."""
        own = self.held_out is None
        known = self.images if self.held_out is None else self.held_out
        chosen = np.unique(np.linspace(0, len(known) - 1, min(len(known), JUDGED)).round().astype(int))
        patients = self.images.patients[self.rows]
        for row in chosen:
            check()
            with torch.no_grad():
                code = self.coder(self._shown(known, np.array([row])))[0].cpu()
            rows = self.bank.resembling(code, len(self.rows))
            if own:
                rows = rows[patients[rows] != known.patients[row]]
            if len(rows):
                yield self.bank.asked(code), rows[: self.settings.candidates]

    def _shown(self, images: ImageSet, rows: np.ndarray) -> Tensor:
        return torch.from_numpy(images.batch(rows)).mean(1, keepdim=True).to(self.device)

    def architecture(self) -> dict[str, Any]:
        """See :class:`Trainer`."""
        names = ("side", "components", "intensity", "share", "smooth", "candidates")
        return {name: getattr(self.settings, name) for name in names} | {"remembered": len(self.rows)}

    def recommended(self) -> dict[str, Any]:
        """See :class:`Trainer`."""
        return {"shown": [self.settings.shown_window, self.settings.shown_level]}

    def tensors(self) -> dict[str, Tensor]:
        """See :class:`Trainer`."""
        return memory_tensors(self.coder, self.bank)


def _cells(images: Tensor) -> Tensor:
    """(n * P * P, 256) of images (n, 1, 8 P, 8 P): the pixels that each place tells of."""
    margin = (SEEN - CELL) // 2
    padded = functional.pad(images, (margin,) * 4, mode="replicate")
    return functional.unfold(padded, SEEN, stride=CELL).transpose(1, 2).flatten(0, 1)


TASK = MemoryTrainer
