"""Where a result's findings are, in the slices that a reader sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import AnalysisResult, Finding
from GANAnomalyLib.volume.framing import Frame
from GANAnomalyLib.volume.orient import AxialStack
from GANAnomalyLib.volume.read import load
from GANAnomalyLib.volume.volume import Volume

from ..heatmap.localisation import Rectangle


@dataclass(frozen=True)
class Place:
    """One finding: ``slice`` and ``patch`` are those of its highest patch, ``members`` (slice, rectangle) of all.

    Slices count in patient order, rectangles in the slice's pixels, ends excluded.
    """

    rank: int
    score: float
    slice: int
    patch: Rectangle
    members: tuple[tuple[int, Rectangle], ...]


@dataclass(frozen=True)
class Grid:
    """The grid of a result's input: a volume without values of its own, and its slices."""

    volume: Volume
    stack: AxialStack

    @property
    def shape(self) -> tuple[int, int, int]:
        """(slices, rows, columns)."""
        s, h, w = self.stack.slices.shape
        return s, h, w


def grid_of(result: AnalysisResult) -> Grid:
    """The grid as the manifest tells it, or else as the heatmap has it; raises :class:`InputError` without either."""
    geometry = result.manifest.get("geometry")
    if not isinstance(geometry, dict):
        volume = load(result.path("heatmap"))
        return Grid(volume, AxialStack.from_volume(volume))
    try:
        shape = [int(size) for size in geometry["shape_kji"]]
        matrix = np.array(geometry["ijk_to_ras"], dtype=np.float64)
        if len(shape) != 3 or min(shape) < 1 or matrix.shape != (4, 4) or abs(np.linalg.det(matrix)) < 1e-12:
            raise ValueError(f"shape {shape}")
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"The result in {result.folder} is damaged: run the analysis again.", repr(error)) from error
    # One byte, however large the volume.
    volume = Volume(np.broadcast_to(np.uint8(0), shape), matrix)
    return Grid(volume, AxialStack.from_volume(volume))


def places_of(result: AnalysisResult, grid: Grid, top: int) -> list[Place]:
    """The ``top`` highest findings by rank; raises :class:`InputError` for a finding outside the input's slices."""
    geometry, settings = result.manifest.get("geometry"), result.manifest.get("settings")
    frame_data = geometry.get("frame") if isinstance(geometry, dict) else None
    size: Any = settings.get("patch_size") if isinstance(settings, dict) else None
    frame = None if frame_data is None or size is None else Frame.from_dict(frame_data)
    out = []
    for finding in sorted(result.findings, key=lambda finding: finding.rank)[:top]:
        try:
            place = _by_patches(finding, frame, int(size)) if frame and finding.per_slice else _by_box(finding, grid)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InputError(
                f"Finding {finding.rank} of {result.folder.name} is damaged: run the analysis again.", repr(error)
            ) from error
        for number, (r0, r1, c0, c1) in place.members:
            s, h, w = grid.shape
            if not (0 <= number < s and 0 <= r0 < r1 <= h and 0 <= c0 < c1 <= w and np.isfinite(place.score)):
                raise InputError(
                    f"Finding {finding.rank} of {result.folder.name} lies outside its image: run the analysis again."
                )
        out.append(place)
    return out


def _by_patches(finding: Finding, frame: Frame, size: int) -> Place:
    def rectangle(patch: dict[str, Any]) -> Rectangle:
        row, col = int(patch["row"]), int(patch["col"])
        return frame.box_to_slice(row, row + size, col, col + size)

    members = tuple((int(patch["slice"]), rectangle(patch)) for patch in finding.per_slice)
    there = [patch for patch in finding.per_slice if int(patch["slice"]) == finding.slice]
    highest = max(there, key=lambda patch: float(patch["score"]))
    return Place(finding.rank, float(finding.score), finding.slice, rectangle(highest), members)


def _by_box(finding: Finding, grid: Grid) -> Place:
    """Of a finding that does not tell its patches: its whole box, which reaches through all of its slices."""
    ends = np.array(finding.box_ijk, dtype=np.float64)
    corners = grid.stack.ijk_to_stack(np.stack([ends[:, 0], ends[:, 1] - 1]))
    (s0, r0, c0), (s1, r1, c1) = (np.rint(edge(corners, axis=0)).astype(int).tolist() for edge in (np.min, np.max))
    rectangle = (r0, r1 + 1, c0, c1 + 1)
    members = tuple((number, rectangle) for number in range(s0, s1 + 1))
    return Place(finding.rank, float(finding.score), finding.slice, rectangle, members)
