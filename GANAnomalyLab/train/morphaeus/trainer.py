"""Steps of the autoencoder, then of the deformer, too."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from GANAnomalyLib.detectors.morphaeus.network import MorphAEus
from GANAnomalyLib.detectors.restorer.ssim import ssim_map

from ..loop.loss_sums import Losses
from ..restorer.trainer import RestorerTrainer
from .losses import local_correlation, roughness, weight_now
from .settings import MorphAEusTraining


class MorphAEusTrainer(RestorerTrainer):
    """The prior must be like the image; once it is, the bent prior must be so locally, by a field that is smooth."""

    makes = "morphaeus"
    settings: MorphAEusTraining

    @property
    def perceptual_loss(self) -> bool:  # type: ignore[override]
        """See :class:`RestorerTrainer`."""
        return self.settings.perceptual_weight > 0

    def learn_from(self, images: Tensor, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`RestorerTrainer`."""
        network, settings = self.networks["network"], self.settings
        assert isinstance(network, MorphAEus)
        bends = done >= settings.prior_share
        check()
        with self.precision.compute():
            bent = network(images) if bends else None
            prior = network.prior(images) if bent is None else bent.prior
        losses = self._of_prior(images, prior.float())
        loss = losses["square"] + losses["ssim"]
        if "perceptual" in losses:
            loss = loss + settings.perceptual_weight * losses["perceptual"]
        if bent is not None:
            losses["local"] = local_correlation(bent.restored, images)
            losses["roughness"] = roughness(bent.displacement)
            weight = weight_now(done, settings.prior_share, settings.smoothness)
            loss = loss + losses["local"] + weight * losses["roughness"]
        self.descend(loss)
        return losses

    def _of_prior(self, images: Tensor, prior: Tensor) -> dict[str, Tensor]:
        found = {"square": (prior - images).square().mean(), "ssim": 1 - ssim_map(prior, images).mean()}
        if self.perceptual is not None:
            found["perceptual"] = self.perceptual.loss(prior, images)
        return found

    def restored(self, images: Tensor) -> Tensor:
        """See :class:`RestorerTrainer`."""
        restored: Tensor = self.averages["network"](images).restored
        return restored


TASK = MorphAEusTrainer
