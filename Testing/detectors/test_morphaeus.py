"""MorphAEus: equal to the published network, its warps as worked by hand, and a detector like any other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import published_networks
from detectors.restorers import RestorerConformance, made, restored, restorer

from GANAnomalyLib.detectors.morphaeus.network import MorphAEus, bend, integrated
from GANAnomalyLib.errors import InputError

SMALL = {"width": 2}


class TestMorphAEus(RestorerConformance):
    kind, architecture, published = "morphaeus", SMALL, "morphaeus"


def test_it_computes_what_the_published_network_does():
    network = published_networks.fill(MorphAEus(128), "morphaeus")
    bent = network(published_networks.image())
    for name in ("prior", "velocity", "displacement", "restored"):
        published_networks.check("morphaeus", name, getattr(bent, name))
    assert torch.equal(network.prior(published_networks.image()), bent.prior)
    back = bend(published_networks.image(), integrated(-bent.velocity))
    published_networks.check("morphaeus", "back", back)


def test_a_pixel_is_looked_up_where_its_displacement_points():
    images = torch.arange(16.0).view(1, 1, 4, 4)
    field = torch.zeros(1, 2, 4, 4)
    field[0, 0, 1, 1], field[0, 1, 1, 1] = 1, -0.5  # one down, half a pixel to the left
    moved = bend(images, field)
    assert moved[0, 0, 1, 1] == pytest.approx((8 + 9) / 2)
    changed = (moved - images).abs() > 1e-4
    assert changed.sum() == 1


def test_a_constant_velocity_moves_by_itself_in_the_middle():
    velocity = torch.zeros(1, 2, 32, 32)
    velocity[:, 0] = 2.0
    moved = integrated(velocity)[0, :, 8:24, 8:24]
    torch.testing.assert_close(moved[0], torch.full((16, 16), 2.0))
    torch.testing.assert_close(moved[1], torch.zeros(16, 16))


def test_there_and_back_is_where_it_was():
    grid = torch.linspace(-1, 1, 32)
    bump = torch.exp(-4 * (grid[:, None] ** 2 + grid[None] ** 2))
    velocity = torch.stack([3 * bump, -2 * bump])[None]
    there, back = integrated(velocity), integrated(-velocity)
    left = there + bend(back, there)
    assert there.abs().max() > 1.5
    assert left[:, :, 4:28, 4:28].abs().max() < 0.05


def test_unbent_it_gives_the_autoencoders_image():
    model = made("morphaeus", 16, 1, SMALL)
    network = model.parts["network"]
    with torch.no_grad():
        network.deformer.flow.weight.normal_(generator=torch.Generator().manual_seed(2))
    slices = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16)).astype(np.float32)
    bent, flat = (restored(model, slices, bend=way)[0].reconstruction for way in (True, False))
    assert np.abs(bent - flat).max() > 1e-4
    prior = network.prior(torch.from_numpy(slices[:, None] + 1) / 2)[0, 0]
    np.testing.assert_allclose(flat, 2 * prior.numpy() - 1, atol=1e-5)


@pytest.mark.parametrize("resolution", [8, 96])
def test_sizes_that_it_cannot_have_are_told(resolution):
    reader = restorer("morphaeus")
    with pytest.raises(InputError, match="cannot be halved"):
        reader.networks(reader.architecture(), resolution, 1)
