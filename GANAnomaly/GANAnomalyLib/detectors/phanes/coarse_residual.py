"""The first half of PHANES: a coarse restoration and a map of what to look at again."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ..ra.detector import saliency
from ..restorer.equalised import equalised
from ..restorer.perceptual_distance import Perceptual, Seen
from .hole_masks import cut_residual


@dataclass(frozen=True)
class Looks:
    """Images (n, C, R, R) as they are compared: ``equalised``, and what a perceptual distance sees of them as they are
    and so."""

    equalised: Tensor
    plain: Seen
    equal: Seen

    @classmethod
    def of(cls, perceptual: Perceptual, images: Tensor) -> Looks:
        """Look at images around [0, 1]."""
        equal = equalised(images)
        return cls(equal, perceptual.seen(images), perceptual.seen(equal))


@dataclass(frozen=True)
class Coarse:
    """``restored`` (n, C, R, R) around [0, 1], ``suspect`` (n, 1, R, R), 0 or more; the ``looks`` of the images."""

    restored: Tensor
    suspect: Tensor
    looks: Looks


def looked_at(network: nn.Module, perceptual: Perceptual, images: Tensor) -> Coarse:
    """What a reversed autoencoder makes of images (n, C, R, R) in [0, 1].

    Bercea et al. 2023, section 2: the residual of the equalised pair, in times its own 95th percentile and cut at 1,
    times how unlike the pair looks.
    """
    restored: Tensor = network(images)
    pair = Looks.of(perceptual, images), Looks.of(perceptual, restored)
    residual = (pair[0].equalised - pair[1].equalised).abs().mean(1, keepdim=True)
    return Coarse(restored, cut_residual(residual) * both_saliencies(perceptual, *pair), pair[0])


def both_saliencies(perceptual: Perceptual, first: Looks, second: Looks) -> Tensor:
    """How unlike a pair looks by pixel, as it is and equalised, multiplied: (n, 1, R, R)."""
    return saliency(perceptual, first.plain, second.plain) * saliency(perceptual, first.equal, second.equal)
