"""Learning classes: one step, measurements on what is held out, a learning rate that follows them, the card."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from GANAnomalyLib.classifiers.architecture import FITS, ClassifierArchitecture
from GANAnomalyLib.classifiers.load import as_seen
from GANAnomalyLib.classifiers.network import ClassNetwork, build
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import CLASSIFIER, ModelCard
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.running.seeded import seeded

from ...images.set_manifest import read_manifest
from ...statistics import estimate_auroc
from ...statistics.class_scores import class_scores
from ..loop.loss_sums import Losses
from ..loop.run_devices import Team
from ..loop.sample_sheet import sheet
from ..loop.task import Task
from ..loop.trainer import SHOWN, Trainer
from .first_weights import take_first_weights
from .learnt_images import check_classes
from .views import Views

if TYPE_CHECKING:
    from ...images import ImageSet
    from .settings import ClassifierSettings

MEASURED_AT_ONCE = 32
_DIGITS = 4


class ClassifierTrainer(Trainer):
    """Its clock counts steps; it measures after each epoch, and a snapshot is its last, or best, network."""

    makes = CLASSIFIER
    settings: ClassifierSettings

    def __init__(
        self, settings: ClassifierSettings, images: ImageSet, held_out: ImageSet | None, device: str, team: Team
    ) -> None:
        check_classes(images, "images to learn from")
        if held_out is not None and held_out.label_names != images.label_names:
            raise InputError("What is learnt and what is held out are of other classes: give sets of the same ones.")
        self.views = Views(settings.flip, settings.flip_vertical, settings.rotation, settings.crop)
        super().__init__(settings, images, held_out, device, team)
        counts = images.labels.sum(0)
        weights = len(images) / (len(counts) * counts) if settings.class_weights else np.ones_like(counts)
        self.weights = torch.from_numpy(weights.astype(np.float32)).to(self.device)
        epoch = math.ceil(len(images) / settings.batch)
        last = min(max(round(settings.epochs * epoch), 1), settings.steps)
        self.pace = dataclasses.replace(
            self.pace,
            last=last,
            sample=settings.sample_every or epoch,
            snapshot=settings.snapshot_every or None,
        )
        self.plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
            self.optimisers["main"], "min", settings.reduce, settings.wait, threshold=0
        )

    @property
    def network(self) -> ClassNetwork:
        """The network that is asked: the average, where there is one."""
        network = self.averages["network"]
        assert isinstance(network, ClassNetwork)
        return network

    def build(self) -> dict[str, nn.Module]:
        """See :class:`Trainer`."""
        network = build(self.described())
        take_first_weights(network, self.settings, lambda sentence: None)
        return {"network": network}

    def optimise(self) -> dict[str, torch.optim.Optimizer]:
        """See :class:`Trainer`."""
        return {"main": torch.optim.Adam(self.networks["network"].parameters(), self.settings.learning_rate)}

    def described(self) -> ClassifierArchitecture:
        """The network, its classes, and what it takes."""
        settings = self.settings
        fit = settings.fit or _fit_of(settings.data)
        classes = tuple(self.images.label_names)
        findings = self.images.about.get("findings")
        return ClassifierArchitecture(settings.network, classes, settings.side, fit, settings.width, findings)

    def architecture(self) -> dict[str, Any]:
        """See :class:`Trainer`."""
        return self.described().to_dict()

    def learn(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`Trainer`: cross-entropy, where each class counts by its weight."""
        assert self.labels is not None
        wanted = self.labels.to(self.device)
        shown = as_seen(self.views.of(_at_side(images, self.settings.side)), self.settings.side)
        with self.precision.compute():
            said = self.networks["network"](shown)
        each = functional.cross_entropy(said.float(), wanted, reduction="none")
        loss = (each * (wanted @ self.weights)).mean()
        self.descend(loss)
        right = (said.detach().argmax(1) == wanted.argmax(1)).float().mean()
        return {"loss": loss, "accuracy": right}

    def begin(self) -> None:
        """See :class:`Task`: a picture of what the network is shown."""
        places = np.unique(np.linspace(0, len(self.images) - 1, SHOWN).round().astype(int))
        images = torch.from_numpy(self.images.batch(places))
        with seeded(self.settings.seed):
            changed = torch.cat([self.views.of(_at_side(images, self.settings.side)) for _ in range(3)])
        self.show(sheet(torch.cat([_at_side(images, self.settings.side), changed]), len(places)))

    @torch.no_grad()
    def sample(self) -> None:
        """See :class:`Task`: how well held out images are told apart; ends the training, and lowers its rate."""
        if self.held_out is None:
            return
        measured = _measured(self.probabilities(self.held_out), self.held_out)
        self.row({f"held_out_{name}": value for name, value in measured.items()})
        judge = self.settings.judged_by
        wrong = measured[judge] if judge == "loss" else 1 - measured[judge]
        self.patience.measured(wrong, self.number, self.averages)
        self.plateau.step(wrong)

    @torch.no_grad()
    def probabilities(self, images: ImageSet) -> np.ndarray:
        """(N, L) of a set's images."""
        network, found = self.network.eval(), []
        for first in range(0, len(images), MEASURED_AT_ONCE):
            places = np.arange(first, min(first + MEASURED_AT_ONCE, len(images)))
            shown = torch.from_numpy(images.batch(places)).to(self.device)
            with self.precision.compute():
                said = network(as_seen(shown, self.settings.side))
            found.append(said.float().softmax(1).cpu().numpy())
        for one in self.networks.values():
            one.train()
        return np.concatenate(found)

    def finish(self, spent: bool, cancel: CancelToken) -> None:
        """See :class:`Task`; the last measurement comes first."""
        if self.number % self.pace.sample and not self.complete():  # type: ignore[operator]
            self.sample()
        Task.finish(self, spent, cancel)

    def tensors(self) -> dict[str, Tensor]:
        """See :class:`Trainer`."""
        return {f"network.{name}": value for name, value in self.network.state_dict().items()}

    def card(self) -> ModelCard:
        """See :class:`Trainer`: with what was measured on held out images of the network that is written."""
        card = super().card()
        # What belongs to slices of a scan means nothing here.
        card.modality, card.framing = "", "full"
        counts = dict(zip(self.images.label_names, self.images.labels.sum(0).astype(int).tolist(), strict=True))
        card.training = {**card.training, "classes": counts}
        # A table's path is nobody's business, and synthetic images are of no patients.
        for name in ("labels", *(("patients",) if self.settings.synthetic is not None else ())):
            card.training.pop(name, None)
        if self.held_out is not None:
            # Of the network that is written: at the end of a run that was judged, its best.
            found = self.probabilities(self.held_out)
            card.results = {"held_out": {**_measured(found, self.held_out), **_about(found, self.held_out)}}
        return card

    def state(self) -> dict[str, Any]:
        """See :class:`Trainer`."""
        return {**super().state(), "plateau": self.plateau.state_dict()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See :class:`Trainer`."""
        super().load_state(state)
        self.plateau.load_state_dict(dict(state["plateau"]))


def _measured(found: np.ndarray, images: ImageSet) -> dict[str, float]:
    """How well probabilities (N, L) tell a set's classes apart, and their mean cross-entropy."""
    truth = images.labels.argmax(1)
    scores = class_scores(found, truth)
    own = found[np.arange(len(truth)), truth]
    values = {name: getattr(scores, name) for name in ("accuracy", "balanced", "auroc", "f1")}
    values["loss"] = float(-np.log(np.maximum(own, 1e-12)).mean())
    return {name: round(value, _DIGITS) for name, value in values.items()}


def _about(found: np.ndarray, images: ImageSet) -> dict[str, Any]:
    """How many images it was measured on, and of two classes the 95 % interval of the AUROC, by patients."""
    said: dict[str, Any] = {
        "images": dict(zip(images.label_names, images.labels.sum(0).astype(int).tolist(), strict=True))
    }
    if images.classes != 2:
        return said
    truth, ill = images.labels.argmax(1).astype(bool), found[:, 1]
    groups = [images.patients[side].tolist() for side in (~truth, truth)]
    known = estimate_auroc(ill[~truth], ill[truth], draws=0, normal_groups=groups[0], abnormal_groups=groups[1])
    ends = known.delong_logit or known.delong
    return said if ends is None else {"auroc_interval": [round(end, _DIGITS) for end in ends], **said}


def _at_side(images: Tensor, side: int) -> Tensor:
    """Images (n, C, R, R) at the size that the network sees, averaged where they shrink."""
    if images.shape[-1] == side:
        return images
    return functional.interpolate(images, (side, side), mode="bilinear", antialias=True)


def _fit_of(data: str | None) -> str:
    """How other shapes are brought to the set's: as the set's own maker did it, else as pictures are read."""
    made = None if data is None else (read_manifest(Path(data)) or {}).get("settings")
    fit = made.get("transform") if isinstance(made, dict) else None
    return fit if fit in FITS else FITS[0]


TASK = ClassifierTrainer
