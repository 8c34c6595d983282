"""Losses, and the patches and holes that training draws."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from train.picard_small import config, pool

from GANAnomalyLab.train.picard.patch_pool import Pool, Sampler, draw_hole, window_shares
from GANAnomalyLab.train.picard.picard_losses import discount, gradient_penalty, weighted_l1
from GANAnomalyLib.errors import InputError


def test_discount_falls_with_the_distance_to_the_border():
    weight = discount(5, 7, 0.9)
    assert np.all(weight[[0, -1]] == 1)
    assert np.all(weight[:, [0, -1]] == 1)
    assert weight[2, 3] == pytest.approx(0.81)
    assert weight[1, 3] == pytest.approx(0.9)
    assert np.all(discount(6, 6, 1.0) == 1)


def test_weighted_l1_counts_weighted_pixels_only():
    truth = torch.zeros(2, 1, 4, 4)
    image = truth.clone()
    image[0, 0, 1, 1], image[1, 0, 3, 3] = 0.5, 9.0
    weight = torch.zeros(2, 1, 4, 4)
    weight[:, :, 1, 1] = 0.8
    assert weighted_l1(image, truth, weight, 4).item() == pytest.approx(0.5 * 0.8 / 4 / 2)


def test_gradient_penalty_of_a_linear_critic_is_known():
    critic = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 1))
    real, fake = torch.randn(2, 3, 1, 4, 4)
    penalty = gradient_penalty(critic, real, fake, torch.rand(3, 1, 1, 1))
    norm = critic[1].weight.norm()
    assert penalty.item() == pytest.approx((norm.item() - 1) ** 2, abs=1e-6)
    penalty.backward()  # the penalty must teach the critic
    assert critic[1].weight.grad.abs().sum() > 0


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from([(32, 16), (64, 32), (64, 16)]),
    st.tuples(st.integers(0, 15), st.integers(0, 15)),
    st.tuples(st.integers(0, 8), st.integers(0, 8)),
    st.integers(0, 1000),
)
def test_holes_lie_inside_the_window_and_keep_their_size(sides, jitter, margin, seed):
    chosen = config(window=sides[0], hole=sides[1], jitter=jitter, margin=margin)
    corner, box = draw_hole(chosen, np.random.default_rng(seed))
    for axis, (start, stop) in enumerate(box):
        assert margin[axis] <= corner[axis] <= start
        assert stop <= corner[axis] + sides[1] <= sides[0] - margin[axis]
        assert sides[1] - jitter[axis] <= stop - start <= sides[1]


def test_one_hole_for_the_batch_or_one_each():
    for same in (True, False):
        batch = Sampler(pool(), config(batch=8, same_hole=same)).draw(3)
        different = [n for n in range(8) if not np.array_equal(batch.mask[n], batch.mask[0])]
        assert bool(different) is not same
        hidden = batch.mask == 1
        assert np.all(batch.weight[hidden] > 0)
        assert np.all(batch.weight[~hidden] == 0)
        assert batch.weight.max() == 1
        assert batch.images.shape == (8, 1, 32, 32)
        assert batch.images.min() >= -1
        assert batch.images.max() <= 1


def test_holes_move_and_vary_from_batch_to_batch():
    sampler = Sampler(pool(), config())
    batches = [sampler.draw(number) for number in range(60)]
    assert len({tuple(batch.corners[0]) for batch in batches}) > 30
    areas = {int(batch.mask[0].sum()) for batch in batches}
    assert min(areas) >= 12 * 12
    assert max(areas) <= 16 * 16
    assert len(areas) > 3


def test_a_batch_depends_on_its_number_alone():
    first, second = (Sampler(pool(), config()) for _ in range(2))
    first.draw(0)
    for number in (7, 2):
        a, b = first.draw(number), second.draw(number)
        for name in ("images", "mask", "weight", "corners", "share"):
            assert np.array_equal(getattr(a, name), getattr(b, name))
    other = Sampler(pool(), config(seed=1)).draw(7)
    assert not np.array_equal(other.images, first.draw(7).images)


def test_an_epoch_shows_every_slice_and_a_subset_only_its_own():
    slices = np.repeat(np.arange(100, 112, dtype=np.uint8), 48 * 48).reshape(12, 48, 48)
    sampler = Sampler(Pool(slices), config(batch=4))
    assert sampler.epoch_length == 3

    def seen(sampler, numbers):
        greys = [sampler.draw(number).images[:, 0, 0, 0] for number in numbers]
        return sorted(np.round((np.concatenate(greys) + 1) * 127.5).astype(int).tolist())

    for epoch in range(2):
        assert seen(sampler, range(3 * epoch, 3 * epoch + 3)) == list(range(100, 112))
    subset = Sampler(Pool(slices), config(batch=4, subset=0.5))
    assert subset.epoch_length == 2
    assert len(set(seen(subset, range(12)))) == 6


def test_patches_hold_tissue():
    slices = np.zeros((3, 96, 96), np.uint8)
    slices[:, 70:90, 5:25] = 200
    sampler = Sampler(Pool(slices), config(tissue=0.2))
    shares = [(sampler.draw(n).images > -0.9).mean((1, 2, 3)) for n in range(20)]
    assert np.concatenate(shares).min() >= 0.2
    anywhere = Sampler(Pool(slices), config(tissue=0.0))
    shares = [(anywhere.draw(n).images > -0.9).mean((1, 2, 3)) for n in range(20)]
    assert np.mean(np.concatenate(shares) >= 0.2) < 0.5
    most = Sampler(Pool(slices), config(tissue=0.9)).draw(0)  # no patch has as much: the ones with most are taken
    assert (most.images > -0.9).mean((1, 2, 3)) == pytest.approx(400 / 1024)


def test_shares_of_all_windows():
    bright = np.random.default_rng(0).random((9, 9)) > 0.5
    shares = window_shares(bright, 4)
    assert shares.shape == (6, 6)
    assert shares[2, 5] == bright[2:6, 5:9].mean()
    assert shares[0, 0] == bright[:4, :4].mean()


def test_an_empty_pool_is_told():
    with pytest.raises(InputError, match="nothing to train on"):
        Sampler(Pool(np.zeros((0, 48, 48), np.uint8)), config())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"window": 40}, "multiple of 16"),
        ({"hole": 32}, "does not fit"),
        ({"margin": (9, 0)}, "does not fit"),
        ({"jitter": (16, 0)}, "jitter"),
        ({"jitter": (4,)}, "two whole numbers"),
        ({"resolution": 16}, "smaller than a window"),
        ({"ngf": 5}, "even"),
    ],
)
def test_settings_that_cannot_be(changes, words):
    with pytest.raises(InputError, match=words):
        config(**changes)
