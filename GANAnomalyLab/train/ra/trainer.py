"""One step of a reversed autoencoder: an introspective one's, whose encoder must see the same in the pair."""

from __future__ import annotations

from ..sivae.trainer import SivaeTrainer
from .settings import RaTraining


class RaTrainer(SivaeTrainer):
    """See :class:`SivaeTrainer`."""

    makes = "ra"
    settings: RaTraining

    @property
    def embedding(self) -> float:  # type: ignore[override]
        """The weight of how unlike the encoder's maps of the pair are."""
        return self.settings.embedding


TASK = RaTrainer
