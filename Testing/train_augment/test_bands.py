"""Filtering: the gain that each frequency gets, and how gains are drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from train_augment.augmenting import pipe, rough, seeded

from GANAnomalyLab.train.augment import axis_filters as linear


def drawn(count: int, p: float = 1.0) -> torch.Tensor:
    return pipe(p, filter=1.0).draw(count, 1, 8, 8, seeded())["bands"]


def test_filtering_is_two_passes_of_the_combined_filter():
    maker, images = pipe(filter=1.0), rough(5, 2, 20, 31)
    draws = maker.draw(5, 2, 20, 31, seeded())
    after = maker.apply(images, draws).numpy()
    for image, result, gains in zip(images.double().numpy(), after, draws["bands"].numpy(), strict=True):
        taps = gains @ linear.band_filters()
        expected = ndimage.convolve1d(ndimage.convolve1d(image, taps, 1, mode="mirror"), taps, 2, mode="mirror")
        np.testing.assert_allclose(result, expected, atol=1e-4)


@pytest.mark.parametrize(("band", "period"), [(0, math.inf), (1, 32 / 3), (2, 16 / 3), (3, 8 / 3)])
def test_a_wave_gets_its_bands_gain(band, period):
    wave = torch.cos(2 * math.pi / period * torch.arange(97.0)).expand(1, 1, 97, 97)
    gains = torch.ones(1, 4, dtype=torch.float64)
    gains[0, band] = 2.0
    after = pipe(filter=1.0).apply(wave, {"bands": gains})
    centre = (..., 48, slice(30, 66))
    offsets = np.arange(43) - 21
    along = gains[0].numpy() @ linear.band_filters() @ np.cos(2 * math.pi / period * offsets)
    # Down the columns the wave is constant, so the lowest band's gain comes on top.
    expected = along * float(gains[0, 0])
    torch.testing.assert_close(after[centre], expected * wave[centre], atol=1e-4, rtol=0)
    assert 1.7 < along <= 2


def test_gains_keep_the_power_of_a_natural_image_in_each_step():
    """Where a single band was chosen, the gains are (g at the band, 1 elsewhere) of mean power 1."""
    gains = drawn(3000, p=0.1)
    power = torch.tensor([10, 1, 1, 1]).double() / 13
    ratio = gains / gains.median(1, keepdim=True).values
    single = (torch.isclose(ratio, torch.ones_like(ratio)).sum(1) == 3) & (gains != 1).any(1)
    assert single.sum() > 300
    torch.testing.assert_close((power * gains.square()).sum(1)[single], torch.ones(int(single.sum())).double())
    octaves = torch.log2(ratio[single]).abs().amax(1)
    assert octaves.square().mean().sqrt() == pytest.approx(1.0, rel=0.1)


def test_bands_are_chosen_one_by_one():
    untouched = (drawn(4000, p=0.4) == 1).all(1).double().mean()
    assert float(untouched) == pytest.approx(0.6**4, abs=0.03)
