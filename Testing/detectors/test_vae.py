"""The variational autoencoder: equal to the published network, and a detector like any other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import published_networks
from detectors.restorers import RestorerConformance, made, restored

from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.vae.network import Vae
from GANAnomalyLib.errors import InputError

SMALL = {"widths": [4, 8], "latent": 6}


class TestVae(RestorerConformance):
    kind, architecture, published = "vae", SMALL, "vae"


def test_it_computes_what_the_published_network_does():
    network = published_networks.fill(Vae(128, 1, (16, 32, 64, 256, 256), 256), "vae")
    images = published_networks.image()
    mean, log_std = network.encode(images)
    published_networks.check("vae", "mean", mean)
    published_networks.check("vae", "log_std", log_std)
    published_networks.check("vae", "restored", network(images))


def test_as_published_it_decodes_one_random_latent(tmp_path):
    slices = np.random.default_rng(0).uniform(-1, 1, (2, 16, 16)).astype(np.float32)
    model = made("vae", 16, 1, SMALL)
    ours, again, theirs = (
        restored(model, slices, **settings)[0].reconstruction for settings in ({}, {}, {"as_published": True})
    )
    np.testing.assert_array_equal(ours, again)
    assert np.abs(ours - theirs).max() > 1e-3


def test_draws_are_averaged_and_none_is_the_mean():
    network = made("vae", 16, 1, SMALL).parts["network"]
    assert isinstance(network, Vae)
    images, drawn = torch.rand(3, 1, 16, 16), torch.randn(4, 6)
    alone = [network.restored(images, one[None]) for one in drawn]
    torch.testing.assert_close(network.restored(images, drawn), torch.stack(alone).mean(0))
    torch.testing.assert_close(network.restored(images, drawn[:0]), network(images))
    mean, log_std = network.encode(images)
    torch.testing.assert_close(alone[1], network.decode(mean + log_std.exp() * drawn[1][None, :, None, None]))


def test_what_is_no_published_network_is_nobodys(tmp_path):
    torch.save({"model_weights": {"something.else": torch.zeros(3)}}, tmp_path / "latest_model.pt")
    with pytest.raises(InputError, match="StyleGAN2"):
        load_model(tmp_path / "latest_model.pt")
