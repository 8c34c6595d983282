"""The settings of a memory of normal features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from GANAnomalyLib.detectors.settings import setting
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.framings import FRAMING_HELP, FRAMINGS
from GANAnomalyLib.modalities import CT, MR, usual_window

from ..loop.trainer_settings import TrainerSettings


@dataclass
class MemoryTrainerSettings(TrainerSettings):
    """Remember what normal slices look like, place by place: no training, no graphics card, some minutes.

    Twenty normal scans make a useful memory, more make a better one. Slices are described by the first stages of
    EfficientNet-Lite0, learnt on ImageNet, and by their intensities.
    """

    detector: ClassVar[str] = "memory"
    LOOKS: ClassVar[Mapping[str, tuple[float, float]]] = {CT: (4000.0, 1000.0), MR: (200.0, 100.0)}

    resolution: int | None = setting("Pixels of a side.", default=256, low=32)
    window: float = setting(
        "Window width in HU of what is seen, or of MR in percent of white; reading has its own.",
        above=0,
        shown="4000, of MR 200",
    )
    level: float = setting("Window level of what is seen.", shown="1000, of MR 100")
    shown_window: float = setting("Window width to read in.", above=0, shown="350, of MR 100")
    shown_level: float = setting("Window level to read in.", shown="50")
    framing: str = setting(FRAMING_HELP, default="slice-body", choices=FRAMINGS)
    side: int = setting("Pixels that slices are enlarged to for the network.", default=384, low=64, high=1024)
    components: int = setting("Numbers kept of the features of a place.", default=32, low=4, high=176)
    intensity: float = setting("Weight of the intensities beside the features.", default=0.2, low=0, high=10)
    share: float = setting(
        "How much of what normal places differ by anyway is taken off their distance.", default=0.5, low=0, high=1
    )
    smooth: float = setting("Places over which scores are averaged, a standard deviation.", default=0.7, low=0, high=10)
    step: float = setting("How finely a place is remembered; coarser ones make smaller files.", default=0.03, above=0)
    slices: int = setting("So many slices are remembered at most, evenly chosen.", default=1500, low=8)
    candidates: int = setting("Remembered slices that each slice is compared with.", default=216, low=1)
    batch: int = setting("Slices at a time.", default=8, low=1)
    ema: float = setting("Nothing is averaged.", default=0.0, low=0, high=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.shown_window, self.shown_level = usual_window(self.modality, self.shown_window, self.shown_level)

    def validate(self) -> None:
        """See :class:`TrainerSettings`."""
        super().validate()
        if self.gpus > 1:
            raise InputError("A memory is made by one process: leave --gpus out.")
        if self.channels != 1:
            raise InputError("A memory remembers grey images: make pictures grey, and leave --channels out.")
        if self.side % 16:
            raise InputError(f"side must be a multiple of 16, not {self.side}.")


SETTINGS = MemoryTrainerSettings
