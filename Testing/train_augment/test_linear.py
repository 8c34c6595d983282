"""The filters: what they promise, and their matrices against scipy's convolution of a mirrored line."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from train_augment.augmenting import seeded

from GANAnomalyLab.train.augment import axis_filters as linear

LIKE = torch.zeros((), dtype=torch.float64)


def filtered(line_filter: linear.LineFilter, line: np.ndarray) -> np.ndarray:
    """One line through a filter; the same along both axes."""
    image = torch.from_numpy(line)
    across = line_filter.across(image[None, None, None])[0, 0, 0]
    torch.testing.assert_close(across, line_filter.down(image[None, None, :, None])[0, 0, :, 0])
    return across.numpy()


def response(taps: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """Gain of centred symmetric taps at frequencies in radians per sample."""
    offsets = np.arange(len(taps)) - len(taps) // 2
    return np.cos(np.outer(frequency, offsets)) @ taps


def test_the_pair_is_symmetric_and_reconstructs():
    double, halve = linear.wavelet_pair()
    assert (len(double), len(halve)) == (11, 13)
    assert len(halve) // 2 == linear.REACH
    for taps in (double, halve):
        np.testing.assert_allclose(taps, taps[::-1], atol=1e-14)
        assert taps.sum() == pytest.approx(1)
    product = np.convolve(double, halve)
    middle = len(product) // 2
    expected = np.zeros(len(product))
    expected[middle] = 0.5
    np.testing.assert_allclose(product[middle % 2 :: 2], expected[middle % 2 :: 2], atol=1e-12)


def test_the_pair_passes_low_and_stops_high_frequencies():
    high, low = np.linspace(0.7, 1, 50) * np.pi, np.linspace(0, 0.3, 50) * np.pi
    for taps in linear.wavelet_pair():
        assert np.abs(response(taps, high)).max() < 0.15
        assert np.abs(response(taps, low) - 1).max() < 0.14
        assert np.abs(response(taps, np.array([np.pi]))) < 1e-12


@pytest.mark.parametrize("size", [3, 4, 5, 16, 33, 80])
def test_halving_undoes_doubling(size):
    line = np.random.default_rng(size).standard_normal(size)
    doubled = filtered(linear.doubling(size, LIKE), line)
    further = np.pad(doubled, linear.REACH, mode="reflect")
    np.testing.assert_allclose(filtered(linear.halving(size, LIKE), further), line, atol=1e-12)


@pytest.mark.parametrize("size", [4, 7, 40, 70])
def test_doubling_is_zero_insertion_and_filter(size):
    line = np.random.default_rng(size).standard_normal(size)
    spread = np.zeros(2 * size - 1)
    spread[::2] = line
    expected = ndimage.convolve1d(spread, 2 * linear.wavelet_pair()[0], mode="mirror")
    np.testing.assert_allclose(filtered(linear.doubling(size, LIKE), line), expected, atol=1e-12)


@pytest.mark.parametrize("size", [4, 9, 64])
def test_bands_are_filters_that_add_up(size):
    line = np.random.default_rng(size).standard_normal(size)
    parts = linear.bands(size, LIKE).numpy() @ line
    np.testing.assert_allclose(parts.sum(0), line, atol=1e-12)
    for part, taps in zip(parts, linear.band_filters(), strict=True):
        np.testing.assert_allclose(part, ndimage.convolve1d(line, taps, mode="mirror"), atol=1e-12)


def test_bands_lie_where_they_should():
    centres = np.array([0.0, 3 / 16, 3 / 8, 3 / 4]) * np.pi
    gains = np.stack([response(taps, centres) for taps in linear.band_filters()])
    assert (gains.argmax(0) == np.arange(4)).all()
    assert (gains.diagonal() > 0.7).all()
    edges = np.array([1 / 8, 1 / 4, 1 / 2]) * np.pi
    for band, edge in enumerate(edges):
        below, above = (response(linear.band_filters()[k], np.array([edge])) for k in (band, band + 1))
        assert below == pytest.approx(0.5, abs=0.06)
        assert above == pytest.approx(0.5, abs=0.06)


def test_matrices_are_made_once():
    assert linear.bands(16, LIKE) is linear.bands(16, LIKE)
    with torch.inference_mode():
        made = linear.doubling(19, LIKE)
        shifted = made.across(torch.ones(1, 1, 2, 19, dtype=torch.float64))
    assert shifted.shape == (1, 1, 2, 37)
    image = torch.ones(1, 1, 2, 19, dtype=torch.float64, requires_grad=True)
    made.across(image).sum().backward()
    assert image.grad is not None


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("kind", ["doubling", "halving"])
def test_the_transpose_is_the_derivative(kind, across):
    """<A x, y> = <x, A' y> for lines of several blocks."""
    line_filter = getattr(linear, kind)(45, LIKE)
    inside, outside = line_filter.T.size, line_filter.size
    assert line_filter.T.T is line_filter
    shape = (2, 3, 4, inside) if across else (2, 3, inside, 4)
    x = torch.randn(shape, dtype=torch.float64, generator=seeded(), requires_grad=True)
    apply = line_filter.across if across else line_filter.down
    made = apply(x)
    assert made.shape[3 if across else 2] == outside
    y = torch.randn(made.shape, dtype=torch.float64, generator=seeded(1))
    (gradient,) = torch.autograd.grad((made * y).sum(), x)
    torch.testing.assert_close((gradient * x).sum(), (made * y).sum())
    back = line_filter.T.across(y) if across else line_filter.T.down(y)
    assert torch.equal(back, gradient)
