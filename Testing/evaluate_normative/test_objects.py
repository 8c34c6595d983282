"""Lesions as objects at a threshold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from GANAnomalyLab.evaluate.evaluation_options import ObjectOptions
from GANAnomalyLab.evaluate.normative import ObjectCounts, count_objects, normative_indices
from GANAnomalyLib.errors import InputError


def scene():
    """Two lesions of 20 and 10 voxels, and heat of 5 wherever it is set."""
    lesion = np.zeros((3, 12, 12), bool)
    lesion[1, 1:5, 1:6] = True
    lesion[1, 8:10, 1:6] = True
    return np.zeros(lesion.shape, np.float32), lesion


def test_more_than_a_tenth_must_light_up():
    heat, lesion = scene()
    heat[1, 1, 1:3] = 5  # exactly a tenth of the first lesion
    assert count_objects(heat, lesion, 4.0).found == 0
    heat[1, 1, 3] = 5
    assert count_objects(heat, lesion, 4.0) == ObjectCounts(2, 1, 0)
    assert count_objects(heat, lesion, 5.0).found == 0, "heat that equals the threshold does not respond"


def test_responses_away_from_lesions_count_from_their_least_size_on():
    heat, lesion = scene()
    heat[1, 1:4, 1:10] = 5  # reaches far out of its lesion, but touches it
    heat[0, 9:11, 8:10] = 5  # four voxels
    assert count_objects(heat, lesion, 4.0, 16.0).false_positives == 1
    assert count_objects(heat, lesion, 4.0, 15.9).false_positives == 0
    assert count_objects(heat, lesion, 4.0, 1.0, ObjectOptions(least_mm3=4)).false_positives == 1


def test_parts_that_meet_at_a_corner_are_one():
    heat, lesion = np.zeros((2, 4, 4), np.float32), np.zeros((2, 4, 4), bool)
    lesion[0, 1, 1] = lesion[1, 2, 2] = True
    assert count_objects(heat, lesion, 1.0).lesions == 1


def test_ratios():
    counts = ObjectCounts(4, 3, 1)
    assert (counts.precision, counts.recall, counts.f1) == (0.75, 0.75, 0.75)
    healthy = ObjectCounts(0, 0, 5)
    assert all(math.isnan(value) for value in (healthy.precision, healthy.recall, healthy.f1))
    assert math.isnan(ObjectCounts(2, 0, 0).precision)
    assert ObjectCounts.pooled([counts, healthy]) == ObjectCounts(4, 3, 6)


@given(
    hnp.arrays(np.float32, (2, 6, 6), elements=st.floats(0, 8, width=16)),
    hnp.arrays(bool, (2, 6, 6)),
    st.floats(0, 8),
    st.floats(0, 8),
)
@settings(max_examples=50, deadline=None)
def test_a_higher_threshold_never_finds_more(heat, lesion, one, other):
    low, high = (count_objects(heat, lesion, at, 100.0) for at in sorted((one, other)))
    assert high.found <= low.found <= low.lesions == high.lesions
    assert count_objects(heat, lesion, 8.0, 100.0) == ObjectCounts(low.lesions, 0, 0)


def test_bad_values_are_told():
    heat, lesion = scene()
    heat[0, 0, 0] = np.nan
    with pytest.raises(InputError, match="NaN"):
        count_objects(heat, lesion, 1.0)


def test_the_lesions_of_a_study_are_found_at_thresholds_of_its_healthy_scans(study):
    found = normative_indices(study.healthy, {"ill": study.ill})
    assert list(found.thresholds) == ["0.01", "0.02", "0.05"]
    assert sorted(found.thresholds.values(), reverse=True) == list(found.thresholds.values())
    for threshold, counts in found.objects["ill"].items():
        assert (counts.lesions, counts.recall) == (2, 1.0), threshold
    assert set(found.objects) == {"healthy", "ill"}
    own = [row.value for row in found.objects_by_case if row.threshold == "own 95th percentile"]
    assert len(set(own)) == 5, "each scan has its own"
