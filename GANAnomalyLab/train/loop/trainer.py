"""The base of trainers on normal images: a subclass gives networks, one step, and what the model's card says."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.modalities import modality_code
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.running.seeded import seeded

from . import run_files, run_state
from .ema import kept_share, move_average
from .loss_sums import Losses
from .patience import Patience
from .precision import Precision
from .reals import Reals
from .run_devices import Team
from .sample_sheet import sheet
from .task import Pace, Task, all_finite
from .trainer_settings import TrainerSettings

if TYPE_CHECKING:
    from ...images import ImageSet

SHOWN = 8
"""Images that are shown and measured on the way, the same each time."""
JUDGED = 64
"""Held out images that decide whether training ends early."""


class Trainer(Task):
    """A training on normal images; its clock counts steps.

    A subclass sets ``makes`` (the kind of detector that its models are for) and gives :meth:`build`, :meth:`learn` and
    :meth:`architecture`; :meth:`restore` too where there is something to show. Random numbers that it draws from torch
    follow from the seed and the step's number, so that a run that goes on draws what it would have drawn.

    Attributes
    ----------
    settings: the subclass's own :class:`TrainerSettings`. images, held_out: what is learnt from, and what is only
        measured on (None where nothing is held out).
    networks, averages: by name, what learns and the averages of its weights (the same networks where ``ema`` is 0).
    optimisers: by name. precision: what networks compute in. labels: (n, L) of the step's images, None without any.
    """

    makes: ClassVar[str]

    def __init__(
        self, settings: TrainerSettings, images: ImageSet, held_out: ImageSet | None, device: str, team: Team
    ) -> None:
        pace = Pace(
            settings.steps,
            settings.minutes,
            settings.log_every,
            settings.sample_every,
            settings.snapshot_every,
            settings.state_minutes,
            rest=True,
        )
        super().__init__(Path(str(settings.out)), pace, team, device)
        self.settings, self.images, self.held_out = settings, images, held_out
        self.reals = Reals(images, settings.batch, settings.seed, images.classes > 0, settings.workers)
        self.precision = Precision(settings.precision, self.device)
        share = settings.batch // team.world
        self._rows = torch.arange(team.rank * share, (team.rank + 1) * share)
        with seeded(settings.seed):
            self.networks = self.build()
        for network in self.networks.values():
            network.to(self.device).train()
        self.averages = self.networks
        if settings.ema:
            self.averages = {name: copy.deepcopy(one).requires_grad_(False) for name, one in self.networks.items()}
        self.optimisers = self.optimise()
        self.patience = Patience(settings.patience if held_out is not None else 0)
        self._steps = 0
        self.labels: Tensor | None = None

    @abstractmethod
    def build(self) -> dict[str, nn.Module]:
        """New networks by name, on the CPU; their first weights come from the seed."""

    @abstractmethod
    def learn(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """One step from images (n, C, R, R) in [-1, 1], this device's share of the batch; ``done`` as for :meth:`step`.

        Compute losses within ``self.precision.compute()`` where networks run, as means over ``images``, and hand each
        optimiser's to :meth:`descend`. Returns what is to be logged: means, as numbers or tensors of one.
        """

    @abstractmethod
    def architecture(self) -> dict[str, Any]:
        """What the card keeps to build the networks again."""

    def optimise(self) -> dict[str, torch.optim.Optimizer]:
        """The optimisers by name; {} for what is found without gradients."""
        return {}

    def restore(self, images: Tensor) -> Tensor | None:
        """What the averaged networks make of images (n, C, R, R): pictures of the same shape, or None to show none."""
        return None

    def judge(self, images: Tensor) -> float:
        """How badly the averaged networks do on held out images (n, C, R, R), for early stopping: smaller is better."""
        made = self.restore(images)
        if made is None:
            raise InputError("This training restores nothing that could end it early: leave patience out.")
        return (made.float().clamp(-1, 1) - images).abs().mean().item()

    def tensors(self) -> dict[str, Tensor]:
        """The model file's tensors: "<network>.<name>" of the averages."""
        return {
            f"{name}.{key}": value for name, one in self.averages.items() for key, value in one.state_dict().items()
        }

    def recommended(self) -> dict[str, Any]:
        """What the card recommends for the analysis."""
        return {}

    def descend(self, loss: Tensor, optimiser: str = "main", longest: float | None = None) -> None:
        """One step of an optimiser along the gradients of ``loss``, the mean over this device's images.

        Gradients are cut to the norm ``longest`` where one is given.
        """
        self.precision.backward(loss / self.team.world)
        self.precision.take_step(self.optimisers[optimiser], self.team, longest)

    @property
    def number(self) -> int:
        return self._steps

    def step(self, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`Task`."""
        shown, self.labels = self.reals.take(self._steps, self._rows)
        key = np.random.SeedSequence([self.settings.seed, self._steps, self.team.rank]).generate_state(1, np.uint64)
        with seeded(int(key[0]) >> 1, self.device):
            losses = self.learn(shown.to(self.device, non_blocking=True), done, check)
        self._steps += 1
        if self.averages is not self.networks:
            seen = self._steps * self.settings.batch
            share = kept_share(self.settings.batch, min(self.settings.ema, 0.05 * seen))
            for name, network in self.networks.items():
                move_average(self.averages[name], network, share)
        return self._agreed(losses)

    def _agreed(self, losses: Losses) -> Losses:
        """The losses of the whole team: sums over its processes, and their number."""
        if not losses:
            return {}
        values = [torch.as_tensor(value, device=self.device).detach().float().reshape(()) for value in losses.values()]
        total = self.team.sum(torch.stack(values))
        world = torch.full((), float(self.team.world), device=self.device)
        return {name: torch.stack([value, world]) for name, value in zip(losses, total, strict=True)}

    def open(self, say: Callable[[str], None]) -> None:
        """Set everything to the run's last state, and begin to write where this process leads."""
        known = run_files.states(self.folder)
        if known:
            state = run_state.load_state(known[-1], ("extra.seconds", "extra.sums", "number", "networks"))
            self.load_state(state)
            self.go_on(state["extra"])
        if self.team.leads:
            self.open_log(say, self.settings.tensorboard)

    def close(self) -> None:
        """See :class:`Task`."""
        self.reals.close()
        super().close()

    def message(self) -> Message:
        return Message("training_steps", number=self.number, planned=self.planned)

    def begin(self) -> None:
        """See :class:`Task`."""
        self.sample()

    @torch.no_grad()
    def sample(self) -> None:
        """The same images each time, held out ones where there are any: a picture, and how far they are off."""
        known = self.images if self.held_out is None else self.held_out
        places = np.unique(np.linspace(0, len(known) - 1, SHOWN).round().astype(int))
        images = torch.from_numpy(known.batch(places))
        shown = images.to(self.device)
        for network in self.averages.values():
            network.eval()
        with seeded(self.settings.seed, self.device):
            made = self.restore(shown)
            self._judge()
        for network in self.networks.values():
            network.train()
        if made is None:
            return
        error = (made.float().clamp(-1, 1) - shown).abs().mean().item()
        self.row({"fixed_l1" if self.held_out is None else "held_out_l1": error})
        self.show(sheet(torch.cat([images, made.float().cpu()]), len(places)))

    def _judge(self) -> None:
        """Measure held out images, a few at a time, where training may end early."""
        if not self.patience.allowed or self.held_out is None:
            return
        places = np.unique(np.linspace(0, len(self.held_out) - 1, JUDGED).round().astype(int))
        parts = [places[first : first + SHOWN] for first in range(0, len(places), SHOWN)]
        values = [self.judge(torch.from_numpy(self.held_out.batch(part)).to(self.device)) for part in parts]
        judged = float(np.average(values, weights=[len(part) for part in parts]))
        self.row({"judged": judged})
        self.patience.measured(judged, self.number, self.averages)

    def done(self) -> float:
        """See :class:`Task`; a run whose patience is spent is at its end."""
        return 1.0 if self.patience.spent else super().done()

    def write_model(self, cancel: CancelToken) -> None:
        """See :class:`Task`; at the end of one that may end early it is the best."""
        if self.patience.weights and self.done() >= 1:
            # A copy: states keep the averages of now, or a longer run would not go on from them.
            now, self.averages = self.averages, copy.deepcopy(self.averages)
            for name, one in self.averages.items():
                one.load_state_dict(self.patience.weights[name])
            try:
                run_state.write_model(self.folder, self.number, self.tensors(), self.card())
            finally:
                self.averages = now
            return
        run_state.write_model(self.folder, self.number, self.tensors(), self.card())

    def card(self) -> ModelCard:
        """What is known of the model now; without paths."""
        settings, images = self.settings, self.images
        name = settings.name or self.folder.resolve().name
        learnt = {**settings.fixed(), "trainer": settings.detector, **self.learnt(), "images": len(images)}
        learnt.update(patients=len(np.unique(images.patients)), minutes=round(self.seconds / 60, 1))
        if self.patience.weights:
            learnt["best_step"] = self.patience.number
        return ModelCard(
            name,
            self.makes,
            title=name,
            resolution=images.resolution,
            channels=images.channels,
            architecture=self.architecture(),
            modality=modality_code(settings.modality),
            anatomy=settings.anatomy,
            window=settings.window,
            level=settings.level,
            percentile=settings.percentile,
            percentile_of=settings.percentile_of,
            framing=settings.framing if images.kind == "volumes" else "full",
            recommended=self.recommended(),
            training=learnt,
        )

    def write_state(self) -> None:
        state = {**self.state(), "extra": self.kept()}
        run_state.write_state(self.folder, self.number, state, self.settings.keep)

    def finish(self, spent: bool, cancel: CancelToken) -> None:
        """See :class:`Task`; the last pictures come first."""
        if self.team.leads and self.number % self.settings.sample_every and not self.complete():
            self.sample()
        super().finish(spent, cancel)

    def healthy(self) -> bool:
        return all_finite(*self.networks.values(), *self.averages.values())

    def state(self) -> dict[str, Any]:
        """What it takes to go on exactly; plain values and tensors."""
        parts: dict[str, dict[str, Any]] = {
            "networks": self.networks,
            "averages": self.averages,
            "optimisers": self.optimisers,
        }
        held = {part: {name: one.state_dict() for name, one in known.items()} for part, known in parts.items()}
        return {**held, "precision": self.precision.state(), "number": self._steps, "patience": self.patience.state()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        for part in ("networks", "averages", "optimisers"):
            for name, one in getattr(self, part).items():
                one.load_state_dict(state[part][name])
        self.precision.load_state(state["precision"])
        self.patience.load_state(state.get("patience", self.patience.state()))
        self._steps = int(state["number"])
