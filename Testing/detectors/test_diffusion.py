"""Levels of noise, noise, and the way down, held to the papers' equations, to MONAI's and to published numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import published_networks

from GANAnomalyLib.detectors.diffusion.noise import Noise
from GANAnomalyLib.detectors.diffusion.restore import descend
from GANAnomalyLib.detectors.diffusion.schedule import Schedule, way_down
from GANAnomalyLib.detectors.diffusion.simplex import field


def pair(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    return torch.rand(2, 1, 8, 8, generator=random), torch.randn(2, 1, 8, 8, generator=random)


def test_levels_are_the_published_ones():
    betas = published_networks.published("ddpm")["betas"]
    kept = Schedule("linear").kept
    assert kept[0] == pytest.approx(1 - betas[0], rel=1e-7)
    assert kept[999] / kept[998] == pytest.approx(1 - betas[2], rel=1e-6)
    wanted = published_networks.published("patched_ddpm")["alphas_cumprod"]
    cosine = Schedule("cosine").kept
    np.testing.assert_allclose(cosine[[0, 250, 499]], wanted[:3], rtol=2e-6)
    assert cosine[999] == pytest.approx(wanted[3], rel=1e-3)


def test_a_random_step_is_that_of_ddpm():
    from monai.networks.schedulers import DDPMScheduler

    schedule, theirs = Schedule("linear"), DDPMScheduler(1000, "linear_beta")
    # In single precision 1 - a_0 is off by two in ten thousand, and so is the last step of all.
    theirs.betas = theirs.betas.double()
    theirs.alphas = 1 - theirs.betas
    theirs.alphas_cumprod = theirs.alphas.cumprod(0)
    images, found = pair()
    for step in (0, 1, 20, 500, 999):
        noisy = schedule.noised(images, found, step)
        random = torch.Generator().manual_seed(step)
        wanted, clean = theirs.step(found, step, noisy, generator=random)
        clean = clean.float()
        torch.testing.assert_close(schedule.clean(noisy, found, step), clean, atol=1e-4, rtol=1e-4)
        added = torch.randn(noisy.shape, generator=torch.Generator().manual_seed(step)) if step else None
        got = schedule.earlier(noisy, clean, step, step - 1, added)
        torch.testing.assert_close(got, wanted.float(), atol=2e-6, rtol=1e-5)


def test_an_even_step_is_that_of_ddim():
    from monai.networks.schedulers import DDIMScheduler

    schedule, theirs = Schedule("linear"), DDIMScheduler(1000, "linear_beta", clip_sample=False)
    theirs.set_timesteps(100)
    images, found = pair()
    noisy = schedule.noised(images, found, 200)
    wanted, _ = theirs.step(found, 200, noisy)
    torch.testing.assert_close(schedule.earlier(noisy, images, 200, 190), wanted, atol=1e-5, rtol=1e-5)


def test_images_are_noised_each_to_its_own_step():
    schedule, (images, noise) = Schedule("linear"), pair()
    both = schedule.noised(images, noise, torch.tensor([3, 700]))
    for row, step in enumerate((3, 700)):
        torch.testing.assert_close(both[row], schedule.noised(images, noise, step)[row])
    assert torch.equal(schedule.noised(images, noise, -1), images)


def test_a_later_step_adds_as_much_noise_as_noising_at_once():
    schedule = Schedule("linear")
    zero, one = torch.zeros(1), torch.ones(1)
    # Shares of variance add up: what is left of the first noise, and what comes.
    left = schedule.later(schedule.noised(zero, one, 10), zero, 10, 60) ** 2
    come = schedule.later(zero, one, 10, 60) ** 2
    assert float(left + come) == pytest.approx(1 - schedule.share(60), rel=1e-5)


def test_who_knows_the_noise_gets_the_image_back():
    schedule, (images, noise) = Schedule("linear"), pair()

    def find(noisy: torch.Tensor, step: int) -> torch.Tensor:
        share = schedule.share(step)
        return (noisy - share**0.5 * images) / (1 - share) ** 0.5

    for steps, draw in ((way_down(250, 5), None), (way_down(30), lambda step: noise)):
        made = descend(find, schedule, schedule.noised(images, noise, steps[0]), steps, draw)
        torch.testing.assert_close(made, images, atol=1e-5, rtol=0)


def test_ways_down():
    assert way_down(3) == [3, 2, 1, 0]
    assert way_down(250, 1) == [250]
    assert way_down(249, 5) == [249, 199, 149, 99, 49]
    assert way_down(3, 20) == [3, 2, 1, 0]
    assert len(way_down(250, 20)) == len(set(way_down(250, 20))) == 20


def test_simplex_noise_is_opensimplex():
    published_networks.check("simplex", "octaves_t250", field(12345, 128, 250)[None])
    published_networks.check("simplex", "one_octave_t1", field(12345, 128, 1, 1)[None])


@pytest.mark.parametrize("kind", ["gaussian", "simplex"])
def test_noise_follows_from_seed_slice_step_and_turn_alone(kind):
    shared, own = Noise(kind, 16, 1, 5), Noise(kind, 16, 1, 5, shared=False)
    assert shared([1, 2], 9).shape == (1, 1, 16, 16)
    assert own([1, 2], 9).shape == (2, 1, 16, 16)
    assert torch.equal(own([1, 2], 9)[1], own([2], 9)[0])
    draws = [own([1], 9), own([2], 9), own([1], 8), own([1], 9, 1), Noise(kind, 16, 1, 6, shared=False)([1], 9)]
    for place, one in enumerate(draws):
        for other in draws[place + 1 :]:
            assert not torch.equal(one, other)
    assert Noise(kind, 16, 3, 5)([], -1).shape == (1, 3, 16, 16)
