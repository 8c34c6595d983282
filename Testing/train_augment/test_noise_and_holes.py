"""Noise and cutout."""

from __future__ import annotations

import pytest
import torch
from train_augment.augmenting import pipe, rough, seeded


def test_noise_has_the_level_that_was_drawn():
    maker, images = pipe(noise=1.0), rough(60, 1, 64, 64)
    draws = maker.draw(60, 1, 64, 64, seeded())
    grain = maker.apply(images, draws) - images
    torch.testing.assert_close(grain.flatten(1).std(1).double(), draws["noise"], rtol=0.06, atol=1e-6)
    assert grain.mean().abs() < 0.005
    other = grain.flatten(1)[:2]
    assert abs(torch.corrcoef(other)[0, 1]) < 0.06


def test_noise_levels_are_half_normal():
    levels = pipe(noise=1.0).draw(5000, 1, 8, 8, seeded())["noise"]
    assert levels.min() >= 0
    assert levels.square().mean().sqrt() == pytest.approx(0.1, rel=0.05)


def test_noise_is_each_channels_own():
    grain = pipe(noise=1.0)(torch.zeros(1, 3, 64, 64), seeded())[0].flatten(1)
    assert torch.corrcoef(grain).triu(1).abs().max() < 0.06


@pytest.mark.parametrize(("height", "width", "size"), [(16, 16, 0.5), (20, 32, 0.25), (4, 4, 0.5)])
def test_a_hole_is_a_box_of_middle_grey(height, width, size):
    maker, images = pipe(cutout=1.0, cutout_size=size), rough(100, 2, height, width).abs() + 0.1
    draws = maker.draw(100, 2, height, width, seeded())
    after = maker.apply(images, draws)
    for image, result, (top, bottom, left, right) in zip(images, after, draws["hole"].tolist(), strict=True):
        expected = image.clone()
        expected[:, top:bottom, left:right] = 0
        assert torch.equal(result, expected)
        assert 0 <= top < bottom <= height
        assert 0 <= left < right <= width
        # Whole inside the image, cut at its edges.
        inside = top > 0 and bottom < height
        assert abs(bottom - top - size * height) <= 1 if inside else bottom - top <= size * height + 1


def test_holes_lie_anywhere():
    holes = pipe(cutout=1.0).draw(4000, 1, 100, 100, seeded())["hole"].double()
    covered = torch.zeros(100)
    for top, bottom, _, _ in holes.long().tolist():
        covered[top:bottom] += 1 / 4000
    assert covered[50] == pytest.approx(0.5, abs=0.03)
    assert covered[0] == pytest.approx(0.25, abs=0.03)


def test_nothing_is_cut_where_nothing_was_chosen():
    holes = pipe(0.3, cutout=1.0).draw(4000, 1, 20, 20, seeded())["hole"]
    empty = ((holes[:, 1] <= holes[:, 0]) | (holes[:, 3] <= holes[:, 2])).double().mean()
    assert float(empty) == pytest.approx(0.7, abs=0.03)
