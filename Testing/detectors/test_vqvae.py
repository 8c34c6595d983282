"""The VQ-VAE: equal to the published network, and a detector like any other."""

from __future__ import annotations

import torch
from detectors import published_networks
from detectors.restorers import RestorerConformance, made

from GANAnomalyLib.detectors.vqvae.architecture import VqvaeArchitecture
from GANAnomalyLib.detectors.vqvae.network import vq_vae

SMALL = {"width": 4, "levels": 3, "residual": 1, "codes": 5, "code_width": 3}


class TestVqvae(RestorerConformance):
    kind, architecture, published = "vqvae", SMALL, "vqvae"
    side = 128  # as a published one is taken to be, which takes any


def test_it_computes_what_the_published_network_does():
    network = published_networks.fill(vq_vae(VqvaeArchitecture(), 1), "vqvae")
    images = published_networks.image()
    encoded = network.encode(images)
    published_networks.check("vqvae", "encoded", encoded)
    published_networks.check("vqvae", "indices", network.quantizer.quantize(encoded))
    published_networks.check("vqvae", "restored", network.decode(network.quantize(encoded)[0]))


def test_what_it_restores_is_of_the_codebook():
    network = made("vqvae", 16, 1, SMALL).parts["network"]
    images = torch.rand(2, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(network(images)[0], network.decode_samples(network.index_quantize(images)))
