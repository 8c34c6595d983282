"""The first half of PHANES: a coarse restoration and a map of what to look at again."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ..ra.detector import saliency
from ..restorer.equalised import equalised
from ..restorer.perceptual_distance import Perceptual
from .hole_masks import cut_residual


@dataclass(frozen=True)
class Coarse:
    """``restored`` (n, C, R, R) around [0, 1], and ``suspect`` (n, 1, R, R), 0 or more."""

    restored: Tensor
    suspect: Tensor


def looked_at(network: nn.Module, perceptual: Perceptual, images: Tensor) -> Coarse:
    """What a reversed autoencoder makes of images (n, C, R, R) in [0, 1].

    Bercea et al. 2023, section 2: the residual of the equalised pair, in times its own 95th percentile and cut at 1,
    times how unlike the pair looks.
    """
    restored: Tensor = network(images)
    equal = equalised(images), equalised(restored)
    residual = (equal[0] - equal[1]).abs().mean(1, keepdim=True)
    return Coarse(restored, cut_residual(residual) * both_saliencies(perceptual, (images, restored), equal))


def both_saliencies(perceptual: Perceptual, pair: tuple[Tensor, Tensor], equal: tuple[Tensor, Tensor]) -> Tensor:
    """How unlike a pair looks by pixel, as it is and equalised, multiplied: (n, 1, R, R)."""
    return saliency(perceptual, *pair) * saliency(perceptual, *equal)
