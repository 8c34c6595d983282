"""A scorer's run: the base explains clean slices, then made-up examples, and the network learns from that."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.scorer import planes
from GANAnomalyLib.detectors.scorer.detector import base_scores, learned_of
from GANAnomalyLib.detectors.scorer.energy import Energy
from GANAnomalyLib.detectors.scorer.load import base_facts, scorer_tensors
from GANAnomalyLib.detectors.scorer.network import ScorerNetwork
from GANAnomalyLib.detectors.scorer.scales import NAMES, Scales, scale_of
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.score.differences import Differences

from ...images import split_by_patient
from ..loop.loss_sums import Losses
from ..loop.run_devices import Team
from ..loop.sample_sheet import sheet
from ..loop.trainer import SHOWN, Trainer
from .example_bank import LABEL, Bank, BankReals, as_shown
from .explainer import EACH, TOGETHER, Explainer
from .losses import rate_at, scorer_loss
from .stacks import Stacks

if TYPE_CHECKING:
    from ...images import ImageSet
    from .settings import ScorerTrainerSettings

REFERENCE_SHARE, JUDGED_SHARE = 0.25, 0.15
"""Of the patients: those whose remainders are kept in the model, and where none are held out, those that scores are
scaled by; neither is learnt from."""
MEASURED_EVERY = 20
"""One in so many examples is made of held-out patients, and only measured on."""
LONGEST, DECAY, ALONE, SHIFT = 1.0, 1e-5, 0.15, 0.06
"""Norm that gradients are cut to; weight decay; share of slices of which a neighbour is not shown; how far slices are
moved, as a share of their side."""


class ScorerTrainer(Trainer):
    """Its clock counts steps of explaining, some slices each, and then those of learning."""

    makes = "scorer"
    settings: ScorerTrainerSettings

    def __init__(
        self,
        settings: ScorerTrainerSettings,
        images: ImageSet,
        held_out: ImageSet | None,
        device: str,
        team: Team,
    ) -> None:
        self.base = load_model(settings.base_path(), device)
        if images.resolution != self.base.card.resolution:
            raise InputError(
                f"The normals have {images.resolution} pixels a side and the base {self.base.card.resolution}: they "
                "must be the same."
            )
        if len(np.unique(images.patients)) < (2 if held_out is not None else 3):
            raise InputError("A scorer needs normals of three patients or more, better of twenty: give more.")
        super().__init__(settings, images, held_out, device, team)
        self.explainer = Explainer(self.base, device, settings.seed)
        learnt, references = split_by_patient(images, REFERENCE_SHARE, settings.seed)
        judged = held_out
        if judged is None:
            learnt, judged = split_by_patient(learnt, JUDGED_SHARE, settings.seed)
        self.learnt_from, self.references, self.judged = (self._stacks(one) for one in (learnt, references, judged))
        self.chosen = [
            *((self.references, one) for one in self.references.spread(settings.clean)),
            *((self.judged, one) for one in self.judged.spread(max(settings.clean // 2, 4))),
        ]
        self.referring = len(self.references.spread(settings.clean))
        examples = -(-settings.bank // EACH)
        self.measured = -(-examples // MEASURED_EVERY) if held_out is not None and examples > 1 else 0
        self.cleaning = -(-len(self.chosen) // TOGETHER)
        self.preparing = self.cleaning + examples
        count = len(self.chosen) + EACH * examples
        self.bank = Bank(self.folder, count, images.resolution)
        stop = count - EACH * self.measured
        self.reals: BankReals = BankReals(images, settings.batch, settings.seed, self.bank, len(self.chosen), stop)
        last = self.preparing + (settings.steps if self.learns else 0)
        self.pace = dataclasses.replace(self.pace, last=last)
        self.begun = 0.0

    def _stacks(self, images: ImageSet) -> Stacks:
        return Stacks(images, self.settings.window, self.settings.level)

    @property
    def learns(self) -> bool:
        """Whether there is a network, and not the energy only."""
        return self.settings.bank > 0

    @property
    def network(self) -> ScorerNetwork:
        network = self.networks["network"]
        assert isinstance(network, ScorerNetwork)
        return network

    def build(self) -> dict[str, nn.Module]:
        """See :class:`Trainer`."""
        if not self.learns:
            return {}
        width = self.settings.width
        return {"network": ScorerNetwork(planes.COUNT, self._widths(width), self.settings.shrink)}

    @staticmethod
    def _widths(width: int) -> list[int]:
        return [width, 2 * width, 4 * width, 8 * width, 10 * width]

    def optimise(self) -> dict[str, torch.optim.Optimizer]:
        """See :class:`Trainer`."""
        if not self.learns:
            return {}
        rate = self.settings.learning_rate
        return {"main": torch.optim.AdamW(self.network.parameters(), rate, weight_decay=DECAY)}

    def step(self, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`Task`: some slices are explained, or a batch of what was is learnt from."""
        if self._steps >= self.preparing:
            if self._steps == self.preparing:
                self.begun = done
            return super().step(done, check)
        if self._steps < self.cleaning:
            self._explain_clean(self._steps, check)
        else:
            number = self._steps - self.cleaning
            held_out = number >= self.preparing - self.cleaning - self.measured
            stacks = self.judged if held_out else self.learnt_from
            rows = self.explainer.example(stacks, stacks, number, check)
            self.bank.write(len(self.chosen) + EACH * number, self._completed(rows, check))
        self._steps += 1
        return {}

    def _explain_clean(self, number: int, check: Callable[[], None]) -> None:
        first = number * TOGETHER
        part = self.chosen[first : first + TOGETHER]
        rows = [self.explainer.clean(stacks, [one], check) for stacks, one in part]
        self.bank.write(first, np.concatenate(rows))
        if number + 1 == self.cleaning:
            held = self.bank.read(0, len(self.chosen))
            self.explainer.check_unknown(held)
            self.bank.write(self.referring, self._completed(np.array(held[self.referring :]), check))

    @functools.cached_property
    def energy(self) -> Energy:
        """What is usual of the base's remainders; from the clean slices, which must have been explained."""
        held = self.bank.read(0, len(self.chosen))
        slices, restored = (np.array(held[:, layer]) for layer in (planes.SLICE, planes.RESTORED))
        first = self.referring
        differences = Differences.from_normals(slices[:first], restored[:first])
        return Energy.from_normals(differences, slices[first:], restored[first:])

    def _completed(self, rows: np.ndarray, check: Callable[[], None]) -> np.ndarray:
        """The layers that the energy gives."""
        for row in rows:
            check()
            row[: planes.COUNT] = planes.completed(row[: planes.LEFTOVER], self.energy, check)
        return rows

    def learn(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`Trainer`; ``images`` (n, 9, R, R) are the bank's rows in [-1, 1]."""
        check()
        most = round(SHIFT * images.shape[-1])
        down, across = torch.randint(-most, most + 1, (2,)).tolist()
        images = images.roll((down, across), (-2, -1))
        shown, label = images[:, : planes.COUNT], (images[:, LABEL:] + 1) / 2
        for neighbour in (planes.BELOW, planes.ABOVE):
            alone = torch.rand(len(shown), device=shown.device) < ALONE
            shown[alone, neighbour] = shown[alone, planes.SLICE]
        with self.precision.compute():
            logits = self.network(shown)
        losses = scorer_loss(logits, label)
        share = (done - self.begun) / max(1 - self.begun, 1e-9)
        for group in self.optimisers["main"].param_groups:
            group["lr"] = self.settings.learning_rate * rate_at(share)
        self.descend(losses["loss"], longest=LONGEST)
        return losses

    @torch.no_grad()
    def sample(self) -> None:
        """See :class:`Trainer`: the slice, how abnormal it was made and what the network says, of the same rows."""
        if self._steps < self.preparing or not self.learns:
            return
        first, stop = self.reals.stop, self.bank.shape[0]
        if first == stop:
            first = self.reals.first
        rows = self.bank.read(first, stop)
        network = self.averages["network"].eval()
        assert isinstance(network, ScorerNetwork)
        losses = []
        for part in np.array_split(np.arange(len(rows)), -(-len(rows) // self.settings.batch)):
            shown = as_shown(rows[part]).to(self.device)
            logits = network(shown[:, : planes.COUNT])
            losses.append(float(scorer_loss(logits, (shown[:, LABEL:] + 1) / 2)["loss"]))
        if self.measured:
            self.row({"held_out_loss": float(np.mean(losses))})
        chosen = np.unique(np.linspace(0, len(rows) - 1, SHOWN).round().astype(int))
        shown = as_shown(rows[chosen])
        said = network.logits(shown[:, : planes.COUNT].to(self.device)).sigmoid().cpu()[:, None] * 2 - 1
        self.networks["network"].train()
        self.show(sheet(torch.cat([shown[:, planes.SLICE, None], shown[:, LABEL:], said]), len(chosen)))

    def write_model(self, cancel: CancelToken) -> None:
        """See :class:`Task`; while the base explains there is none yet."""
        if self._steps >= self.preparing:
            super().write_model(cancel)

    def finish(self, spent: bool, cancel: CancelToken) -> None:
        """See :class:`Task`. Raises :class:`InputError` where the time was up before there was anything to learn."""
        if self._steps < self.preparing + bool(self.learns):
            self.save()
            raise InputError(
                "The time was up while the base was still explaining slices: give more --minutes to go on, or a "
                "smaller --bank in another folder."
            )
        super().finish(spent, cancel)

    def architecture(self) -> dict[str, Any]:
        """See :class:`Trainer`."""
        made = {"widths": list(self.network.widths), "shrink": self.network.shrink} if self.learns else {}
        return {**made, "base": base_facts(self.base)}

    def recommended(self) -> dict[str, Any]:
        """See :class:`Trainer`."""
        shown = self.base.card.recommended.get("shown")
        shares = {"learned": self.settings.learned if self.learns else 0.0, "energy": self.settings.energy}
        return shares if shown is None else {**shares, "shown": shown}

    def card(self) -> ModelCard:
        """See :class:`Trainer`; what is known of the base's pictures is known of these."""
        card, base = super().card(), self.base.card
        return dataclasses.replace(card, anatomy=card.anatomy or base.anatomy, pixel_mm=base.pixel_mm)

    def learnt(self) -> dict[str, Any]:
        """See :class:`Task`."""
        return {"steps": self.number, "explained": self.bank.shape[0], "base": self.base.card.name}

    def tensors(self) -> dict[str, Tensor]:
        """See :class:`Trainer`."""
        network = self.averages.get("network")
        return scorer_tensors(self.base, network, self.energy, self._scales())

    def _scales(self) -> Scales:
        """What normal slices of others show of each score."""
        held = self.bank.read(self.referring, len(self.chosen))[:, : planes.COUNT]
        own = self.explainer.detector.unit != ""
        found = dict.fromkeys(NAMES, (0.0, 1.0))
        for name in ("own", "energy") if own else ("energy",):
            found[name] = scale_of(base_scores(row)[name] for row in held)
        if self.learns:
            network = self.averages["network"].eval()
            assert isinstance(network, ScorerNetwork)
            found["learned"] = scale_of(learned_of(network, np.array(row), str(self.device)) for row in held)
            self.networks["network"].train()
        return Scales(np.array([found[name] for name in NAMES], np.float32))

    def write_state(self) -> None:
        """See :class:`Task`."""
        self.bank.keep()
        super().write_state()

    def state(self) -> dict[str, Any]:
        """See :class:`Trainer`."""
        return {**super().state(), "begun": self.begun}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See :class:`Trainer`. Raises :class:`InputError` where the bank is not as it was."""
        super().load_state(state)
        self.begun = float(state["begun"])
        done = min(self._steps, self.preparing)
        rows = min(done * TOGETHER, len(self.chosen)) + max(done - self.cleaning, 0) * EACH
        self.bank.check(rows)


TASK = ScorerTrainer
