"""The curve shows the highest patch of every slice, what normals seldom reach, and labels that can be read."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from GANAnomalyLib.models.score_units import CALIBRATED
from GANAnomalyLib.pictures.score_curve import FALSE_POSITIVES_SAID, draw_curve, spread

pytest.importorskip("matplotlib")


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0.01, 0.08))
def test_spread_keeps_order_and_distance_and_moves_no_more_than_it_must(places, apart):
    moved = spread(places, apart, 0.0, 1.0)
    order = np.argsort(places, kind="stable")
    assert (np.diff(moved[order]) >= apart - 1e-9).all()
    assert ((moved >= -1e-9) & (moved <= 1 + 1e-9)).all()
    if (np.diff(np.array(places)[order]) >= apart).all():
        assert np.allclose(moved, places)


def test_a_pair_is_parted_evenly_and_a_crowd_stands_from_end_to_end():
    assert spread([0.5, 0.5], 0.1, 0, 1) == pytest.approx([0.45, 0.55])
    assert spread([0.99, 0.2, 0.98], 0.1, 0, 1) == pytest.approx([1.0, 0.2, 0.9])
    assert spread([0.5] * 5, 0.3, 0, 1) == pytest.approx([0, 0.25, 0.5, 0.75, 1])


@pytest.fixture
def axes():
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 10.4), dpi=120)
    FigureCanvasAgg(figure)
    return figure.add_axes((0.06, 0.085, 0.43, 0.29))


def _told(result, **changes):
    settings = {**result.manifest["settings"], "score_unit": CALIBRATED}
    return dataclasses.replace(result, manifest={**result.manifest, "settings": settings, **changes})


def test_the_curve_is_the_highest_patch_in_its_unit(axes, result):
    draw_curve(axes, _told(result), [])
    (line,) = axes.lines
    assert list(line.get_ydata()) == [row["patch_score"] for row in result.scores]
    assert axes.get_ylabel() == CALIBRATED
    assert len(axes.texts) == 0


def test_a_dashed_line_says_what_one_normal_slice_in_twenty_reaches(axes, result):
    top = 2 * max(row["patch_score"] for row in result.scores)
    draw_curve(axes, _told(result, slice_thresholds={"0.01": 3 * top, "0.05": top}), [])
    line = axes.lines[1]
    assert set(line.get_ydata()) == {top}
    assert line.is_dashed()
    assert axes.get_ylim()[1] > top
    assert [text.get_text() for text in axes.texts] == [FALSE_POSITIVES_SAID] == ["1 in 20 normal slices"]


def test_scores_without_patches_are_drawn_without_the_line(axes, result):
    rows = [{"slice": row["slice"], "score": row["score"]} for row in result.scores]
    bare = dataclasses.replace(_told(result, slice_thresholds={"0.05": 1.0}), scores=rows)
    draw_curve(axes, bare, [])
    (line,) = axes.lines
    assert list(line.get_ydata()) == [row["score"] for row in rows]


def test_labels_of_neighbouring_slices_do_not_touch(axes, result):
    findings = [dataclasses.replace(result.findings[0], rank=n + 1, slice=10 + n // 3) for n in range(12)]
    draw_curve(axes, result, findings)
    axes.figure.canvas.draw()
    boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.x0)
    assert [text.get_text() for text in axes.texts] == [str(n + 1) for n in range(12)]
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))
    # Nor do they reach the title.
    assert all(box.y1 < axes._left_title.get_window_extent().y0 for box in boxes)
