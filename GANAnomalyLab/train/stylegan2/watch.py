"""What the networks make of images they learn from and of others: the distance is how much they overfit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from .stylegan2_losses import reconstruction_losses

if TYPE_CHECKING:
    from ...images import ImageSet
    from .stylegan2_trainer import Trainer

WATCHED = 64


@torch.no_grad()
def watched_logits(trainer: Trainer, images: ImageSet, validation: ImageSet) -> dict[str, float]:
    """Mean logits of the same images each time, not augmented: ``training_logit`` and ``validation_logit``.

    Equal while the discriminator generalises; far apart when it knows its training images by heart (Karras et al.
    2020b, section 3.1).
    """
    found = {}
    config = trainer.config
    for name, known in (("training_logit", images), ("validation_logit", validation)):
        wanted = min(WATCHED, len(known))
        places = np.linspace(0, len(known) - 1, -(-wanted // config.mbstd) * config.mbstd).round().astype(int)
        step = max(config.batch_gpu, config.mbstd)
        logits = []
        for start in range(0, len(places), step):
            chosen = places[start : start + step]
            pixels = torch.from_numpy(known.batch(chosen)).to(trainer.device)
            labels = torch.from_numpy(known.labels[chosen]).to(trainer.device) if config.labels else None
            logits.append(trainer.networks.D(pixels, labels).float().mean().item() * len(chosen))
        found[name] = sum(logits) / len(places)
    return found


@torch.no_grad()
def watched_reconstructions(trainer: Trainer, images: ImageSet, validation: ImageSet) -> dict[str, float]:
    """``training_reconstruction`` and ``validation_reconstruction``: the averaged networks' loss on unpainted images.

    Of the same images each time; {} for a run without an encoder.
    """
    if trainer.joint is None:
        return {}
    found = {}
    for name, known in (("training_reconstruction", images), ("validation_reconstruction", validation)):
        places = np.unique(np.linspace(0, len(known) - 1, WATCHED).round().astype(int))
        losses = []
        for start in range(0, len(places), trainer.config.batch_gpu):
            pixels = torch.from_numpy(known.batch(places[start : start + trainer.config.batch_gpu]))
            pixels = pixels.to(trainer.device)
            losses.append(reconstruction_losses(trainer.joint.restored(trainer.networks.G_ema, pixels), pixels))
        found[name] = torch.cat(losses).mean().item()
    return found
