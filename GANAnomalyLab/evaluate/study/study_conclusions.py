"""What a study says, and what it says it of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from GANAnomalyLib.version import __version__

from ..evaluation_options import Settings
from .study_cases import Configuration
from .study_tables import StudyTables


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


def study_facts(
    kind: str, tables: StudyTables, configurations: Sequence[Configuration], settings: Settings
) -> dict[str, Any]:
    """What results.json begins with: how the numbers came about, in plain values."""
    return {
        "kind": kind,
        "schema_version": 1,
        "version": __version__,
        "notice": "Research use only. Not a medical device.",
        "scoring": {"slice": tables.scoring.slice, "volume": tables.scoring.volume, "words": tables.scoring.words},
        "settings": vars(settings),
        "configurations": {item.name: dict(item.request) for item in configurations},
        "hashes": hashes(tables),
    }
