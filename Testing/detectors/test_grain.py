"""Noise maps fitted together with w: a close picture, slice by slice, and a way to stop."""

from __future__ import annotations

import copy

import pytest
import torch
from analysis.small import small_generator

from GANAnomalyLib.detectors.stylegan2.fast_projection import synthesise
from GANAnomalyLib.detectors.stylegan2.grain import fit_grain
from GANAnomalyLib.errors import Cancelled


@pytest.fixture(scope="module")
def network():
    network = small_generator()
    for name, parameter in network.named_parameters():
        if name.endswith("noise_strength"):
            parameter.data.fill_(0.1)
    return network


@pytest.fixture(scope="module")
def start(network) -> torch.Tensor:
    return network.mapping(torch.randn(3, 32, generator=torch.Generator().manual_seed(5)), None)[:, 0].detach()


@pytest.fixture(scope="module")
def targets(network, start) -> torch.Tensor:
    """The network's own pictures with grain upon them, which no w explains."""
    pictures = synthesise(network, start).detach()
    return pictures + 0.1 * torch.randn(pictures.shape, generator=torch.Generator().manual_seed(6))


def error(images: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return (images - targets).square().mean((1, 2, 3))


def test_what_w_leaves_over_is_taken_up(network, start, targets):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    images, w = fit_grain(network, targets, start, 40, lambda: None)
    assert (error(images, targets) < 0.3 * error(synthesise(network, start), targets)).all()
    assert w.shape == start.shape
    assert not images.requires_grad
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_slices_do_not_disturb_each_other(network, start, targets):
    """In double precision: Adam magnifies what rounding makes of gradients near zero."""
    exact, targets, start = copy.deepcopy(network).double(), targets.double(), start.double()
    together, _ = fit_grain(exact, targets, start, 8, lambda: None)
    alone, _ = fit_grain(exact, targets[1:2], start[1:2], 8, lambda: None)
    assert torch.allclose(together[1:2], alone, atol=1e-6)


def test_it_stops_between_steps(network, start, targets):
    steps = iter(range(3))

    def check() -> None:
        if next(steps, None) is None:
            raise Cancelled

    with pytest.raises(Cancelled):
        fit_grain(network, targets, start, 40, check)
