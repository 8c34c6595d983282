"""The detector: a coarse restoration, a mask of what looks wrong in it, and the slice with that filled in."""

from __future__ import annotations

from torch import Tensor

from ...errors import InputError
from ..base import DetectorOptions
from ..restorer.detector import Restored, RestorerDetector, Told
from ..restorer.equalised import equalised
from ..restorer.load import RestorerModel
from .coarse_residual import both_saliencies, looked_at
from .hole_masks import mask_of
from .settings import MOST, OWN, PhanesSettings

THRESHOLD = "mask_threshold"
"""What cards recommend it as."""


class PhanesDetector(RestorerDetector):
    """See :mod:`GANAnomalyLib.detectors.phanes`. ``threshold`` is the masks', -1 for each slice's own."""

    settings: PhanesSettings
    at_128 = 8

    def __init__(self, model: RestorerModel, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for a card that recommends a threshold that cannot be."""
        super().__init__(model, options)
        chosen = self.settings.mask_threshold
        self.threshold = _of_card(model) if chosen is None else chosen

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        parts, perceptual = self.model.parts, self.model.perceptual
        assert perceptual is not None
        coarse = looked_at(parts["network"], perceptual, images)
        told(0.4)
        masks = mask_of(coarse.suspect, self.threshold, self.settings.as_published)
        made = filled(parts["inpainter"](images, masks), images, masks)
        told(0.7)
        equal = equalised(images), equalised(made)
        unlike = both_saliencies(perceptual, (images, made), equal)
        return Restored(made, (images - made).abs().mean(1, keepdim=True) * unlike)


def filled(made: Tensor, images: Tensor, masks: Tensor) -> Tensor:
    """Images (n, C, R, R) with what was made (in [-1, 1]; below 0 is 0) in the holes of masks (n, 1, R, R)."""
    return images * (1 - masks) + made.float().clamp(0, 1) * masks


def _of_card(model: RestorerModel) -> float:
    said = model.card.recommended.get(THRESHOLD, OWN)
    if isinstance(said, bool) or not isinstance(said, int | float) or not (said == OWN or 0 <= said <= MOST):
        raise InputError(f"The card of {model.card.name} recommends a mask_threshold that cannot be: get it again.")
    return float(said)


DETECTOR = PhanesDetector
