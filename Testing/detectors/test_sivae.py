"""The soft introspective autoencoder and the reversed one: equal to the published networks, losses and maps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import published_networks
from detectors.restorers import RestorerConformance, restorer
from torch import Tensor

from GANAnomalyLab.train.sivae.losses import Weights, decoder_loss, encoder_loss
from GANAnomalyLib.detectors.restorer.equalised import equalised
from GANAnomalyLib.detectors.sivae.network import Sizes, SoftIntroVae

SMALL = {"widths": [4, 8], "latent": 6}
PUBLISHED = Sizes(128, 1, (64, 128, 256, 512, 512), 128, True)


class TestSivae(RestorerConformance):
    kind, architecture, published = "sivae", SMALL, "sivae"


class TestSivaeWithAllConvolutions(RestorerConformance):
    kind, architecture = "sivae", {"widths": [4, 4, 8], "latent": 6, "expand": True}


@pytest.fixture(scope="module")
def network() -> SoftIntroVae:
    """The published one."""
    filled = published_networks.fill(SoftIntroVae(PUBLISHED), "ra")
    assert isinstance(filled, SoftIntroVae)
    return filled


@pytest.fixture(scope="module")
def images() -> Tensor:
    return published_networks.image()


def test_it_computes_what_the_published_network_does(network, images):
    mean, log_var, pooled = network.encode_deep(images)
    made = network.decode(mean)
    for name, found in {"mean": mean, "log_var": log_var, "restored": made}.items():
        published_networks.check("sivae", name, found)
        published_networks.check("ra", name, found)
    for number, maps in enumerate(pooled):
        published_networks.check("ra", f"embedding_{number}", maps)
    residual = (equalised(images[:1]) - equalised(made[:1])).abs()[0, 0]
    published_networks.check("ra", "equalised_residual", residual, 2e-4)


def as_they_are(mean: Tensor, log_var: Tensor) -> Tensor:
    return mean


def test_its_losses_are_the_published_ones(network, images):
    wanted = published_networks.published("sivae")["losses"]
    latents, weights = published_networks.latents(128), Weights(1 / 128**2)
    with torch.no_grad():
        loss, parts = encoder_loss(network, images, latents, weights, as_they_are, embedding=0.005)
        decoder = decoder_loss(network, images, latents, weights, as_they_are)[0]
    published = published_networks.published("ra")["outputs"]["embedding_loss"]["mean"]
    assert parts["embedding"].item() == pytest.approx(published, rel=1e-4)
    assert loss.item() - 0.005 * published == pytest.approx(wanted["encoder"], rel=1e-5)
    for name in ("reconstruction", "kl_real", "exp_rec", "exp_fake"):
        assert parts[name].item() == pytest.approx(wanted[name], rel=1e-5)
    assert decoder.item() == pytest.approx(wanted["decoder"], rel=1e-5)


def test_a_published_one_without_the_accidental_convolutions_is_read(tmp_path):
    shapes = published_networks.shapes("sivae")
    assert len(shapes) == 152
    recognise = restorer("sivae").recognise
    assert recognise is not None
    assert recognise(shapes).architecture == {"widths": [64, 128, 256, 512, 512], "latent": 128, "expand": True}
    less = {name: shape for name, shape in shapes.items() if not name.endswith("res_in_8.conv_expand.weight")}
    assert len(less) == 150
    assert recognise(less).architecture["expand"] is False
    made = SoftIntroVae(PUBLISHED._replace(expand=False)).state_dict()
    assert {name: tuple(value.shape) for name, value in made.items()} == less
    assert np.prod(recognise(less).resolution) == 128


def test_the_latents_of_the_loss_are_decoded_without_a_way_back_to_the_decoder(images):
    torch.manual_seed(0)
    network = SoftIntroVae(Sizes(16, 1, (4, 8), 6, False))
    network.decoder.requires_grad_(False)
    loss, _ = encoder_loss(network, images[:, :, :16, :16], torch.zeros(2, 6), Weights(1 / 256))
    loss.backward()
    assert all(one.grad is not None for one in network.encoder.parameters())
    assert all(one.grad is None for one in network.decoder.parameters())
