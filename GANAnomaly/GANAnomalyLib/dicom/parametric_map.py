"""The heat as DICOM Parametric Map: floating point numbers with what they count."""

from __future__ import annotations

import numpy as np
from highdicom import VOILUTTransformation
from highdicom.pm import ParametricMap, RealWorldValueMapping
from pydicom.dataset import Dataset

from ..files import hash_array
from ..models.score_units import short_unit
from ..running.quiet import quiet
from . import codes as own
from .making import Making, finish
from .plane_images import plane_images, refer_to_source


def heat_map(making: Making, numbers: list[int], heat: np.ndarray) -> Dataset:
    """The heat (N, rows, columns) float32 on the planes of these numbers; the window goes from zero to the hottest."""
    unit = making.unit
    top = max(float(heat.max()), 1e-6)
    mapping = RealWorldValueMapping(
        lut_label="HEAT",
        lut_explanation=f"Anomaly heat{f', {short_unit(unit)}' if unit else ''}"[:64],
        unit=own.unit_code(unit),
        value_range=(float(heat.min()), top),
        slope=1.0,
        intercept=0.0,
        quantity_definition=own.quantity(own.HEAT, unit),
    )
    with quiet():
        made = ParametricMap(
            source_images=plane_images(making, numbers),
            pixel_array=np.ascontiguousarray(heat, dtype=np.float32),
            contains_recognizable_visual_features=False,
            real_world_value_mappings=[mapping],
            voi_lut_transformations=[VOILUTTransformation(window_center=top / 2, window_width=top)],
            content_label="HEAT",
            content_description="Research use only",
            coding_schemes=[own.own_scheme()],
            **making.common("map", hash_array(heat, str(numbers))),
        )
    refer_to_source(made, making)
    made.SharedFunctionalGroupsSequence[0].FrameAnatomySequence = [_anatomy()]
    return finish(made, making.created, making.root)


def _anatomy() -> Dataset:
    """Some part of the body: which, the source may not say. Readers fail where there is no such item."""
    item = Dataset()
    item.FrameLaterality, item.AnatomicRegionSequence = "U", [own.BODY_STRUCTURE]
    return item
