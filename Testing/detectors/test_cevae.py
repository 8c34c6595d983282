"""The context-encoding autoencoder: equal to the published network, and a detector like any other."""

from __future__ import annotations

from detectors import published_networks
from detectors.restorers import RestorerConformance

from GANAnomalyLib.detectors.vae.network import Vae


class TestCevae(RestorerConformance):
    kind, architecture, published = "cevae", {"widths": [4, 4, 8, 8], "latent": 6}, "cevae"


def test_it_computes_what_the_published_network_does():
    network = published_networks.fill(Vae(128, 1, (16, 64, 256, 256), 256), "cevae")
    images = published_networks.image()
    mean, log_std = network.encode(images)
    published_networks.check("cevae", "mean", mean)
    published_networks.check("cevae", "log_std", log_std)
    published_networks.check("cevae", "restored", network(images))
