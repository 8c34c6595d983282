"""The networks: their parts are the whole, torchvision's are torchvision's, what counted is Grad-CAM by its text."""

from __future__ import annotations

import pytest
import torch
from evaluate.quality_sets import need_torchvision

from GANAnomalyLib.classifiers.architecture import ClassifierArchitecture
from GANAnomalyLib.classifiers.grad_cam import grad_cam
from GANAnomalyLib.classifiers.load import as_seen
from GANAnomalyLib.classifiers.network import SmallNetwork, TorchvisionNetwork, build
from GANAnomalyLib.running.seeded import seeded


def made(name: str, classes: int = 3, **more):
    with seeded(0):
        return build(ClassifierArchitecture(name, tuple("abcdefgh"[:classes]), 64, **more)).eval()


@pytest.mark.parametrize("name", ["small", "lite0"])
def test_the_parts_of_a_network_are_the_whole(name):
    network, pictures = made(name), torch.rand(2, 3, 64, 64)
    maps = network.maps(pictures)
    features = network.pooled(maps)
    assert maps.ndim == 4
    assert features.shape[0] == 2
    torch.testing.assert_close(network.decide(features), network(pictures))
    assert network(pictures).shape == (2, 3)
    assert maps.std() > 0  # new weights tell pictures apart
    assert not torch.equal(features[0], features[1])


@pytest.mark.parametrize("name", ["efficientnet_b2", "densenet121", "resnet50"])
def test_torchvisions_networks_say_what_torchvision_says(name):
    need_torchvision()
    network, pictures = made(name), torch.rand(1, 3, 64, 64)
    assert isinstance(network, TorchvisionNetwork)
    with torch.no_grad():
        torch.testing.assert_close(network(pictures), network.body(pictures))


@torch.no_grad()
def test_what_counted_is_grad_cam_by_its_equations():
    network = made("small", 2, width=2).double()
    # Where a whole map is 0, as many places are its highest, and differences tell another slope than the gradient.
    random = torch.Generator().manual_seed(5)
    pictures, classes = torch.rand(2, 3, 32, 32, dtype=torch.float64, generator=random), torch.tensor([0, 1])
    found = grad_cam(network, pictures, classes)
    assert found.shape == (2, 32, 32)
    for n, number in enumerate(classes.tolist()):
        maps = network.maps(pictures[n : n + 1]).detach()
        alphas, step = torch.zeros(maps.shape[1], dtype=torch.float64), 1e-5
        for channel in range(maps.shape[1]):
            for row in range(maps.shape[2]):
                for column in range(maps.shape[3]):
                    moved = maps.clone()
                    moved[0, channel, row, column] += step
                    up = network.decide(network.pooled(moved))[0, number]
                    moved[0, channel, row, column] -= 2 * step
                    down = network.decide(network.pooled(moved))[0, number]
                    alphas[channel] += ((up - down) / (2 * step)).item()
        summed = torch.relu((alphas[:, None, None] / maps[0, 0].numel() * maps[0]).sum(0))
        if summed.max() > 0:
            coarse = torch.nn.functional.interpolate(
                summed[None, None], (32, 32), mode="bilinear", align_corners=False
            )[0, 0]
            torch.testing.assert_close(found[n], coarse / coarse.max(), atol=1e-4, rtol=0)
        else:
            assert not found[n].any()


def test_grad_cam_leaves_a_frozen_network_as_it_was():
    network = made("small", 2, width=4).requires_grad_(False)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.no_grad():
        assert grad_cam(network, torch.rand(1, 3, 32, 32), torch.tensor([1])).max() <= 1
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_pictures_as_seen():
    grey = torch.linspace(-1, 1, 16).reshape(1, 1, 4, 4)
    seen = as_seen(grey, 4)
    assert seen.shape == (1, 3, 4, 4)
    torch.testing.assert_close(seen[0, 1], ((grey[0, 0] + 1) / 2 - 0.456) / 0.224)
    assert as_seen(torch.zeros(1, 3, 64, 64), 16).shape == (1, 3, 16, 16)


def test_the_small_network_is_small():
    assert sum(weight.numel() for weight in SmallNetwork(2, 16).parameters()) < 400_000
