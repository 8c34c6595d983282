"""Scores in times what similar normal slices show at the same place."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.score.calibration import Calibration

PATCH, SIDE = 4, 32
WINDOWS = SIDE - PATCH + 1


def normals(count: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Slices of two levels of a body: bright ones whose upper left, dark ones whose lower right is never explained."""
    rng = np.random.default_rng(seed)
    maps = np.abs(10 + rng.normal(0, 1.0, (count, WINDOWS, WINDOWS)))
    pictures = np.full((count, SIDE, SIDE), 60, np.uint8)
    pictures[::2] = 180
    maps[::2, :10, :10] += 60
    maps[1::2, 10:20, 19:] += 60
    maps[:, 25:] = 0
    return pictures, maps


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    return Calibration.from_normals(*normals(), PATCH)


def test_a_place_that_is_always_explained_badly_at_this_level_no_longer_wins(calibration):
    pictures, maps = normals(2, seed=1)
    for picture, patch_map in zip(pictures, maps, strict=True):
        patch_map[22, 12] = 40
        assert np.unravel_index(patch_map.argmax(), patch_map.shape) != (22, 12)
        calibrated = calibration.apply(patch_map, picture)
        assert np.unravel_index(calibrated.argmax(), calibrated.shape) == (22, 12)


def test_what_is_usual_at_one_level_stands_out_at_another(calibration):
    pictures, maps = normals(2, seed=2)
    assert calibration.apply(maps[0], pictures[0]).max() < 3
    assert calibration.apply(maps[0], pictures[1]).max() > 4


def test_a_normal_slice_lies_around_one_and_air_does_not_explode(calibration):
    pictures, maps = normals(1, seed=3)
    assert 0.8 < np.median(calibration.apply(maps[0], pictures[0])[:20]) < 1.25
    maps[0, 28, 15] = 2.0
    assert calibration.apply(maps[0], pictures[0])[28, 15] < 1.0


def test_a_noisier_scan_is_not_a_more_abnormal_one(calibration):
    pictures, maps = normals(1, seed=4)
    quiet, noisy = calibration.apply(maps[0], pictures[0]), calibration.apply(1.8 * maps[0], pictures[0])
    assert noisy.max() == pytest.approx(quiet.max(), rel=0.01)


def test_windows_that_do_not_count_stay_out(calibration):
    pictures, maps = normals(1, seed=5)
    maps[0, 5:9] = np.nan
    assert np.isnan(calibration.apply(maps[0], pictures[0])[5:9]).all()


def test_a_stored_calibration_gives_the_same_scores(calibration):
    pictures, maps = normals(1, seed=6)
    again = Calibration.stored(calibration.tensors("wd", PATCH), "wd", PATCH)
    np.testing.assert_allclose(again.apply(maps[0], pictures[0]), calibration.apply(maps[0], pictures[0]), rtol=0.01)
    assert Calibration.stored(calibration.tensors("wd", PATCH), "mse", PATCH) is None
    assert Calibration.stored({}, "wd", PATCH) is None


def test_what_does_not_fit_is_refused(calibration):
    with pytest.raises(InputError, match="another size"):
        calibration.apply(np.zeros((10, 10)), np.zeros((SIDE, SIDE), np.uint8))
    with pytest.raises(InputError, match="at least one"):
        Calibration.from_normals(np.zeros((0, SIDE, SIDE)), np.zeros((0, 3, 3)), PATCH)
    broken = calibration.tensors("wd", PATCH)
    broken["thumbnails"] = broken["thumbnails"][:3]
    with pytest.raises(InputError, match="cannot be read"):
        Calibration.stored(broken, "wd", PATCH)
