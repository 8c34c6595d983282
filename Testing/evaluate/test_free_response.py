"""Lesions in three dimensions, and what the highest places of a heatmap do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from GANAnomalyLab.evaluate.heatmap.free_response import froc_case, numbered_lesions
from GANAnomalyLab.evaluate.heatmap.heatmap_cases import HeatmapPixels
from GANAnomalyLab.evaluate.heatmap.localisation import lesion_rectangles
from GANAnomalyLab.evaluate.lesion_boxes import Box
from GANAnomalyLab.statistics.froc import froc

SHAPE = (5, 24, 30)


def pixels(lesion=None, heat=None, boxes=None, counted=None):
    lesion = np.zeros(SHAPE, bool) if lesion is None else lesion
    heat = lesion.astype(float) if heat is None else heat
    return HeatmapPixels(heat, lesion, np.ones(SHAPE, bool) if counted is None else counted, boxes)


def test_a_lesion_is_one_over_its_slices():
    lesion = np.zeros(SHAPE, bool)
    lesion[0:3, 2:6, 2:6] = True  # one ball over three slices
    lesion[3, 6, 6] = True  # touching it by a corner only
    lesion[0, 15:18, 20:24] = True
    lesion[2, 15:18, 20:24] = True  # same place, a slice apart: another
    parts, count = numbered_lesions(pixels(lesion))
    assert count == 3
    assert parts[0] == [(0, (2, 6, 2, 6)), (1, (15, 18, 20, 24))]
    assert parts[3] == [(0, (6, 7, 6, 7))]
    assert parts[2][1] == (2, (15, 18, 20, 24))


def test_boxes_join_from_slice_to_slice():
    boxes = (
        Box(2, 4, 4, 9, 9), Box(0, 2, 2, 6, 6), Box(1, 3, 3, 8, 8),
        Box(0, 4, 4, 9, 9),  # beside the first in its own slice: another, until slice 1 overlaps both
        Box(4, 4, 4, 9, 9), Box(2, 20, 10, 25, 15),
    )  # fmt: skip
    _, count = numbered_lesions(pixels(boxes=boxes))
    assert count == 3
    parts, count = numbered_lesions(pixels(boxes=boxes[3:5]))
    assert (parts, count) == ({0: [(0, (4, 9, 4, 9))], 4: [(1, (4, 9, 4, 9))]}, 2)
    counted = np.ones(SHAPE, bool)
    counted[4] = False
    assert numbered_lesions(pixels(boxes=boxes[3:5], counted=counted))[1] == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.02, 0.4))
def test_numbers_are_those_of_the_connected_parts(seed, share):
    lesion = np.random.default_rng(seed).random((4, 7, 8)) < share
    counted = np.ones(lesion.shape, bool)
    held = HeatmapPixels(lesion.astype(float), lesion, counted)
    parts, count = numbered_lesions(held)
    labels, expected = ndimage.label(lesion, np.ones((3, 3, 3)))
    assert count == expected
    assert {n: [r for _, r in held_parts] for n, held_parts in parts.items()} == lesion_rectangles(held)
    for number, held_parts in parts.items():
        for lesion_number, (r0, r1, c0, c1) in held_parts:
            assert (labels[number, r0:r1, c0:c1] == lesion_number + 1).any()
    assert {n for held_parts in parts.values() for n, _ in held_parts} == set(range(count))


def test_what_the_patches_do_by_hand():
    lesion = np.zeros(SHAPE, bool)
    lesion[1, 4:8, 4:8] = True
    lesion[3, 14:18, 20:24] = True
    heat = np.zeros(SHAPE)
    heat[1, 4:8, 4:8] = 5.0
    heat[3, 14:18, 2:6] = 3.0  # hot where nothing is
    heat[3, 14:18, 20:24] = 2.0
    case = froc_case(pixels(lesion, heat), 4, findings=3)
    assert case.found == (5.0, 2.0)
    assert case.false == (3.0,)
    rates, sensitivity, _ = froc([case])
    assert (rates.tolist(), sensitivity.tolist()) == ([0, 0, 1, 1], [0, 0.5, 0.5, 1])
    # Cold places are no findings.
    assert len(froc_case(pixels(lesion, np.zeros(SHAPE)), 4).false) == 0
    assert froc_case(pixels(lesion, np.zeros(SHAPE)), 4).lesions == 2


@pytest.mark.parametrize(("shift", "hit"), [(0, True), (3, True), (7, False)])
def test_centre_or_overlap(shift, hit):
    lesion = np.zeros(SHAPE, bool)
    lesion[0, 8:12, 8:12] = True
    heat = np.zeros(SHAPE)
    heat[0, 6:14, 6 + shift : 14 + shift] = 1.0
    case = froc_case(pixels(lesion, heat), 8, min_iou=0.1, findings=1)
    assert (len(case.found), len(case.false)) == ((1, 0) if hit else (0, 1))
