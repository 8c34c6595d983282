"""autoDDPM: equal to the published masks and filling in, and a detector like any other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import published_networks
from detectors.restorers import RestorerConformance, made, restored
from detectors.test_anoddpm import FLOAT, SMALL, published_unet, slices
from scipy.ndimage import uniform_filter

from GANAnomalyLib.detectors.autoddpm import fill
from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.diffusion.restore import descend
from GANAnomalyLib.detectors.diffusion.schedule import Schedule, way_down
from GANAnomalyLib.detectors.explain import make_detector
from GANAnomalyLib.errors import InputError


class TestAutoDdpm(RestorerConformance):
    kind, architecture = "autoddpm", SMALL


def published_mask() -> torch.Tensor:
    noise = np.random.RandomState(0).rand(2, 1, 128, 128)
    soft = np.stack([uniform_filter(one, (1, 9, 9), mode="constant") for one in noise])
    values = torch.from_numpy(soft)
    return fill.masked(values, fill.percentile(values, together=True)).float()


def test_masks_are_the_published_ones():
    published_networks.check("ddpm", "dilated", published_mask())


@pytest.mark.slow
@pytest.mark.minutes
def test_it_restores_and_fills_in_as_published():
    network, schedule, images = published_unet(), Schedule("linear"), published_networks.image()
    silence = torch.zeros_like(images)

    def find(noisy: torch.Tensor, step: int) -> torch.Tensor:
        return network(noisy, torch.full((2,), step))

    noisy = schedule.noised(images, published_networks.noise(), 5)
    first = descend(find, schedule, noisy, way_down(5), lambda step: silence)
    published_networks.check("ddpm", "auto_rec", first, FLOAT)
    made = fill.filled(
        find,
        schedule,
        images,
        first,
        published_mask(),
        way_down(3),
        5,
        lambda step, turn: silence,
        every=True,
        as_published=True,
    )
    published_networks.check("ddpm", "auto_stitched", made, FLOAT)


def test_percentiles_are_numpys_for_each_image_or_for_all():
    values = torch.from_numpy(np.random.default_rng(0).gamma(2, 1, (3, 1, 7, 9)))
    each = [np.percentile(one, 95) for one in values.numpy()]
    np.testing.assert_allclose(fill.percentile(values).flatten(), each)
    np.testing.assert_allclose(
        fill.percentile(values, together=True).flatten(), [np.percentile(values.numpy(), 95)] * 3
    )


def test_what_is_unlike_is_as_worked_by_hand():
    images, restored = torch.zeros(1, 1, 1, 21), torch.arange(21.0).view(1, 1, 1, 21) / 20
    # The 95th percentile of 0, 0.05 ... 1 is 0.95; what exceeds it is cut.
    wanted = (restored / 0.95).clamp(max=1) * 0.5
    torch.testing.assert_close(fill.unlike(images, restored, torch.full_like(images, 0.5)), wanted)
    assert torch.equal(fill.unlike(images, images, torch.ones_like(images)), images)


def test_masks_reach_a_pixel_further():
    values = torch.zeros(1, 1, 7, 7)
    values[0, 0, 3, 2] = 1
    assert fill.masked(values, 0.5)[0, 0].nonzero().tolist() == [[r, c] for r in (2, 3, 4) for c in (1, 2, 3)]


@pytest.mark.parametrize("every", [True, False])
def test_what_is_not_masked_stays_as_it_is(every):
    images, mask = torch.rand(2, 1, 8, 8), torch.zeros(2, 1, 8, 8)
    mask[..., 2:5, 3:6] = 1
    rounds, seen = 3, []

    def find(noisy: torch.Tensor, step: int) -> torch.Tensor:
        seen.append(step)
        return torch.zeros_like(noisy)

    steps = way_down(6, None if every else 3)
    made = fill.filled(
        find, Schedule("linear"), images, images, mask, steps, rounds, lambda step, turn: torch.ones_like(images), every
    )
    assert torch.equal(made[mask == 0], images[mask == 0])
    assert (made[mask == 1] != images[mask == 1]).all()
    assert seen == [step for step in steps[:-1] for _ in range(rounds)] + steps[-1:]


def test_who_knows_the_noise_fills_in_what_was_there():
    schedule, images, mask = Schedule("linear"), torch.rand(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)
    mask[..., 2:5, 3:6] = 1

    def find(noisy: torch.Tensor, step: int) -> torch.Tensor:
        share = schedule.share(step)
        return (noisy - share**0.5 * images) / (1 - share) ** 0.5

    random = torch.Generator().manual_seed(0)
    made = fill.filled(
        find,
        schedule,
        images,
        torch.rand(1, 1, 8, 8, generator=random),
        mask,
        way_down(50, 5),
        2,
        lambda step, turn: torch.randn(1, 1, 8, 8, generator=random),
        every=False,
    )
    torch.testing.assert_close(made, images, atol=1e-5, rtol=0)


def test_the_threshold_is_the_settings_or_the_cards_or_each_slices_own():
    model = made("autoddpm", 16, 1, SMALL)
    assert make_detector(model).threshold == -1
    model.card.recommended["mask_threshold"] = 0.13
    assert make_detector(model).threshold == 0.13
    assert make_detector(model, DetectorOptions(settings={"mask_threshold": 0.1})).threshold == 0.1
    model.card.recommended["mask_threshold"] = "much"
    with pytest.raises(InputError, match="mask_threshold that cannot be"):
        make_detector(model)


def test_with_a_threshold_that_nothing_exceeds_a_slice_comes_back_as_it_was():
    shown = slices()
    for item, one in zip(restored(made("autoddpm", 16, 1, SMALL), shown, mask_threshold=2.0), shown, strict=True):
        np.testing.assert_allclose(item.reconstruction, one, atol=1e-6)
        assert item.anomaly.max() < 1e-6


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sampler": "ddpm", "fill_steps": 5}, "leave fill_steps out"),
        ({"mask_threshold": -0.5}, "0 or more, or -1"),
        ({"rounds": 0}, "rounds"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, words):
    with pytest.raises(InputError, match=words):
        restored(made("autoddpm", 16, 1, SMALL), slices(), **settings)


def test_published_percentiles_are_of_the_whole_batch():
    shown = slices(2)
    shown[1] *= 0.2
    model = made("autoddpm", 16, 1, SMALL)
    ours, theirs = (restored(model, shown, as_published=published) for published in (False, True))
    alone = restored(model, shown[:1])
    np.testing.assert_allclose(ours[0].anomaly, alone[0].anomaly, atol=1e-5)
    assert np.abs(theirs[0].anomaly - alone[0].anomaly).max() > 1e-4
