"""Scores in units of what pixels of similar normal slices leave over."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.score.calibration import Calibration
from GANAnomalyLib.score.differences import STEP, Differences

PATCH, SIDE = 4, 32


def normals(count: int, seed: int, side: int = SIDE, noise: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """Slices of a body with a bright bar whose edges no reconstruction gets right, and air around it."""
    rng = np.random.default_rng(seed)
    reconstructions = np.zeros((count, side, side), np.float32)
    unit = side // 16
    reconstructions[:, 2 * unit : 14 * unit, 2 * unit : 14 * unit] = 90
    reconstructions[:, 4 * unit : 6 * unit, 4 * unit : 12 * unit] = 160
    originals = reconstructions.copy()
    originals[:, 4 * unit : 6 * unit, 4 * unit : 12 * unit] += rng.choice([-20, 20], (count, 1, 8 * unit))
    body = reconstructions > 0
    originals += rng.normal(0, noise, originals.shape) * body
    return np.clip(np.rint(originals), 0, 255).astype(np.uint8), reconstructions.astype(np.uint8)


@pytest.fixture(scope="module")
def usual() -> Differences:
    return Differences.from_normals(*normals(20, seed=0))


def corner(score_map: np.ndarray) -> tuple[int, int]:
    row, col = np.unravel_index(score_map.argmax(), score_map.shape)
    return int(row), int(col)


@pytest.mark.parametrize("metric", ["mse", "wd"])
def test_a_faint_spot_outdoes_what_is_always_explained_badly(usual, metric):
    originals, pictures = normals(1, seed=1)
    originals[0, 18:22, 10:14] += 15
    raw = np.abs(originals[0].astype(float) - pictures[0])
    assert raw[18:22, 10:14].max() < raw[8:12].max()
    row, col = corner(usual.windows(originals[0], pictures[0], PATCH, metric))
    assert max(abs(row - 18), abs(col - 10)) <= 2


def test_a_normal_slice_lies_around_one_however_noisy_and_air_stays_low(usual):
    medians = []
    for noise in (3.0, 7.0):
        originals, pictures = normals(1, seed=2, noise=noise)
        scores = usual.windows(originals[0], pictures[0], PATCH, "mse")
        assert scores.shape == (SIDE - PATCH + 1,) * 2
        medians.append(np.median(scores[5:22, 5:22]))
        assert scores[0, 0] < 0.2
    assert medians == pytest.approx([1, 1], abs=0.35)


def test_the_yardstick_follows_a_reconstruction_that_lies_elsewhere():
    rng = np.random.default_rng(3)
    smooth = ndimage.gaussian_filter(rng.normal(0, 1, (128, 128)), 6)
    picture = np.clip(120 + 50 * smooth / smooth.std(), 0, 255).astype(np.uint8)
    rows, cols = np.mgrid[:128, :128]
    spot = (rows - 64) ** 2 + (cols - 64) ** 2 < 8**2
    original = np.clip(picture + rng.choice([-30, 30], (4, 128, 128)) * spot, 0, 255).astype(np.uint8)
    usual = Differences.from_normals(original, np.repeat(picture[None], 4, 0))

    def middle(shown: np.ndarray) -> np.ndarray:
        return np.array(ndimage.center_of_mass(usual.expected(shown)[1] > 15))

    assert middle(picture) == pytest.approx([63.5, 63.5], abs=1)
    way = middle(ndimage.shift(picture, (3, -3), order=1, mode="nearest")) - middle(picture)
    assert way == pytest.approx([3, -3], abs=1.5)


@pytest.mark.parametrize("side", [32, 256])
def test_what_is_stored_is_read_again(side):
    originals, pictures = normals(3, seed=4, side=side)
    made = Differences.from_normals(originals, pictures)
    arrays = made.tensors()
    again = Calibration.stored(arrays, "mse", 5)
    assert isinstance(again, Differences)
    for metric in ("mse", "wd"):
        np.testing.assert_array_equal(
            again.windows(originals[0], pictures[0], PATCH, metric),
            made.windows(originals[0], pictures[0], PATCH, metric),
        )
    assert sum(array.nbytes for array in arrays.values()) <= 3 * (2 * 128**2 + 32**2) + 8
    assert Calibration.stored(arrays, "ssim", 5) is None


def test_differences_are_kept_to_a_step_and_large_ones_are_cut():
    original = np.array([[[255, 10], [10, 10]]], np.uint8)
    picture = np.array([[[0, 10], [13, 4]]], np.uint8)
    kept = Differences.from_normals(original, picture)
    assert np.abs(STEP * kept.means[0] - [[254, 0], [-3, 6]]).max() <= STEP / 2


def test_finer_slices_are_averaged_and_their_grain_is_still_usual():
    rng = np.random.default_rng(5)
    pictures = np.full((6, 256, 256), 100, np.uint8)
    originals = np.clip(100 + rng.normal(0, 12, pictures.shape), 0, 255).astype(np.uint8)
    kept = Differences.from_normals(originals, pictures)
    assert kept.means.shape == kept.spreads.shape == (6, 128, 128)
    _, spread = kept.expected(pictures[0])
    assert spread.shape == (256, 256)
    assert np.median(spread) == pytest.approx(12, rel=0.1)


def test_maps_of_older_files_are_still_used():
    _, pictures = normals(4, seed=6)
    maps = np.full((4, SIDE - PATCH + 1, SIDE - PATCH + 1), 20.0)
    old = Calibration.from_normals(pictures, maps, PATCH)
    found = Calibration.stored(old.tensors("wd", PATCH), "wd", PATCH)
    assert isinstance(found, Calibration)
    assert found.windows(pictures[0] + 10, pictures[0], PATCH, "wd").shape == maps.shape[1:]


def test_an_explanation_without_any_difference_scores_nothing(usual):
    _, pictures = normals(1, seed=7)
    perfect = Differences.from_normals(pictures, pictures)
    assert not np.any(perfect.windows(pictures[0], pictures[0], PATCH, "mse"))
    assert np.isfinite(usual.windows(np.zeros_like(pictures[0]), np.zeros_like(pictures[0]), PATCH, "mse")).all()


def test_what_does_not_fit_is_refused(usual):
    small = np.zeros((16, 16), np.uint8)
    with pytest.raises(InputError, match="another size"):
        usual.windows(small, small, PATCH, "mse")
    with pytest.raises(InputError, match="of one size"):
        Differences.from_normals(np.zeros((0, 8, 8), np.uint8), np.zeros((0, 8, 8), np.uint8))
    with pytest.raises(InputError, match="8-bit"):
        Differences.from_normals(np.zeros((1, 8, 8)), np.zeros((1, 8, 8)))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("means", lambda a: a[:-1]),
        ("means", lambda a: a.astype(np.float16)),
        ("pictures", lambda a: a[:, :-1]),
        ("version", lambda a: a[:1]),
        ("version", lambda a: np.array([1, 64], np.int32)),
        ("version", lambda a: np.array([0, SIDE], np.int32)),
        ("version", lambda a: np.array([1, -5], np.int32)),
    ],
)
def test_damaged_arrays_are_told_of(usual, name, change):
    arrays = usual.tensors()
    arrays[f"differences.{name}"] = change(arrays[f"differences.{name}"])
    with pytest.raises(InputError, match="cannot be read"):
        Calibration.stored(arrays, "mse", PATCH)


def test_a_file_of_a_newer_version_says_so(usual):
    arrays = usual.tensors()
    arrays["differences.version"] = np.array([2, SIDE], np.int32)
    with pytest.raises(InputError, match="newer"):
        Calibration.stored(arrays, "wd", PATCH)


def test_a_stop_is_heeded(usual):
    originals, pictures = normals(1, seed=8)
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        usual.windows(originals[0], pictures[0], PATCH, "mse", token.check)
