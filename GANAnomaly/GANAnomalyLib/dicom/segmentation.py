"""Findings, and heat above a threshold, as DICOM Segmentation on the source's instances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from highdicom.color import CIELabColor
from highdicom.seg import Segmentation, SegmentDescription
from pydicom.dataset import Dataset

from ..files import hash_array, hash_json
from ..results.colours import finding_colour
from ..results.segmentation_file import segment_name
from ..running.quiet import quiet
from .codes import ABNORMAL_STRUCTURE, own_scheme
from .making import Making, Placed, finish
from .on_planes import Marked
from .plane_images import plane_images, refer_to_source

_MOST_BYTES = 1 << 30
"""Of pixels, one byte a segment: above it, segments that overlap share them as in a label map."""


def findings_segmentation(making: Making, placed: Sequence[Placed], labelmap: bool = False) -> Dataset:
    """A segment a finding, numbered in the order given (``segment`` of each is set); only frames that hold something.

    Boxes may overlap. With ``labelmap``, where they cannot, the better rank has the pixels that two share: ``marked``
    and ``volume_mm3`` of the other are what is left of it, and a finding of which nothing is left gets no segment.
    """
    numbers = sorted({n for one in placed for n, _ in one.marked})
    labelmap_pixels, overlap = _labels(making, placed, numbers)
    size = labelmap_pixels.size * len(placed)
    if overlap and (labelmap or size > _MOST_BYTES):
        placed = _without_shared(making, placed, labelmap_pixels, numbers)
        labelmap_pixels, overlap = _labels(making, placed, numbers)
    pixels = stacked([one.marked for one in placed], labelmap_pixels.shape, numbers) if overlap else labelmap_pixels
    for n, one in enumerate(placed, start=1):
        one.segment = n
    descriptions = [
        SegmentDescription(
            segment_number=one.segment,
            segment_label=segment_name(one.finding, making.unit)[:64],
            segmented_property_category=ABNORMAL_STRUCTURE,
            segmented_property_type=ABNORMAL_STRUCTURE,
            algorithm_type="AUTOMATIC",
            algorithm_identification=making.algorithm_sequence(),
            tracking_uid=one.tracking_uid,
            tracking_id=one.tracking_id,
            display_color=CIELabColor.from_rgb(*(255 * value for value in finding_colour(one.segment - 1))),
        )
        for one in placed
    ]
    kind = "LABELMAP" if labelmap else "BINARY"
    marks = hash_json([[one.finding.rank, n, hash_array(mask)] for one in placed for n, mask in one.marked])
    return made_segmentation(making, numbers, pixels, descriptions, kind, "seg", "FINDINGS", marks)


def heat_segmentation(making: Making, numbers: list[int], heat: np.ndarray, threshold: float) -> Dataset | None:
    """Where the heat (N, rows, columns) on these planes is above a threshold, as one segment; None if it nowhere is."""
    above = heat > threshold
    held = np.asarray(above.any(axis=(1, 2)))
    if not held.any():
        return None
    description = SegmentDescription(
        segment_number=1,
        segment_label=f"Heat above {threshold:.3g}",
        segmented_property_category=ABNORMAL_STRUCTURE,
        segmented_property_type=ABNORMAL_STRUCTURE,
        algorithm_type="AUTOMATIC",
        algorithm_identification=making.algorithm_sequence(),
        tracking_uid=making.uid("tracking", "heat"),
        tracking_id="GANAnomaly heat",
        display_color=CIELabColor.from_rgb(255, 120, 40),
    )
    chosen = [n for n, there in zip(numbers, held, strict=True) if there]
    pixels = above[held].astype(np.uint8)
    return made_segmentation(
        making, chosen, pixels, [description], "BINARY", "heat", "HEAT", hash_array(pixels, str(chosen))
    )


def made_segmentation(
    making: Making,
    numbers: Sequence[int],
    pixels: np.ndarray,
    descriptions: Sequence[SegmentDescription],
    kind: str,
    series: str,
    label: str,
    content: str,
) -> Dataset:
    """A Segmentation of ``kind`` ("BINARY", "LABELMAP") on the planes with these ``numbers``; ``pixels`` (N, rows,
    columns) with the numbers of segments, or (N, rows, columns, segments). ``series`` is a kind of object
    (:data:`.making.SERIES`), ``content`` what tells it from others of its kind."""
    with quiet():
        made = Segmentation(
            source_images=plane_images(making, numbers),
            pixel_array=pixels,
            segmentation_type=kind,
            segment_descriptions=descriptions,
            content_label=label,
            content_description="Research use only",
            coding_schemes=[own_scheme()],
            **making.common(series, kind, content),
        )
    refer_to_source(made, making)
    return finish(made, making.created, making.root)


def _labels(making: Making, placed: Sequence[Placed], numbers: Sequence[int]) -> tuple[np.ndarray, bool]:
    """(N, rows, columns) with the number of each finding (from 1, the first on top), and whether any two overlap."""
    kind = np.uint8 if len(placed) < 256 else np.uint16
    labels = np.zeros((len(numbers), *making.source.planes[0].shape), kind)
    places = {n: place for place, n in enumerate(numbers)}
    overlap = False
    for number, one in reversed(list(enumerate(placed, start=1))):
        for n, mask in one.marked:
            plane = labels[places[n]]
            overlap = overlap or bool(plane[mask].any())
            plane[mask] = number
    return labels, overlap


def stacked(findings: Sequence[Marked], shape: tuple[int, ...], numbers: Sequence[int]) -> np.ndarray:
    """(N, rows, columns, findings) uint8 for a ``shape`` (N, rows, columns) of the planes with these ``numbers``.

    In memory a finding lies whole, which is what is asked for by and by.
    """
    pixels = np.zeros((len(findings), *shape), np.uint8)
    places = {n: place for place, n in enumerate(numbers)}
    for number, marked in enumerate(findings):
        for n, mask in marked:
            pixels[number, places[n]] = mask
    return np.moveaxis(pixels, 0, -1)


def _without_shared(
    making: Making, placed: Sequence[Placed], labels: np.ndarray, numbers: Sequence[int]
) -> list[Placed]:
    places = {n: place for place, n in enumerate(numbers)}
    kept = []
    for number, one in enumerate(placed, start=1):
        left = [(n, labels[places[n]] == number) for n, _ in one.marked]
        held = [(n, mask) for n, mask in left if mask.any()]
        if held:
            one.marked, one.volume_mm3 = held, making.volume_of(held)
            kept.append(one)
    return kept
