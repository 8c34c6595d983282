"""The detector: what the generator makes of the encoder's latent."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from ...errors import InputError
from ..base import DetectorOptions
from ..restorer.detector import Restored, RestorerDetector, Told
from ..restorer.load import RestorerModel
from .network import WGAN, Critic
from .settings import FEATURE_WEIGHT, MOST, FAnoGANSettings


class FAnoGANDetector(RestorerDetector):
    """See :mod:`GANAnomalyLib.detectors.fanogan`. ``weight`` is that of the critic's features, 0 for no map."""

    settings: FAnoGANSettings
    at_128 = 32

    def __init__(self, model: RestorerModel, options: DetectorOptions) -> None:
        """Take a model; raises :class:`InputError` for a card that recommends a weight that cannot be."""
        super().__init__(model, options)
        given = self.settings.feature_weight
        self.weight = _of_card(model) if given is None else given

    def restore(self, images: Tensor, told: Told) -> Restored:
        """See :class:`RestorerDetector`."""
        wgan = self.model.parts["wgan"]
        assert isinstance(wgan, WGAN)
        made = wgan.generator(self.model.parts["encoder"](images))
        if not self.weight:
            return Restored(made)
        apart = (images - made).abs().mean(1, keepdim=True)
        return Restored(made, apart + self.weight * unlike(wgan.discriminator, images, made))


def unlike(critic: Critic, first: Tensor, second: Tensor) -> Tensor:
    """How unlike a critic finds pairs (n, C, R, R): (n, 1, R, R).

    Schlegl et al., "f-AnoGAN", 2019, equation 5: the mean square of the difference of features, which is the mean of
    this map; each place has that of the features there, so that the map says where.
    """
    apart = (critic.model(first) - critic.model(second)).square().mean(1, keepdim=True)
    return functional.interpolate(apart, first.shape[-2:], mode="nearest")


def _of_card(model: RestorerModel) -> float:
    said = model.card.recommended.get(FEATURE_WEIGHT, 0)
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= MOST:
        raise InputError(f"The card of {model.card.name} recommends a {FEATURE_WEIGHT} that cannot be: get it again.")
    return float(said)


DETECTOR = FAnoGANDetector
