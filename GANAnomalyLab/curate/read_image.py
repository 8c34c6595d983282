"""One entry of a repository opened: its slices as grey levels, what its header says, and the hash of its bytes."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.modalities import CT
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.volume import AxialStack, Volume, modality_of
from GANAnomalyLib.volume.read import read_volume

from .header_traits import header_traits
from .source_files import IMAGE, SERIES, SourceFile

WINDOW, LEVEL = 350.0, 50.0
"""Hounsfield units that CTs are looked at in where no model says others."""
_CHUNK = 1 << 20


@dataclass
class Opened:
    """``levels`` (S, H, W) float32 from 0 to 1 in patient order, as read; ``traits`` of :mod:`~.header_traits`."""

    volume: Volume
    levels: np.ndarray
    sha256: str
    bits: int
    traits: dict[str, Any] = field(default_factory=dict)


def open_entry(file: SourceFile, card: ModelCard | None) -> Opened:
    """Read an entry; raises :class:`InputError` for what cannot be read, or is no CT (MR) among volumes."""
    path = Path(file.path)
    traits, digest = header_traits(path), _hash(path, file.kind)
    image = file.kind == IMAGE
    modality = CT if card is None else card.modality
    if card is None and not image and traits.get("modality") == "MR":
        modality = "MR"
    volume = read_volume(path, allow_any=image, modality=modality, colours=image)
    stack = AxialStack.from_volume(volume)
    low, high = _window(volume, card)
    span = np.float32(max(high - low, 1e-6))
    levels = np.clip((stack.slices.astype(np.float32) - np.float32(low)) / span, 0, 1)
    traits.setdefault("modality", volume.modality)
    bits = int(volume.meta.get("bits", 16))  # type: ignore[call-overload]
    return Opened(volume, levels, digest, bits, traits)


def _window(volume: Volume, card: ModelCard | None) -> tuple[float, float]:
    """What is black and what white: the bits' ends of a picture, a CT's window, else darkest and brightest."""
    voxels = volume.voxels
    if volume.meta.get("kind") == "picture":
        return 0.0, float(2 ** int(volume.meta.get("bits", 8)) - 1)  # type: ignore[call-overload]
    look = modality_of("MR" if volume.modality == "MR" else CT)
    if look.takes(volume) and volume.modality != "MR":
        width, level = (WINDOW, LEVEL) if card is None else (card.window, card.level)
        return level - width / 2, level + width / 2
    reading = look.reading_window(voxels) if volume.modality == "MR" else None
    if reading is not None:
        return reading[1] - reading[0] / 2, reading[1] + reading[0] / 2
    return float(voxels.min()), float(voxels.max())


def _hash(path: Path, kind: str) -> str:
    """SHA-256 of a file's bytes; of a series that of its files' hashes, in the order of the hashes."""
    if kind != SERIES:
        return _file_hash(path)
    hashes = sorted(_file_hash(Path(entry.path)) for entry in os.scandir(path) if entry.is_file())
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _file_hash(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise InputError("It cannot be opened: check that it is there and may be read.", str(error)) from error
    return digest.hexdigest()
