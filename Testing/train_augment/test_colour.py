"""Colour changes against matrices and formulas by hand."""

from __future__ import annotations

import colorsys

import pytest
import torch
from train_augment.augmenting import pipe, rough, seeded


def both(channels: int, count: int = 500, seed: int = 0, **settings: float):
    """Images before and after, and what was drawn."""
    maker, images = pipe(**settings), rough(count, channels, 4, 5, seed)
    draws = maker.draw(count, channels, 4, 5, seeded(seed))
    return images, maker.apply(images, draws), draws.get("colour")


@pytest.mark.parametrize("channels", [1, 3])
def test_brightness_adds(channels):
    before, after, _ = both(channels, brightness=1.0)
    difference = after - before
    assert difference.flatten(1).std(1).max() < 1e-6
    assert difference[:, 0, 0, 0].std() == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize("channels", [1, 3])
def test_contrast_scales_about_grey(channels):
    before, after, _ = both(channels, contrast=1.0)
    factor = (after / before)[:, 0, 0, 0]
    torch.testing.assert_close(after, before * factor[:, None, None, None])
    assert torch.log2(factor).std() == pytest.approx(0.5, rel=0.1)


def test_brightness_comes_before_contrast():
    _, _, maps = both(1, brightness=1.0, contrast=1.0)
    factor, offset = maps[:, 0].unbind(1)
    # The contrast scales what was added too: without its factor the offset has the spread of the brightness.
    assert (offset / factor).std() == pytest.approx(0.2, rel=0.1)
    assert (offset / factor).abs().log().corrcoef() == 1
    assert abs(torch.corrcoef(torch.stack((factor, (offset / factor).abs())))[0, 1]) < 0.1


def test_luma_flip_of_grey_is_the_negative():
    before, after, _ = both(1, luma_flip=1.0)
    negative = (after == -before).flatten(1).all(1)
    kept = (after == before).flatten(1).all(1)
    assert (negative ^ kept).all()
    assert 200 < int(negative.sum()) < 300


def test_luma_flip_of_colour_keeps_the_hue():
    before, after, _ = both(3, luma_flip=1.0)
    luma = before.mean(1, keepdim=True)
    flipped = torch.isclose(after, before - 2 * luma, atol=1e-6).flatten(1).all(1)
    assert (flipped ^ (after == before).flatten(1).all(1)).all()
    assert flipped.any()


def test_hue_turns_about_grey():
    before, after, maps = both(3, hue=1.0)
    torch.testing.assert_close(after.mean(1), before.mean(1), atol=1e-5, rtol=0)
    torch.testing.assert_close(after.norm(dim=1), before.norm(dim=1), atol=1e-5, rtol=0)
    turn = maps[:, :, :3]
    torch.testing.assert_close(turn @ turn.mT, torch.eye(3).double().expand_as(turn), atol=1e-12, rtol=0)
    torch.testing.assert_close(torch.linalg.det(turn), torch.ones(500).double())
    angles = torch.acos(((torch.diagonal(turn, dim1=1, dim2=2).sum(1) - 1) / 2).clamp(-1, 1))
    assert angles.mean() == pytest.approx(torch.pi / 2, rel=0.1)


def test_a_third_of_a_turn_swaps_the_channels():
    """The hue of red after a turn by the drawn angle, by the standard library."""
    maker = pipe(hue=1.0, hue_degrees=180.0)
    maps = maker.draw(300, 3, 1, 1, seeded())["colour"]
    red = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1).expand(300, -1, -1, -1)
    after = maker.apply(red, {"colour": maps})[..., 0, 0]
    for colour, turn in zip(after, maps[:, :, :3], strict=True):
        angle = torch.atan2(turn[1, 0] - turn[2, 0], (turn[0, 0] - 1 / 3) * 3**0.5) / (2 * torch.pi)
        lifted = (colour + 0.4) / 1.5
        hue = colorsys.rgb_to_hsv(*lifted.tolist())[0]
        assert abs((hue - float(angle) + 0.5) % 1 - 0.5) < 0.02


def test_saturation_scales_across_grey():
    before, after, _ = both(3, saturation=1.0)
    a, b = (image - image.mean(1, keepdim=True) for image in (before, after))
    torch.testing.assert_close(after.mean(1), before.mean(1), atol=1e-5, rtol=0)
    factor = b.flatten(1).norm(dim=1) / a.flatten(1).norm(dim=1)
    torch.testing.assert_close(b, a * factor[:, None, None, None], atol=1e-4, rtol=1e-4)
    assert torch.log2(factor).std() == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_hue_is_for_three_channels(channels):
    before, after, maps = both(channels, hue=1.0)
    assert maps is None
    assert torch.equal(before, after)


def test_grey_has_no_saturation():
    assert both(1, saturation=1.0)[2] is None


def test_a_grey_picture_in_three_channels_changes_as_in_one():
    settings = {"brightness": 1.0, "contrast": 1.0, "luma_flip": 1.0}
    grey = rough(50, 1, 4, 5)
    one, three = (pipe(**settings)(grey.expand(-1, c, -1, -1), seeded()) for c in (1, 3))
    torch.testing.assert_close(three, one.expand(-1, 3, -1, -1), atol=1e-5, rtol=1e-5)
