"""Noise of the variance that was asked for, blur as the convolution that it is."""

from __future__ import annotations

import numpy as np
import pytest
from datasets.made import TORSO, pixels, write_folder
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage, signal

from GANAnomalyLab.datasets.convert_set import SetJob
from GANAnomalyLab.datasets.degrade_set import DegradeOptions, degrade, degrade_dataset
from GANAnomalyLab.images.archive import open_pictures
from GANAnomalyLib.errors import InputError


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("variance", [0.0004, 0.004])
def test_the_noises_variance(dtype, variance):
    top = np.iinfo(dtype).max
    grey = np.full((400, 400), top // 2, dtype)
    noisy = degrade(grey, DegradeOptions(variance=variance), "a").astype(float) / top
    assert noisy.mean() == pytest.approx(0.5, abs=0.003)
    # 160000 draws: the sample's variance lies within 1 % (2.8 standard errors); rounding to 8 bits adds 1/12 level^2.
    rounding = 1 / 12 / top**2
    assert noisy.var() - rounding == pytest.approx(variance, rel=0.015)
    assert np.abs(np.corrcoef(noisy[:, :-1].ravel(), noisy[:, 1:].ravel())[0, 1]) < 0.01


@pytest.mark.parametrize(("kernel", "sigma"), [(3, None), (5, 1.5), (9, 0.7), (1, None)])
def test_the_blur(kernel, sigma):
    values = pixels(4, (40, 30))
    options = DegradeOptions(kernel=kernel, sigma=sigma)
    places = np.arange(kernel) - kernel // 2
    weights = np.exp(-0.5 * (places / options.blur_sigma) ** 2)
    weights = np.outer(weights, weights) / weights.sum() ** 2
    padded = np.pad(values.astype(float), kernel // 2, mode="reflect")
    expected = signal.convolve2d(padded, weights, mode="valid")
    blurred = degrade(values, options)
    assert np.abs(blurred - expected).max() <= 0.5 + 1e-9
    same = ndimage.gaussian_filter(
        values.astype(float), options.blur_sigma, mode="mirror", truncate=(kernel // 2 + 0.1) / options.blur_sigma
    )
    assert np.abs(blurred - same).max() <= 0.5 + 1e-9


def test_the_usual_sigma():
    assert DegradeOptions(kernel=5).blur_sigma == pytest.approx(1.1)


@given(st.integers(0, 2**32), st.text(max_size=5), st.floats(0, 0.3))
def test_shape_and_type_stay(seed, name, variance):
    values = pixels(seed % 7, (6, 5), 3)
    options = DegradeOptions(variance=variance, kernel=3, seed=seed)
    noisy = degrade(values, options, name)
    assert (noisy.shape, noisy.dtype) == (values.shape, values.dtype)
    np.testing.assert_array_equal(noisy, degrade(values, options, name))


def test_zero_noise_and_a_kernel_of_one_change_nothing():
    np.testing.assert_array_equal(degrade(pixels(), DegradeOptions(variance=0, kernel=1)), pixels())


def test_a_pictures_noise_is_its_own(tmp_path):
    folder = write_folder(tmp_path / "in", ["x/a.png", "b.png", "c.png"], [["x/a.png", 2], ["b.png", 0], ["c.png", 1]])
    options = DegradeOptions(variance=0.01, seed=5)
    degrade_dataset(folder, SetJob(tmp_path / "all"), options)
    (folder / "b.png").unlink()
    (folder / "dataset.json").unlink()
    degrade_dataset(folder, SetJob(tmp_path / "fewer.zip"), options)
    degrade_dataset(folder, SetJob(tmp_path / "other"), DegradeOptions(variance=0.01, seed=6))
    with open_pictures(tmp_path / "all") as pictures, open_pictures(tmp_path / "fewer.zip") as fewer:
        assert pictures.names == ["b.png", "c.png", "x/a.png"]
        assert pictures.labels() == {"b.png": 0, "c.png": 1, "x/a.png": 2}
        one, same = (np.asarray(which.open("c.png")) for which in (pictures, fewer))
        np.testing.assert_array_equal(one, same)
        other = np.asarray(open_pictures(tmp_path / "other").open("c.png"))
        assert (one != other).mean() > 0.5
        # One draw a picture, not the same for all.
        noise = [np.asarray(fewer.open(name)).astype(int) - pixels(n) for name, n in (("c.png", 2), ("x/a.png", 0))]
        assert (noise[0] != noise[1]).mean() > 0.5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Nothing to do"),
        ({"kernel": 4}, "odd"),
        ({"kernel": -3}, "odd"),
        ({"variance": 0.1, "sigma": 1.0}, "needs a kernel"),
    ],
)
def test_bad_options(options, words):
    with pytest.raises(InputError, match=words):
        DegradeOptions(**options).check()


def test_volumes_have_no_black_and_white(tmp_path):
    with pytest.raises(InputError, match="to-png"):
        degrade_dataset(TORSO, SetJob(tmp_path / "out"), DegradeOptions(variance=0.1))
