"""Adaptive discriminator augmentation (Karras et al. 2020b, "Training GANs with limited data").

The discriminator sees every image, real or made, through random changes that happen with probability p; p follows how
much the discriminator overfits. One file an idea: settings (which changes, how strong, the named pipelines), draws (the
random numbers), pipe (applies them), resampling and linear (its filters), controller (moves p).
"""

from .augment_pipe import AugmentPipe
from .augment_settings import DEFAULT_PIPELINE, PIPELINES, VOLUME_PIPELINE, AugmentSettings
from .controller import AdaController

__all__ = ["DEFAULT_PIPELINE", "PIPELINES", "VOLUME_PIPELINE", "AdaController", "AugmentPipe", "AugmentSettings"]
