"""Scores in times what is usual at the same place."""

from __future__ import annotations

import numpy as np
import pytest
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.score.calibration import Calibration


def normals(count: int = 40, noise: float = 1.0, seed: int = 0) -> np.ndarray:
    """Patch maps of slices that are explained well but for a corner that never is."""
    rng = np.random.default_rng(seed)
    maps = 10 + rng.normal(0, noise, (count, 30, 30))
    maps[:, :10, :10] += 60
    maps[:, 25:] = 0
    return np.abs(maps)


def test_a_place_that_is_always_explained_badly_no_longer_wins():
    calibration = Calibration.from_normals(normals(), patch_size=4)
    slice_map = normals(1, seed=1)[0]
    slice_map[18, 18] = 45
    assert np.unravel_index(slice_map.argmax(), slice_map.shape) != (18, 18)
    calibrated = calibration.apply(slice_map)
    assert np.unravel_index(calibrated.argmax(), calibrated.shape) == (18, 18)


def test_a_normal_slice_lies_around_one_and_air_does_not_explode():
    calibration = Calibration.from_normals(normals(), patch_size=4)
    calibrated = calibration.apply(normals(1, seed=2)[0])
    assert 0.8 < np.median(calibrated[:20]) < 1.25
    noisy_air = normals(1, seed=2)[0]
    noisy_air[28, 15] = 2.0
    assert calibration.apply(noisy_air)[28, 15] < 1.0


def test_a_noisier_scan_is_not_a_more_abnormal_one():
    calibration = Calibration.from_normals(normals(), patch_size=4)
    quiet, noisy = normals(1, seed=3)[0], 1.8 * normals(1, seed=3)[0]
    assert calibration.apply(noisy).max() == pytest.approx(calibration.apply(quiet).max(), rel=0.01)


def test_windows_that_do_not_count_stay_out():
    calibration = Calibration.from_normals(normals(), patch_size=4)
    slice_map = normals(1, seed=4)[0]
    slice_map[5:9] = np.nan
    assert np.isnan(calibration.apply(slice_map)[5:9]).all()


def test_what_does_not_fit_is_refused():
    calibration = Calibration.from_normals(normals(), patch_size=4)
    with pytest.raises(InputError, match="calibration is for maps"):
        calibration.apply(np.zeros((10, 10)))
    with pytest.raises(InputError, match="at least one"):
        Calibration.from_normals(np.zeros((0, 3, 3)), 4)
