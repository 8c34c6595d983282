"""What a discriminator may learn from people whose images stay private: differentially private SGD, a patient a share.

The generator sees data only through the discriminator, so that what it learns is no further use of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from ..privacy.private_gradients import add_noise, clipped_sum
from .stylegan2_config import ResolvedConfig
from .stylegan2_losses import add_up

if TYPE_CHECKING:
    from ...images import ImageSet

Augment = Callable[[Tensor], Tensor]
_WHO, _NOISE = 0, 1


class PrivateReals:
    """Real images' share of the discriminator's gradient, step by step.

    Each step draws every patient with the same probability, on their own (Poisson sampling), and one image of each that
    was drawn. Who is drawn and the noise follow from ``secret``, which is in the run's state and nowhere else: with it,
    and the run's seed is on the card, the noise could be taken away again.
    """

    def __init__(self, config: ResolvedConfig, images: ImageSet) -> None:
        self.config, self.images, self.secret = config, images, secrets.randbits(63)
        people = np.unique(images.patients, return_inverse=True)[1]
        self._of = [np.flatnonzero(people == number) for number in range(people.max() + 1)]

    def draw(self, number: int) -> np.ndarray:
        """Places of the images of step ``number``: (n,), n differs from step to step and may be 0."""
        random = np.random.default_rng([self.secret, number, _WHO])
        drawn = np.flatnonzero(random.random(len(self._of)) < self.config.sample_rate)
        return np.array([random.choice(self._of[who]) for who in drawn], np.int64)

    def add_gradients(
        self, network: torch.nn.Module, number: int, penalised: bool, augment: Augment, sums: dict[str, Tensor]
    ) -> None:
        """Add the real images' gradient of step ``number`` to that of ``network``; ``penalised``: with R1 in it."""
        config, places = self.config, self.draw(number)
        device = next(network.parameters()).device
        images = augment(torch.from_numpy(self.images.batch(places)).to(device)) if len(places) else torch.zeros(0)
        labels = torch.from_numpy(self.images.labels[places]).to(device) if config.labels else None
        weight = 0.5 * config.gamma * config.r1_every if penalised else 0.0

        def loss(judge: Callable[..., Tensor], image: Tensor, label: Tensor | None) -> Tensor:
            real = softplus(-judge(image, label)[0, 0])
            if not weight:
                return real
            slope = torch.func.grad(lambda shown: judge(shown, label)[0, 0])(image)
            return real + weight * slope.square().sum()

        found, lengths = clipped_sum(network, loss, images, labels, config.clip)
        random = torch.Generator().manual_seed(_word(self.secret, number))
        add_noise(found, config.noise * config.clip, random)
        for name, one in network.named_parameters():
            if name in found:
                share = found[name] / config.batch  # the expected number of patients, which tells nothing of anyone
                one.grad = share if one.grad is None else one.grad + share
        add_up(sums, "clipped", (lengths > config.clip).float() if len(lengths) else torch.zeros(1))

    def state(self) -> dict[str, Any]:
        """Everything that :meth:`load_state` needs."""
        return {"secret": self.secret}

    def load_state(self, state: dict[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        self.secret = int(state["secret"])


def _word(secret: int, number: int) -> int:
    return int(np.random.SeedSequence([secret, number, _NOISE]).generate_state(1, np.uint64)[0] >> np.uint64(1))
