"""One case: how abnormal the segmented organ and its surroundings are, and how far off the segmentation is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.volume.orient import AxialStack

from ..evaluation_options import FailureOptions
from ..findings.finding_places import Grid, Place, places_of
from ..heatmap.heatmap_cases import read_labels, read_slices
from .failure_cases import SegmentedCase

Spacing = tuple[float, float, float]


@dataclass(frozen=True)
class Explanation:
    """A finding that lies on what segmentation and truth tell apart: ``ml`` of it, ``share`` (0..1) of all of it."""

    rank: int
    score: float
    ml: float
    share: float


@dataclass(frozen=True)
class OrganMeasures:
    """One case, in the slices that were analysed.

    Attributes
    ----------
    highest, mean: the heat in the segmented organ grown by the margin; NaN where the segmentation is empty.
    finding: the score of the highest finding that reaches into it, 0 for none; ``findings`` counts them.
    organ_ml: the segmentation's volume.
    truth_ml, dice, surface_mm: against the truth, NaN without one. The last is the mean distance of the two surfaces,
        both ways, NaN where there is none.
    difference_ml: the volume of what only one of the two marks.
    explained: the share (0..1) of it in the boxes of findings; ``expected`` that of the grown organ, which is what
        boxes would hold of it by chance.
    explanations: the findings on it, the one that holds most of it first.
    beyond: whether there is more of the organ in slices that were not analysed.
    """

    highest: float
    mean: float
    finding: float
    findings: int
    organ_ml: float
    truth_ml: float = math.nan
    dice: float = math.nan
    surface_mm: float = math.nan
    difference_ml: float = math.nan
    explained: float = math.nan
    expected: float = math.nan
    explanations: tuple[Explanation, ...] = ()
    beyond: bool = False


def measure_case(case: SegmentedCase, options: FailureOptions) -> tuple[OrganMeasures, dict[str, Any]]:
    """Measure one case; also its result's manifest.

    Raises :class:`InputError`, naming the case, when a file cannot be used, lies on another grid than the result, or
    the truth holds no organ.
    """
    name, result = case.result.name, AnalysisResult.read(case.result.folder)
    volume, heat = read_slices(result.path("heatmap"), f"The heatmap of {name}")
    if volume is None or heat.dtype.kind != "f":
        raise InputError(f"The result of {name} is damaged: run the analysis again.")
    stack = AxialStack.from_volume(volume)
    grid = Grid(volume, stack)
    scored = sorted({int(row["slice"]) for row in result.scores if 0 <= int(row["slice"]) < len(heat)})
    if not scored:
        raise InputError(f"No slice of {name} was analysed: run the analysis again.")
    analysed = np.zeros(len(heat), bool)
    analysed[scored] = True

    def labels(path: Any, what: str) -> tuple[np.ndarray, bool]:
        marked = read_labels(path, f"The {what} of {name}", volume, heat.shape, "result", options.label)
        beyond = bool(marked[~analysed].any())
        return marked & analysed[:, None, None], beyond

    organ, beyond = labels(case.segmentation, "segmentation")
    millilitre = math.prod(stack.spacing_mm) / 1000
    places = places_of(result, grid, len(result.findings))
    if organ.any():
        region = grown(organ, stack.spacing_mm, options.margin) & analysed[:, None, None]
        if not np.isfinite(heat[region]).all():
            raise InputError(f"The heatmap of {name} holds values that are no numbers: run the analysis again.")
        near = [place for place in places if _under(place, region)]
        highest, mean = float(heat[region].max()), float(heat[region].mean(dtype=np.float64))
        finding = max((place.score for place in near), default=0.0)
    else:
        region, near = organ, []
        highest = mean = finding = math.nan
    volume_ml = float(organ.sum() * millilitre)
    if case.truth is None:
        return OrganMeasures(highest, mean, finding, len(near), volume_ml, beyond=beyond), result.manifest
    truth, more = labels(case.truth, "truth")
    if not truth.any():
        which = "no organ" if options.label is None else f"no label {options.label}"
        raise InputError(
            f"The truth of {name} holds {which} in the slices that were analysed: give another label, or leave the "
            "case out."
        )
    difference = organ ^ truth
    boxes = np.zeros(heat.shape, bool)
    explanations = []
    for place in places:
        if voxels := _under(place, difference):
            explanations.append(
                Explanation(place.rank, place.score, voxels * millilitre, voxels / int(difference.sum()))
            )
        for number, plane in _planes(place, heat.shape).items():
            boxes[number] |= plane
    return OrganMeasures(
        highest,
        mean,
        finding,
        len(near),
        volume_ml,
        float(truth.sum() * millilitre),
        dice(organ, truth),
        surface_distance(organ[scored[0] : scored[-1] + 1], truth[scored[0] : scored[-1] + 1], stack.spacing_mm),
        float(difference.sum() * millilitre),
        _share(boxes, difference),
        _share(boxes, region | truth),
        tuple(sorted(explanations, key=lambda one: -one.ml)),
        beyond or more,
    ), result.manifest


def grown(organ: np.ndarray, spacing: Spacing, margin: float) -> np.ndarray:
    """What lies in ``organ`` (S, H, W) or within ``margin`` millimetres of it."""
    from scipy.ndimage import distance_transform_edt

    out = np.zeros(organ.shape, bool)
    box = _box(organ, [math.ceil(margin / step) for step in spacing])
    out[box] = distance_transform_edt(~organ[box], sampling=spacing) <= margin
    return out


def dice(one: np.ndarray, other: np.ndarray) -> float:
    """The Dice coefficient (0..1) of two masks, NaN where both are empty."""
    both = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / both if both else math.nan


def surface_distance(one: np.ndarray, other: np.ndarray, spacing: Spacing) -> float:
    """The mean distance in millimetres from each voxel of either surface to the other surface; NaN without one.

    The image's edge is no surface.
    """
    from scipy.ndimage import binary_erosion, distance_transform_edt

    if not (one.any() and other.any()):
        return math.nan
    box = _box(one | other, [1, 1, 1])
    edges = [mask[box] & ~binary_erosion(mask[box], border_value=1) for mask in (one, other)]
    if not all(edge.any() for edge in edges):
        return math.nan
    away = [distance_transform_edt(~edge, sampling=spacing) for edge in edges]
    return float(np.concatenate([away[0][edges[1]], away[1][edges[0]]]).mean())


def _box(mask: np.ndarray, room: list[int]) -> tuple[slice, ...]:
    """The bounding box of a mask, with ``room`` voxels around it."""
    found = []
    for axis in range(3):
        held = np.flatnonzero(mask.any(axis=tuple(n for n in range(3) if n != axis)))
        found.append(slice(max(int(held[0]) - room[axis], 0), int(held[-1]) + room[axis] + 1))
    return tuple(found)


def _under(place: Place, mask: np.ndarray) -> int:
    """How many voxels of a mask lie under a finding's patches."""
    return sum(int((mask[number] & plane).sum()) for number, plane in _planes(place, mask.shape).items())


def _planes(place: Place, shape: tuple[int, ...]) -> dict[int, np.ndarray]:
    """Where a finding's patches lie, (H, W) bool by slice; patches of one slice may overlap."""
    planes: dict[int, np.ndarray] = {}
    for number, (r0, r1, c0, c1) in place.members:
        planes.setdefault(number, np.zeros(shape[1:], bool))[r0:r1, c0:c1] = True
    return planes


def _share(boxes: np.ndarray, mask: np.ndarray) -> float:
    whole = int(mask.sum())
    return int((boxes & mask).sum()) / whole if whole else math.nan
