"""The detector: the restoration, and a map of where the pair differs and looks different."""

from __future__ import annotations

from torch import Tensor

from ..restorer.detector import Restored, RestorerDetector, Told
from ..restorer.equalised import equalised
from ..restorer.perceptual_distance import Perceptual, Seen
from ..restorer.ssim import blurred
from .settings import RaSettings

SALIENCY_BLUR = 2.0


class RaDetector(RestorerDetector):
    """See :mod:`GANAnomalyLib.detectors.ra`."""

    settings: RaSettings

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        made = self.model.parts["network"](images)
        told(0.3)
        pair, equal = (images, made), (equalised(images), equalised(made))
        told(0.6)
        anomaly = (equal[0] - equal[1]).abs().mean(1, keepdim=True)
        perceptual = self.model.perceptual
        if self.settings.saliency and perceptual is not None:
            for first, second in (pair, equal):
                anomaly = anomaly * saliency(perceptual, perceptual.seen(first), perceptual.seen(second))
        return Restored(made, anomaly)


def saliency(perceptual: Perceptual, first: Seen, second: Seen) -> Tensor:
    """How unlike a pair looks by pixel, (n, 1, R, R), blurred with a standard deviation of 2."""
    # Four standard deviations to each side, as scipy's filter has it.
    width = 2 * int(4 * SALIENCY_BLUR + 0.5) + 1
    return blurred(perceptual.between(first, second), SALIENCY_BLUR, width).clamp_min(0)


DETECTOR = RaDetector
