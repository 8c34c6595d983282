"""Whether DICOM images show what a result was made of, where its input was a file converted from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import GANAnomalyError
from ..results.input_image import is_input_of
from ..results.result import AnalysisResult
from ..volume import Volume, read_volume

_POINTS = 20_000
_ALIKE = 0.99
_TOLERANCE = 1.0
"""Of values, beside a hundredth of their range: what converters round away."""


def shows_the_same(result: AnalysisResult, volume: Volume, image: Path | None = None) -> bool:
    """Compare at some places all over; False where the result's own input is not there to compare with.

    ``image`` is a file that holds that input now.
    """
    request, told = result.manifest.get("request", {}), result.manifest.get("input", {})
    path = Path(str(request.get("input", ""))) if image is None else image
    if not path.is_file():
        return False
    try:
        own = read_volume(path, request.get("series"), allow_any=True, hu_offset=request.get("hu_offset"))
    except GANAnomalyError:
        return False
    if not told.get("hash") or not is_input_of(own, result):
        return False
    points = np.random.default_rng(0).integers(0, own.voxels.shape[::-1], (_POINTS, 3))
    there = np.rint(volume.ijk(own.ras(points)))
    inside = ((there >= 0) & (there < volume.voxels.shape[::-1])).all(axis=1)
    if inside.mean() < _ALIKE:
        return False
    (i, j, k), (x, y, z) = points[inside].T, there[inside].astype(int).T
    one, other = own.voxels[k, j, i].astype(float), volume.voxels[z, y, x].astype(float)
    near = np.abs(one - other) <= _TOLERANCE + 0.01 * np.ptp(one)
    # Where everything is air, nothing is told apart.
    return bool(near.mean() >= _ALIKE and np.ptp(one) > 0 and np.corrcoef(one, other)[0, 1] > _ALIKE)
