"""What the discriminator says of images it learns from and of others: the distance is how much it overfits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from ..images import ImageSet
    from .trainer import Trainer

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
