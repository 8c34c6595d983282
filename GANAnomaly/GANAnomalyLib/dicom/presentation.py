"""The boxes around findings as Grayscale Softcopy Presentation State: drawn over the source's own images."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from highdicom import ModalityLUTTransformation
from highdicom.pr import (
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GrayscaleSoftcopyPresentationState,
    SoftcopyVOILUTTransformation,
    TextObject,
)
from pydicom.dataset import Dataset

from ..results.segmentation_file import segment_name
from ..running.quiet import quiet
from .making import Making, Placed, finish

_EDGE = 0.5


def boxes(making: Making, placed: Sequence[Placed]) -> Dataset | None:
    """A rectangle and the finding's name on every image that holds it, in the window of the analysis.

    None where the images differ in their rescale: one presentation state has one.
    """
    rescales = {plane.rescale for plane in making.source.planes}
    if len(rescales) > 1:
        return None
    slope, intercept = rescales.pop()
    layer = GraphicLayer("FINDINGS", order=1, description="Research use only")
    on_plane: dict[int, list[tuple[Placed, np.ndarray]]] = defaultdict(list)
    for one in placed:
        for n, mask in one.marked:
            on_plane[n].append((one, mask))
    annotations = [
        GraphicAnnotation(
            referenced_images=[making.source.headers[making.source.planes[n].header]],
            graphic_layer=layer,
            referenced_frame_number=making.source.planes[n].frame,
            graphic_objects=[_rectangle(one, mask) for one, mask in held],
            text_objects=[_text(making, one, mask) for one, mask in held],
        )
        for n, held in sorted(on_plane.items())
    ]
    settings = making.result.manifest.get("settings") or {}
    level, width = settings.get("level"), settings.get("window")
    window = None
    if level is not None and width is not None:
        window = [SoftcopyVOILUTTransformation(float(level), float(width))]
    kind = "HU" if making.source.headers[0].get("Modality") == "CT" else "US"
    told = [(one.tracking_uid, n, mask.sum()) for one in placed for n, mask in one.marked]
    with quiet():
        made = GrayscaleSoftcopyPresentationState(
            referenced_images=making.source.headers,
            content_label="FINDINGS",
            content_description="Research use only",
            graphic_layers=[layer],
            graphic_annotations=annotations,
            modality_lut_transformation=ModalityLUTTransformation(intercept, slope, kind),
            voi_lut_transformations=window,
            **making.common("gsps", [str(one) for one in told]),
        )
    return finish(made, making.created, making.root)


def _sides(mask: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, right and bottom edge of a mask in pixels. The upper left corner of the image is 0, 0; the middle of
    its first pixel is 0.5, 0.5 (PS3.3 C.10.5.1.2)."""
    rows, columns = mask.any(axis=1).nonzero()[0], mask.any(axis=0).nonzero()[0]
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _rectangle(one: Placed, mask: np.ndarray) -> GraphicObject:
    left, top, right, bottom = _sides(mask)
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]])
    return GraphicObject("POLYLINE", corners, "PIXEL", tracking_id=one.tracking_id, tracking_uid=one.tracking_uid)


def _text(making: Making, one: Placed, mask: np.ndarray) -> TextObject:
    left, top, _, _ = _sides(mask)
    return TextObject(
        segment_name(one.finding, making.unit),
        "PIXEL",
        anchor_point=(left + _EDGE, top + _EDGE),
        anchor_point_visible=False,
        tracking_id=one.tracking_id,
        tracking_uid=one.tracking_uid,
    )
