"""What the detectors with AnoDDPM's network share: hiding a slice in noise, and taking the noise away."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from ...errors import InputError
from ...running.cores import on_cores
from ..base import DetectorOptions
from ..restorer.detector import RestorerDetector, Told
from ..restorer.load import RestorerModel
from .architecture import UNetArchitecture
from .noise import Noise
from .restore import Draw, descend
from .schedule import Schedule, way_down
from .settings import FAST, DiffusionSettings
from .unet import PART

SMALL_WIDTH = 32
"""Channels of a finest level with which eight slices of 128 pixels take about a second on one core."""


class DiffusionDetector(RestorerDetector):
    """``LEVEL`` is the published level of noise.

    Attributes
    ----------
    level: the step that slices are hidden up to. every: whether each step is taken, with noise of its own (DDPM).
    """

    LEVEL: ClassVar[int]
    settings: DiffusionSettings

    def __init__(self, model: RestorerModel, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for more noise than it has learnt to take away."""
        super().__init__(model, options)
        facts, settings = UNetArchitecture.of(model.card), self.settings
        self.network, self.schedule = model.parts[PART], Schedule("linear")
        self.every = (settings.sampler or ("ddpm" if options.mode == "reference" else "ddim")) == "ddpm"
        self.looks = None if self.every else settings.sampling_steps or FAST
        self.most = facts.learnt - 1
        self.level = min(self.LEVEL, self.most) if settings.noise_level is None else settings.noise_level
        self._reached("noise_level", self.level)
        self.noises = Noise(facts.noise, model.card.resolution, model.channels, options.seed, settings.shared_noise)
        self.at_128 = 16 if options.device != "cpu" else max(8 * SMALL_WIDTH**2 // facts.widths[0] ** 2, 1)

    def _reached(self, name: str, level: int) -> None:
        if level > self.most:
            raise InputError(
                f"The model has learnt noise up to step {self.most}: {name} cannot be {level}.",
                field=f"settings.{name}",
            )

    def find(self, noisy: Tensor, step: int) -> Tensor:
        """The noise in images (n, C, R, R) at ``step``."""
        return by_slice(lambda part: self.network(part, torch.full((len(part),), step, device=part.device)), noisy)

    def draws(self, images: Tensor) -> Callable[[int, int], Tensor]:
        """Noise for images by step and turn."""
        known = numbers(images, self.noises.shared)
        return lambda step, turn: self.noises(known, step, turn).to(images)

    def denoised(self, images: Tensor, told: Told) -> Tensor:
        """Images (n, C, R, R) in [0, 1], hidden up to :attr:`level` and found again; ``told`` from 0 to 1."""
        draw, steps = self.draws(images), way_down(self.level, self.looks)
        looked = 0

        def check() -> None:
            nonlocal looked
            told(looked / len(steps))
            looked += 1

        added: Draw | None = (lambda step: draw(step, 0)) if self.every else None
        noisy = self.schedule.noised(images, draw(self.level, HIDING), self.level)
        return descend(self.find, self.schedule, noisy, steps, added, check)


def by_slice(network: Callable[..., Tensor], *images: Tensor) -> Tensor:
    """A network's float32 answer to stacks (n, ...) of one length; on a processor each core has a slice of its own,
    whose numbers depend on no other one."""
    if images[0].device.type != "cpu":
        return network(*images).float()
    parts = zip(*(one.split(1) for one in images), strict=True)
    return torch.cat(list(on_cores(lambda part: network(*part).float(), parts)))


def numbers(images: Tensor, shared: bool) -> list[int]:
    """What tells :class:`Noise` images apart: their own pixels, so that nothing depends on the batch."""
    return [] if shared else [zlib.crc32(one.numpy().tobytes()) for one in images.cpu()]


HIDING = 1 << 16
"""The turn of the noise that hides an image; lower ones are of steps on the way down."""
