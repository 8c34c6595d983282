"""How a study's numbers are drawn from its tables."""

from __future__ import annotations

from dataclasses import dataclass

from GANAnomalyLib.errors import InputError

SENSITIVITY = 0.8
"""Share of abnormal cases found at which false positives are told."""
DRAWS, LEVEL, SEED = 2000, 0.95, 303


@dataclass(frozen=True)
class Settings:
    """How numbers are drawn from the tables: bootstrap ``draws``, ``level`` of intervals (0..1), ``seed``, and the
    ``sensitivity`` (above 0, at most 1) at which false positives are told."""

    draws: int = DRAWS
    level: float = LEVEL
    seed: int = SEED
    sensitivity: float = SENSITIVITY

    def validate(self) -> None:
        """Raise :class:`InputError` for values outside their range, before hours are spent on analyses."""
        if self.draws < 0:
            raise InputError(f"The number of bootstrap draws must be zero or more, not {self.draws}.")
        if not 0 < self.level < 1:
            raise InputError(f"The level of intervals lies between 0 and 1, not {self.level}.")
        if not 0 < self.sensitivity <= 1:
            raise InputError(f"The sensitivity lies above 0 and is at most 1, not {self.sensitivity}.")
        if self.seed < 0:
            raise InputError(f"The seed must be zero or more, not {self.seed}.")
