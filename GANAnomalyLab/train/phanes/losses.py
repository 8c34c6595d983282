"""The losses of AOT-GAN (Zeng et al. 2021, section 3.4), by which the inpainter of PHANES learns."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from GANAnomalyLib.detectors.restorer.ssim import blurred

STYLE, PERCEPTUAL, ADVERSARIAL = 250.0, 0.1, 0.01
"""Published weights, beside 1 for the difference of images."""
SOFT_SIGMA, SOFT_WIDTH = 10.0, 71
"""The blur of the masks that the discriminator is asked for, in pixels; about what one of its numbers sees."""


def gram(features: Tensor) -> Tensor:
    """Which of the features (n, F, h, w) occur together: (n, F, F), means over places and channels."""
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])


def style(made: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    """The mean difference of the Gram matrices, summed over the layers' features."""
    return torch.stack([(gram(a) - gram(b)).abs().mean() for a, b in zip(made, real, strict=True)]).sum()


def perceptual(made: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    """The mean difference of features, summed over the layers."""
    return torch.stack([(a - b).abs().mean() for a, b in zip(made, real, strict=True)]).sum()


def soft_mask(masks: Tensor, like: Tensor) -> Tensor:
    """How much of what each place of the discriminator's maps ``like`` (n, 1, r, r) sees is made, not real.

    ``masks`` (n, 1, R, R) is 1 in the hole. A soft border, because a patch sees both (section 3.3).
    """
    soft = blurred(masks, SOFT_SIGMA, SOFT_WIDTH)
    return functional.interpolate(soft, like.shape[-2:], mode="bilinear", align_corners=True)


def told_apart(of_made: Tensor, of_real: Tensor, masks: Tensor) -> Tensor:
    """The discriminator's loss: it says 1 of what is real, also in a filled image, and 0 of what was made."""
    wanted = 1 - soft_mask(masks, of_made)
    return (of_made - wanted).square().mean() + (of_real - 1).square().mean()


def fooled(of_made: Tensor, masks: Tensor) -> Tensor:
    """The inpainter's: what was made should be taken for real."""
    inside = functional.interpolate(masks, of_made.shape[-2:], mode="area")
    return ((of_made - 1).square() * inside).mean()
