"""The scorer's settings: what each of its scores counts for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ...errors import InputError
from ..settings import Settings, setting


@dataclass
class ScorerSettings(Settings):
    """Settings of one run; None: as the model's card says. What the two leave is the base's own score's."""

    detector: ClassVar[str] = "scorer"

    learned: float | None = setting("share of the learned score; what both shares leave is the base's", low=0, high=1)
    energy: float | None = setting("share of the two-sided energy of what the base leaves over", low=0, high=1)


@dataclass(frozen=True)
class Shares:
    """What counts for how much; the three make 1."""

    own: float
    learned: float
    energy: float

    @classmethod
    def of(cls, settings: ScorerSettings, recommended: Mapping[str, Any], learnt: bool, scores: bool) -> Shares:
        """From the run's settings, else the card's ``recommended``.

        ``learnt``: the model has a network; ``scores``: its base has scores of its own (else energy is in their place).
        Raises :class:`InputError` for shares that cannot be.
        """
        said = {**recommended, **{name: value for name, value in vars(settings).items() if value is not None}}
        learned, energy = (said.get(name, 0.0) for name in ("learned", "energy"))
        for name, value in (("learned", learned), ("energy", energy)):
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise InputError(f"The card's {name} must be a number from 0 to 1: get the model again.")
        if settings.learned and not learnt:
            raise InputError(
                "This model has learnt nothing, it has the energy only: leave learned out.", field="settings.learned"
            )
        learned = float(learned) if learnt else 0.0
        if settings.learned is not None and settings.energy is None:
            energy = min(energy, 1 - learned)
        elif settings.energy is not None and settings.learned is None:
            learned = min(learned, 1 - energy)
        if learned + energy > 1 + 1e-9:
            raise InputError("learned and energy are shares: together they are 1 at most.", field="settings")
        rest = max(1 - learned - energy, 0.0)
        return cls(rest, learned, energy) if scores else cls(0.0, learned, energy + rest)


SETTINGS = ScorerSettings
