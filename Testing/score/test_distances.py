"""Distances against SciPy, scikit-image and plain arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import wasserstein_distance
from skimage.metrics import structural_similarity

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.score import distance, to_gray8

pairs = hnp.array_shapes(min_dims=1, max_dims=3, max_side=12).flatmap(
    lambda shape: st.tuples(hnp.arrays(np.uint8, shape), hnp.arrays(np.uint8, shape))
)


@given(pairs)
def test_agrees_with_scipy_and_arithmetic(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = pair
    assert distance(a, b, "wd") == pytest.approx(wasserstein_distance(a.ravel(), b.ravel()), abs=1e-9)
    assert distance(a, b, "mse") == pytest.approx(((a.astype(float) - b) ** 2).mean(), abs=1e-9)


@given(pairs)
def test_symmetric_and_zero_for_equal(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = pair
    for metric in ("wd", "mse"):
        assert distance(a, b, metric) == distance(b, a, metric) >= 0
        assert distance(a, a, metric) == 0


@given(hnp.arrays(np.uint8, (9, 9), elements=st.integers(0, 200)), st.integers(0, 55))
def test_wd_of_a_brighter_copy_is_the_shift(a: np.ndarray, shift: int) -> None:
    assert distance(a, a + np.uint8(shift)) == pytest.approx(shift)


@given(hnp.arrays(np.uint8, (6, 7)), st.randoms(use_true_random=False))
def test_wd_ignores_position(a: np.ndarray, random: object) -> None:
    shuffled = a.ravel().copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert distance(a, shuffled.reshape(a.shape)) == 0


def test_ssim_is_one_minus_scikit_images() -> None:
    rng = np.random.default_rng(3)
    a = rng.integers(0, 256, (40, 33), np.uint8)
    b = rng.integers(0, 256, (40, 33), np.uint8)
    mean, local = structural_similarity(a, b, data_range=255, full=True)
    assert distance(a, b, "ssim") == pytest.approx(1 - mean, abs=1e-9)
    mask = rng.random((40, 33)) > 0.5
    assert distance(a, b, "ssim", mask) == pytest.approx(1 - local[mask].mean(), abs=1e-9)
    assert distance(a, a, "ssim") == 0


def test_mask_selects_pixels() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.integers(0, 256, (2, 20, 20), np.uint8)
    mask = np.zeros((20, 20), np.int16)
    mask[3:9, 4:17] = 5
    for metric in ("wd", "mse"):
        assert distance(a, b, metric, mask) == distance(a[3:9, 4:17], b[3:9, 4:17], metric)


def test_gray8_spans_the_range_and_clips() -> None:
    values = np.array([-3, -1, -1 + 2 / 255, 0.002, 1, 7])
    assert to_gray8(values).tolist() == [0, 0, 1, 128, 255, 255]
    levels = np.arange(256)
    assert (to_gray8(levels / 127.5 - 1) == levels).all()
    with pytest.raises(InputError, match="NaN"):
        to_gray8(np.array([0.0, np.nan]))


IMAGE = np.zeros((8, 8), np.uint8)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((IMAGE, IMAGE[:5]), "8 x 8.*5 x 8"),
        ((IMAGE.astype(np.float32), IMAGE), "original has float32"),
        ((IMAGE, IMAGE.astype(np.int16)), "reconstruction has int16"),
        ((IMAGE[:0], IMAGE[:0]), "no pixels"),
        ((IMAGE, IMAGE, "psnr"), "no metric 'psnr'.*wd, mse, ssim"),
        ((IMAGE, IMAGE, "wd", IMAGE), "mask is empty"),
        ((IMAGE, IMAGE, "wd", np.ones((4, 4), bool)), "mask is 4 x 4 but the image is 8 x 8"),
        ((IMAGE, IMAGE, "wd", np.ones((8, 8))), "mask has float64"),
        ((IMAGE[:6], IMAGE[:6], "ssim"), "7 x 7"),
    ],
)
def test_refuses_with_a_sentence(arguments: tuple, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        distance(*arguments)
