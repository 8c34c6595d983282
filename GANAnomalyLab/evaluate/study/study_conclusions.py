"""What a study says, and how its numbers are drawn from the tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError

from .study_summary import DRAWS, LEVEL, SEED, SENSITIVITY
from .study_tables import StudyTables


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


@dataclass
class Conclusions:
    """What a study says: rows of :func:`~.summary.summarise` and :func:`~.comparisons.compare_configurations`, notes
    for the reader, and the files that were written."""

    rows: list[dict[str, Any]]
    comparisons: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


def hashes(tables: StudyTables) -> dict[str, Any]:
    """Of the models and inputs that the results are of, each once; inputs by case."""
    models = sorted({str(row["model_hash"]) for row in tables.cases if row["model_hash"]})
    inputs = {row["case"]: row["input_hash"] for row in tables.cases if row["input_hash"]}
    return {"models": models, "inputs": inputs}
