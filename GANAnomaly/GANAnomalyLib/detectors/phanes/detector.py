"""The detector: a coarse restoration, a mask of what looks wrong in it, and the slice with that filled in."""

from __future__ import annotations

from torch import Tensor

from ..restorer.detector import Restored, Told
from ..restorer.masking import MaskingDetector
from .coarse_residual import Looks, both_saliencies, looked_at
from .hole_masks import mask_of
from .settings import PhanesSettings


class PhanesDetector(MaskingDetector):
    """See :mod:`GANAnomalyLib.detectors.phanes`."""

    settings: PhanesSettings
    at_128 = 8

    def suspect(self, images: Tensor, told: Told) -> Tensor:
        """See :class:`MaskingDetector`."""
        assert self.model.perceptual is not None
        return looked_at(self.model.parts["network"], self.model.perceptual, images).suspect

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        parts, perceptual = self.model.parts, self.model.perceptual
        assert perceptual is not None
        coarse = looked_at(parts["network"], perceptual, images)
        told(0.4)
        masks = mask_of(coarse.suspect, self.threshold, self.settings.as_published)
        made = filled(parts["inpainter"](images, masks), images, masks)
        told(0.7)
        unlike = both_saliencies(perceptual, coarse.looks, Looks.of(perceptual, made))
        return Restored(made, (images - made).abs().mean(1, keepdim=True) * unlike)


def filled(made: Tensor, images: Tensor, masks: Tensor) -> Tensor:
    """Images (n, C, R, R) with what was made (in [-1, 1]; below 0 is 0) in the holes of masks (n, 1, R, R)."""
    return images * (1 - masks) + made.float().clamp(0, 1) * masks


DETECTOR = PhanesDetector
