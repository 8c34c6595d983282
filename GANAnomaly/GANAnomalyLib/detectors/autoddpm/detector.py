"""The detector: restore, mask what did not come back, fill that in, and compare."""

from __future__ import annotations

from torch import Tensor

from ..base import DetectorOptions
from ..diffusion.detector import DiffusionDetector
from ..diffusion.schedule import way_down
from ..restorer.detector import Restored, Told
from ..restorer.load import RestorerModel
from ..restorer.mask_threshold import OWN
from ..restorer.masking import MaskingDetector
from ..restorer.ssim import blurred
from . import fill
from .settings import AutoDdpmSettings

FAST_FILL, FAST_ROUNDS, ROUNDS = 5, 2, 5
BLUR = 2.0


class AutoDdpmDetector(MaskingDetector, DiffusionDetector):
    """See :mod:`GANAnomalyLib.detectors.autoddpm`."""

    LEVEL = 200
    settings: AutoDdpmSettings

    def __init__(self, model: RestorerModel, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for more noise than it has learnt to take away."""
        super().__init__(model, options)
        settings = self.settings
        fill_level = min(settings.fill_level, self.level)
        self._reached("fill_level", fill_level)
        self.fill_steps = way_down(fill_level, None if self.every else settings.fill_steps or FAST_FILL)
        self.rounds = settings.rounds or (ROUNDS if self.every else FAST_ROUNDS)

    def first(self, images: Tensor, told: Told) -> tuple[Tensor, Tensor, Tensor]:
        """Images (n, C, R, R) restored as AnoDDPM does, and, both (n, 1, R, R), their perceptual distance and what is
        masked above the threshold."""
        restored = self.denoised(images, told)
        assert self.model.perceptual is not None
        apart = self.model.perceptual(images, restored.clamp(0, 1))
        return restored, apart, fill.unlike(images, restored, apart, self.settings.as_published)

    def suspect(self, images: Tensor, told: Told) -> Tensor:
        """See :class:`MaskingDetector`."""
        return self.first(images, told)[2]

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        together, draw = self.settings.as_published, self.draws(images)
        looks = len(self.fill_steps) * self.rounds
        share, looked = (self.looks or self.level + 1) / ((self.looks or self.level + 1) + looks), 0

        def check() -> None:
            nonlocal looked
            told(share + (1 - share) * min(looked / looks, 1))
            looked += 1

        restored, apart, unlike = self.first(images, lambda done: told(share * done))
        threshold = fill.percentile(unlike, together) if self.threshold == OWN else self.threshold
        made = fill.filled(
            self.find,
            self.schedule,
            images,
            restored,
            fill.masked(unlike, threshold),
            self.fill_steps,
            self.rounds,
            draw,
            self.every,
            check,
            together,
        )
        changed = ((images - one).abs().mean(1, keepdim=True) for one in (restored, made))
        first, last = changed
        return Restored(made, first * salient(apart) * last)


def salient(apart: Tensor) -> Tensor:
    """Perceptual distances (n, 1, R, R) blurred with a standard deviation of two pixels, four of them to each side."""
    return blurred(apart, BLUR, 2 * round(4 * BLUR) + 1).clamp(min=0)


DETECTOR = AutoDdpmDetector
