"""The detector: unlikely codes replaced, and what the codes are then decoded to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from torch import Tensor

from ..restorer.alone import each_alone
from ..restorer.detector import Restored, RestorerDetector, Told
from .healing import healed
from .settings import LtmSettings

if TYPE_CHECKING:
    from monai.networks.nets import VQVAE, DecoderOnlyTransformer


class LtmDetector(RestorerDetector):
    """See :mod:`GANAnomalyLib.detectors.ltm`."""

    settings: LtmSettings

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        vqvae, transformer = self.model.parts["vqvae"], self.model.parts["transformer"]

        def some(shown: Tensor) -> Tensor:
            return restored(vqvae, transformer, shown, self.settings.share, self.check)

        return Restored(each_alone(some, images, told))


def restored(
    vqvae: VQVAE,
    transformer: DecoderOnlyTransformer,
    images: Tensor,
    share: float,
    check: Callable[[], None] = lambda: None,
) -> Tensor:
    """Images (n, C, R, R) in [0, 1] with the least likely ``share`` of their codes replaced; see :func:`healed`."""
    codes = vqvae.index_quantize(images)
    likely = healed(transformer, codes.flatten(1), share, check).view_as(codes)
    made: Tensor = vqvae.decode_samples(likely)
    return made


DETECTOR = LtmDetector
