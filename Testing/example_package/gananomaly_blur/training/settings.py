"""What the trainer can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLab.train.loop.trainer_settings import TrainerSettings
from GANAnomalyLib.detectors.settings import setting
from GANAnomalyLib.errors import InputError


@dataclass
class BlurTraining(TrainerSettings):
    """Train the example detector: a small network learns to restore normal images from shrunk ones."""

    detector: ClassVar[str] = "blur"

    shrink: int = setting("By how much images are shrunk.", default=4, low=1, high=16)
    width: int = setting("Channels of the network.", default=8, low=1, high=1024)
    learning_rate: float = setting("Step size.", default=0.01, above=0)

    def validate(self) -> None:
        super().validate()
        if self.resolution is not None and self.resolution % self.shrink:
            raise InputError(f"Images of {self.resolution} pixels cannot be shrunk by {self.shrink}.")


SETTINGS = BlurTraining
