"""Each check flags what is wrong, and what is right it leaves alone."""

import numpy as np
import pytest
from curate.drawn import DEFECTS, chest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLab.curate.cheap_checks import CHECKS, MEASURES, measure, perceptual_hashes

NORMAL = 60


def levels(pixels):
    return pixels.astype(np.float32) / 255


@pytest.fixture(scope="module")
def normals():
    return [measure(levels(chest(seed))) for seed in range(NORMAL)]


def excess_of(name, normals, more):
    check = next(one for one in CHECKS if one.name == name)
    return check.excess(np.array([one[check.measure] for one in [*normals, more]]))


def test_every_check_has_a_defect_that_it_flags():
    assert set(DEFECTS) == {check.name for check in CHECKS}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_check_flags_its_defect(name, normals):
    found = excess_of(name, normals, measure(levels(DEFECTS[name](chest(1000)))))
    assert found[-1] > 0
    assert found[:-1].max() <= 0


def test_normal_images_are_flagged_by_nothing(normals):
    for check in CHECKS:
        values = np.array([one[check.measure] for one in normals])
        assert (check.excess(values) <= 0).all(), check.name


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 5), (2000, 30)])
def test_any_shape_is_measured(shape):
    found = measure(np.linspace(0, 1, shape[0] * shape[1], dtype=np.float32).reshape(shape))
    assert set(found) == set(MEASURES)
    assert all(np.isfinite(value) for value in found.values())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.8, 1.2), st.floats(-0.05, 0.05))
def test_hashes_of_a_brightened_and_scaled_image_stay_near(seed, contrast, brightness):
    before = levels(chest(seed, 256))
    after = np.clip(levels(chest(seed, 256))[::2, ::2] * contrast + brightness, 0, 1)
    one, two = perceptual_hashes(before)[0], perceptual_hashes(np.ascontiguousarray(after))[0]
    assert (one ^ two).bit_count() <= 6


def test_the_mirrored_hash_is_the_mirror_images_hash():
    image = levels(chest(3))
    own, mirrored = perceptual_hashes(image)
    assert perceptual_hashes(np.ascontiguousarray(image[:, ::-1])) == (mirrored, own)


def test_hashes_tell_images_apart():
    draws = np.random.default_rng(0)
    found = {perceptual_hashes(draws.random((64, 64), np.float32))[0] for _ in range(50)}
    assert len(found) == 50


def test_a_limit_that_is_not_there_flags_nothing():
    check = next(one for one in CHECKS if one.name == "dark")
    assert (check.excess(np.array([1e9, 5.0, 0.5])) <= 0).all()
    assert np.isneginf(check.excess(np.array([np.nan]))).all()
