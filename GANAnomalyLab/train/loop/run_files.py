"""The states and models of a run, by their names."""

from __future__ import annotations

import os
import re
from pathlib import Path

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import card_path

STATE = re.compile(r"state-(\d{6,12})\.pt")
CONFIG, SAMPLES = "config.json", "samples"
MODEL = re.compile(r"snapshot-(\d{6,12})\.safetensors")


def states(folder: Path) -> list[Path]:
    """The states that a run can go on from, oldest first."""
    return numbered(folder, STATE)


def models(folder: Path) -> list[Path]:
    """The models that a run has made, oldest first."""
    return numbered(folder, MODEL)


def numbered(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    """The files of a folder whose whole name fits, by the number in its first group."""
    if not folder.is_dir():
        return []
    found = [(int(match[1]), folder / match[0]) for match in map(pattern.fullmatch, os.listdir(folder)) if match]
    return [path for _, path in sorted(found)]


def model_path(folder: Path, number: int) -> Path:
    """Where the model of a number lies."""
    return folder / f"snapshot-{number:06d}.safetensors"


def model_card(folder: Path, number: int) -> ModelCard | None:
    """The card of the model of this number, where both are there."""
    path = card_path(model_path(folder, number))
    try:
        return ModelCard.read(path) if path.is_file() and model_path(folder, number).is_file() else None
    except InputError:
        return None


def check_outside(folder: Path | str, *sources: str | None, option: str = "--out") -> None:
    """Raise :class:`InputError` for a run within the folder of its images: its pictures would be learnt from too."""
    for source in sources:
        if source and Path(source).is_dir() and Path(folder).resolve().is_relative_to(Path(source).resolve()):
            raise InputError(
                f"The run's folder lies in the folder of its training images: choose another with {option}."
            )
