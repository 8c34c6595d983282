"""Where the highest patches lie, and whether that is on a lesion."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLab.evaluate.heatmap.heatmap_cases import HeatmapPixels
from GANAnomalyLab.evaluate.heatmap.localisation import default_patch_size, iou, lesion_rectangles, locate, top_patches
from GANAnomalyLab.evaluate.lesion_boxes import Box
from GANAnomalyLib.errors import InputError


def pixels(heat, lesion=None, counted=None, boxes=None) -> HeatmapPixels:
    lesion = np.zeros(heat.shape, bool) if lesion is None else lesion
    return HeatmapPixels(heat, lesion, np.ones(heat.shape, bool) if counted is None else counted, boxes)


def squares(*places, shape=(1, 24, 30), size=6):
    heat = np.zeros(shape, np.float32)
    for number, row, col, value in places:
        heat[number, row : row + size, col : col + size] = value
    return heat


def test_patches_come_highest_first_and_apart():
    heat = squares((0, 2, 3, 2.0), (0, 12, 20, 3.0))
    found = top_patches(pixels(heat), 6, 2)
    assert [(p.row, p.col, p.score) for p in found] == [(12, 20, 3.0), (2, 3, 2.0)]
    lifted = top_patches(pixels(heat - 100), 6, 2)
    assert [(p.row, p.col) for p in lifted] == [(12, 20), (2, 3)]


def test_one_place_in_neighbouring_slices_is_one():
    heat = squares(*((k, 4, 4, 5.0 - k) for k in range(3)), (2, 15, 20, 1.0), shape=(3, 24, 30))
    found = top_patches(pixels(heat), 6, 2)
    assert [(p.slice, p.row, p.col) for p in found] == [(0, 4, 4), (2, 15, 20)]


def test_what_does_not_count_draws_no_patch():
    heat = squares((0, 2, 3, 9.0), (0, 12, 20, 3.0))
    counted = heat < 9
    heat[~counted] = np.nan
    found = top_patches(pixels(heat, counted=counted), 6, 1)
    assert [(p.row, p.col, p.score) for p in found] == [(12, 20, 3.0)]


def test_hits_by_centre_and_by_overlap():
    heat = squares((0, 2, 3, 2.0), (0, 12, 20, 3.0))
    lesion = np.zeros(heat.shape, bool)
    lesion[0, 2:8, 6:12] = True  # half of the second patch: intersection 18 of 54
    lesion[0, 4, 5] = True  # a corner joins it by no side: the same part all the same
    lesion[0, 5, 5] = True
    found = locate(pixels(heat, lesion), 6, 2, min_iou=0.3)
    assert lesion_rectangles(pixels(heat, lesion)) == {0: [(2, 8, 5, 12)]}
    assert (found.by_centre, found.by_iou) == (2, 2)
    assert found.best_iou == pytest.approx(24 / (36 + 42 - 24))
    assert locate(pixels(heat, lesion), 6, 1).by_centre is None
    assert locate(pixels(heat, lesion), 6, 2, min_iou=0.5).by_iou is None
    elsewhere = np.zeros((2, *heat.shape[1:]), bool)
    elsewhere[1] = lesion[0]
    both = pixels(np.concatenate([heat, np.zeros_like(heat)]), elsewhere)
    assert locate(both, 6, 1).best_iou == 0


def test_lesions_that_do_not_count_are_none():
    heat = squares((0, 2, 3, 2.0))
    boxes = (Box(None, 3, 2, 9, 8), Box(0, 20, 12, 26, 18))
    counted = np.ones(heat.shape, bool)
    counted[0, 10:] = False
    assert lesion_rectangles(pixels(heat, counted=counted, boxes=boxes)) == {0: [(2, 8, 3, 9)]}


def test_overlap_of_rectangles():
    assert iou((0, 2, 0, 2), (0, 2, 0, 2)) == 1
    assert iou((0, 2, 0, 2), (2, 4, 0, 2)) == 0
    assert iou((0, 2, 0, 2), (1, 3, 1, 3)) == pytest.approx(1 / 7)


def test_patch_sizes():
    assert default_patch_size((1, 512, 512)) == 32
    assert default_patch_size((3, 40, 64)) == 10
    assert default_patch_size((1, 3, 3)) == 1
    with pytest.raises(InputError, match="do not fit"):
        top_patches(pixels(squares()), 25, 1)
