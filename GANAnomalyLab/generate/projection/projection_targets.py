"""Inputs as the pictures that are projected: volumes slice by slice, pictures as they are, framed as for analysis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.batch.find_cases import PICTURES, Case
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.background import interruptible
from GANAnomalyLib.running.progress import CancelToken

from ..projection_options import ProjectOptions

if TYPE_CHECKING:
    from GANAnomalyLib.models.card import ModelCard


@dataclass(frozen=True)
class ProjectionTarget:
    """One picture to project: ``image`` (C, R, R) float32 in [-1, 1]; ``done`` is how far it is through all inputs."""

    name: str
    image: np.ndarray
    done: float


@dataclass(frozen=True)
class FailedInput:
    """An input that could not be used, and why."""

    name: str
    reason: str


def read_targets(
    cases: list[Case], card: ModelCard, channels: int, options: ProjectOptions, cancel: CancelToken
) -> Iterator[ProjectionTarget | FailedInput]:
    """The pictures of all inputs in order, read one input at a time.

    ``channels`` are the network's; grey pictures are repeated for networks of three, colour pictures are for those
    only. An input that cannot be used gives a :class:`FailedInput`; the only one raises its :class:`InputError`.
    """
    for number, case in enumerate(cases):
        try:
            named = interruptible(cancel, _of_case, case, card, channels, options)
        except InputError as error:
            if len(cases) == 1:
                raise
            yield FailedInput(case.name, error.message)
            continue
        for place, (name, image) in enumerate(named, 1):
            yield ProjectionTarget(name, image, (number + place / len(named)) / len(cases))


def _of_case(case: Case, card: ModelCard, channels: int, options: ProjectOptions) -> list[tuple[str, np.ndarray]]:
    from GANAnomalyLib.analysis.prepare import Resolved, prepare
    from GANAnomalyLib.volume import read_volume

    if channels == 3 and case.path.name.lower().endswith(PICTURES):
        return [(case.name, _coloured(case.path, card.resolution))]
    request = options.request(str(case.path))
    volume = read_volume(case.path, options.series, allow_any=options.allow_any, hu_offset=options.hu_offset)
    prepared = prepare(request, Resolved.of(request, card, volume), card, volume)
    targets = np.repeat(prepared.targets[:, None], channels, axis=1)
    if len(prepared.stack.slices) == 1:
        return [(case.name, targets[0])]
    names = [f"{case.name}_slice_{index:04d}" for index in prepared.indices]
    return list(zip(names, targets, strict=True))


def _coloured(path: Path, resolution: int) -> np.ndarray:
    """A PNG or JPEG as (3, R, R) float32 in [-1, 1], aspect kept, padded with black; grey in all three channels."""
    from GANAnomalyLib.volume import Frame
    from GANAnomalyLib.volume.formats.picture_pixels import read_pixels

    pixels = read_pixels(path)
    planes = np.broadcast_to(np.atleast_3d(pixels), (*pixels.shape[:2], 3)).transpose(2, 0, 1)
    _, height, width = planes.shape
    white = float(np.iinfo(pixels.dtype).max)
    return Frame.fit(height, width, 1.0, 1.0, resolution).to_network(planes, white, white / 2)
