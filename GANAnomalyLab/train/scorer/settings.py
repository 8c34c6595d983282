"""The settings of a scorer's training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from GANAnomalyLib.detectors.settings import setting
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.typed_values import Named

from ..loop.trainer_settings import TrainerSettings


@dataclass
class ScorerTrainerSettings(TrainerSettings):
    """Learn on made-up anomalies how what a model says of a slice tells normal from abnormal.

    The model (--base) first explains normal and changed slices, then a small network learns from that: see --bank for
    how many and --minutes for both together. Give normals of patients that the base has not seen: a memory, above all,
    knows its own patients too well, and one that does is refused. With --bank 0 nothing is learnt, and the two-sided
    energy of what the base leaves over is the score.
    """

    detector: ClassVar[str] = "scorer"
    example: ClassVar[str] = "--base demo_memory "

    base: Named | None = setting("The model to score with: a name, a file or a run's folder.", free=True)
    bank: int = setting("Slices that the base explains to learn from; each takes 9 bytes a pixel.", default=6000, low=0)
    clean: int = setting(
        "Normal slices that say what is usual; half as many again of other patients.", default=192, low=8
    )
    steps: int = setting("Stop after so many steps of learning.", default=6000, low=1, free=True)
    batch: int = setting("Slices a step.", default=8, low=1)
    learning_rate: float = setting("The highest of a rise and a fall.", default=1e-3, above=0)
    width: int = setting(
        "Channels of the network's finest level; coarser ones have up to ten times as many.",
        default=16,
        low=4,
        high=256,
    )
    shrink: int = setting("The network works on so many times fewer pixels a side.", default=2, low=1, high=8)
    learned: float = setting(
        "Share of the learned score beside the base's own, for the card.", default=0.5, low=0, high=1
    )
    energy: float = setting("Share of the two-sided energy, for the card.", default=0.0, low=0, high=1)
    ema: float = setting(
        "Images over which half of the averaged weights is forgotten; 0: no average.", default=4000.0, low=0
    )
    state_minutes: float = setting("Also keep what it takes to go on after so long.", default=3.0, above=0, free=True)

    base_hash: str = setting("", doc="Of the base's file: a run goes on with the same one only.", default="")
    resolution: int | None = setting("", doc="The base's, like what follows.")
    channels: int = setting("", default=1, low=1, high=1)
    window: float = setting("", default=350.0, above=0)
    level: float = setting("", default=50.0)
    framing: str = setting("", default="full")

    def validate(self) -> None:
        """See :class:`TrainerSettings`; what the base decides is taken from its card."""
        super().validate()
        if self.gpus > 1:
            raise InputError("A scorer is trained by one process: leave --gpus out.")
        if self.learned + self.energy > 1:
            raise InputError("learned and energy are shares: together they are 1 at most.")
        from GANAnomalyLib.detectors.scorer.load import SEEN, check_base
        from GANAnomalyLib.models.card import ModelCard
        from GANAnomalyLib.models.store import SUFFIX, card_path, model_hash

        path = self.base_path()
        if path.suffix != SUFFIX or not card_path(path).is_file():
            raise InputError(f"The base {path.name} has no card: make it one of yours with gananomaly model export.")
        card = ModelCard.read(card_path(path))
        check_base(card)
        for name in SEEN:
            setattr(self, name, getattr(card, name))
        self.base_hash = model_hash(path)

    def base_path(self) -> Path:
        """The base's file; raises :class:`InputError` where none is named or found."""
        from GANAnomalyLib.models.registry import find_model

        from ..run_models import find_snapshot

        if not self.base:
            raise InputError("Name the model to score with by --base: a name, a file or a run's folder.")
        given = Path(self.base)
        return find_snapshot(given) if given.is_dir() else find_model(self.base)


SETTINGS = ScorerTrainerSettings
