"""The quick hash tells any change of voxels, whatever number type they are kept in."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLib.volume.quick_hash import QuickHash, quick_hash, sample_hash


@pytest.fixture
def voxels():
    return np.random.default_rng(303).integers(-1000, 1000, (40, 50, 60)).astype(np.int16)


def test_one_voxel_anywhere_by_one_is_told(voxels):
    before = quick_hash(voxels)
    for place in ((0, 0, 0), (39, 49, 59), (17, 3, 41)):
        changed = voxels.copy()
        changed[place] += 1
        assert quick_hash(changed) != before


def test_planes_that_changed_places_are_told(voxels):
    assert quick_hash(voxels[::-1]) != quick_hash(voxels)


@pytest.mark.parametrize("kind", ["int32", "float32", "float64", ">i2"])
def test_the_number_type_and_the_order_in_memory_do_not_matter(voxels, kind):
    voxels[0, 0, 0] = 0
    other = np.asfortranarray(voxels.astype(kind))
    if other.dtype.kind == "f":
        other[0, 0, 0] = -0.0
    assert quick_hash(other) == quick_hash(voxels)


def test_in_steps_it_is_the_same(voxels):
    steps = QuickHash(voxels)
    for first in range(0, 40, 7):
        steps.add(voxels[first : first + 7])
    assert steps.value == quick_hash(voxels)


def test_the_sample_tells_another_image_at_once(voxels):
    print_ = quick_hash(voxels)
    assert print_.startswith(sample_hash(voxels) + "-")
    assert sample_hash(voxels + 1) != sample_hash(voxels)
    assert sample_hash(voxels.reshape(50, 40, 60)) != sample_hash(voxels)
