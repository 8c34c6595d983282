"""A result's maps, read and made ready for a scene. Touches no scene, so that it can be done in another thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..pictures import manifest_facts as facts
from ..pictures.result_maps import read_map
from ..results.colours import heat_limits
from ..results.result import AnalysisResult
from ..volume.orient import AxialStack
from ..volume.quick_hash import quick_hash
from ..volume.volume import Volume
from ..volume.voxel_types import kept_as
from .finding_labels import LabelBox, read_labels
from .heat_values import sample_of
from .vtk_images import image_of


@dataclass
class ResultMaps:
    """Maps on the CT's grid as vtkImageData: ``heat`` float32 in the result's unit, the others int16 HU
    or an image's own values, float32 where whole numbers do not hold them.

    ``limits`` are the lowest and the highest heat to colour; ``ijk_to_ras`` (4, 4) is where the CT was when analysed,
    ``voxels`` its quick hash; ``labels`` the findings' voxels by label, ``sample`` the values of
    :func:`GANAnomalyLib.scene.heat_values.sorted_heat`. ``ct`` is the CT itself, where its node is yet to be made.
    """

    heat: Any
    reconstruction: Any
    difference: Any
    limits: tuple[float, float]
    ijk_to_ras: np.ndarray
    voxels: str
    labels: dict[int, LabelBox]
    sample: np.ndarray
    ct: Any = None


def load_maps(result: AnalysisResult, image: Volume) -> ResultMaps:
    """Read the maps of a result of ``image``, and take its reconstruction from it.

    Raises :class:`GANAnomalyLib.errors.InputError` when a file is missing, damaged, or of another volume.
    """
    heat = read_map(result.path("heatmap"), image)
    reconstruction = read_map(result.path("reconstruction"), image)
    labels = read_labels(result, image)
    window, level = facts.window_level(result)
    # Whole Hounsfield units: the network sees 256 grey levels in a window of some hundred.
    kind = kept_as(window, level, facts.modality(result))
    analysed = [row["slice"] for row in result.scores if isinstance(row.get("slice"), int)]
    return ResultMaps(
        image_of(heat),
        image_of(_kept(reconstruction, kind)),
        image_of(_kept(_left_over(image, reconstruction, result, window, level), kind)),
        heat_limits(heat, facts.heatmap_threshold(result)),
        image.ijk_to_ras,
        quick_hash(image.voxels),
        labels,
        sample_of(heat, AxialStack.from_volume(image), analysed),
    )


def _left_over(
    image: Volume, reconstruction: np.ndarray, result: AnalysisResult, window: float, level: float
) -> np.ndarray:
    """Image minus reconstruction in its own values (HU of a CT), both as the network saw them: through its window, in
    the slices it was shown.

    Without the window every bone would differ by what the network could never have known; slices that were not
    analysed have no reconstruction and differ by nothing.
    """
    low, high = level - window / 2, level + window / 2
    left_over: np.ndarray = np.clip(image.voxels.astype(np.float32), low, high) - np.clip(reconstruction, low, high)
    slices = AxialStack.from_volume(image.like(left_over)).slices
    analysed = {row.get("slice") for row in result.scores}
    slices[[n for n in range(len(slices)) if n not in analysed]] = 0.0
    return left_over


def _kept(values: np.ndarray, kind: type[np.number]) -> np.ndarray:
    if kind is np.float32:
        return values.astype(np.float32)
    rounded: np.ndarray = np.clip(np.rint(values), -32768, 32767).astype(np.int16)
    return rounded
