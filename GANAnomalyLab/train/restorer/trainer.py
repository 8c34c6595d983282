"""The base of trainers of restorers: images in [0, 1], networks by the kind's own builder, its perceptual distance."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from GANAnomalyLib.detectors.kinds import find_kind
from GANAnomalyLib.detectors.restorer.architecture import Architecture, chosen
from GANAnomalyLib.detectors.restorer.load import Restorer
from GANAnomalyLib.detectors.restorer.perceptual_distance import Perceptual, perceptual_of
from GANAnomalyLib.errors import InputError

from ...features import published_weights
from ..loop.loss_sums import Losses
from ..loop.trainer import Trainer
from .settings import RestorerSettings


class RestorerTrainer(Trainer):
    """A kind sets ``makes``, and gives :meth:`learn_from` and :meth:`restored`.

    Attributes
    ----------
    facts: what the card says of the networks, from the settings of the same names.
    perceptual: a distance for losses and maps, where ``perceptual_loss`` is set or the kind's map needs it, else None.
    """

    settings: RestorerSettings
    perceptual_loss: ClassVar[bool] = False
    facts: Architecture
    perceptual: Perceptual | None = None

    @property
    def restorer(self) -> Restorer:
        """How models of the kind are read."""
        restorer: Restorer = find_kind(self.makes).module("load").RESTORER
        return restorer

    def build(self) -> dict[str, nn.Module]:
        """See :class:`Trainer`: the networks of the model file. A subclass adds those that only training needs."""
        restorer, images = self.restorer, self.images
        self.facts = chosen(restorer.architecture, self.settings.to_dict())
        if self.perceptual_loss or restorer.needs_perceptual:
            self.perceptual = perceptual_of(published_weights()).to(self.device)
        try:
            networks = restorer.networks(self.facts, images.resolution, images.channels)
        except InputError as error:
            said = error.message[:1].upper() + error.message[1:]
            raise InputError(f"{said}: choose another --resolution.", error.details) from error
        self._of_model = tuple(networks)
        return networks

    def optimise(self) -> dict[str, torch.optim.Optimizer]:
        """See :class:`Trainer`: Adam for all networks."""
        parameters = [one for network in self.networks.values() for one in network.parameters()]
        return {"main": torch.optim.Adam(parameters, self.settings.learning_rate)}

    @abstractmethod
    def learn_from(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """One step as :meth:`Trainer.learn`, from images (n, C, R, R) in [0, 1]."""

    def learn(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`Trainer`."""
        return self.learn_from((images + 1) / 2, done, check)

    @abstractmethod
    def restored(self, images: Tensor) -> Tensor | None:
        """What the averaged networks make of images (n, C, R, R) in [0, 1]; None where there is nothing to show."""

    def restore(self, images: Tensor) -> Tensor | None:
        """See :class:`Trainer`."""
        made = self.restored((images + 1) / 2)
        return None if made is None else 2 * made - 1

    def tensors(self) -> dict[str, Tensor]:
        """See :class:`Trainer`: of the networks that the analysis needs."""
        held = {
            f"{part}.{name}": value
            for part in self._of_model
            for name, value in self.averages[part].state_dict().items()
        }
        stored = self.restorer.needs_perceptual and self.perceptual is not None
        return held | (self.perceptual.stored() if stored and self.perceptual is not None else {})

    def architecture(self) -> dict[str, Any]:
        """See :class:`Trainer`."""
        said = self.facts.to_dict()
        if self.restorer.needs_perceptual and self.perceptual is not None:
            said["perceptual"] = self.perceptual.name
        return said
