"""f-AnoGAN: equal to the published networks, and a detector like any other."""

from __future__ import annotations

import torch
from detectors import published_networks
from detectors.restorers import RestorerConformance, made, restored

from GANAnomalyLib.detectors.fanogan.network import WGAN, Encoder

SMALL = {"width": 8, "critic_width": 4, "latent": 6}


class TestFAnoGAN(RestorerConformance):
    kind, architecture, published = "fanogan", SMALL, "fanogan"

    def published_state(self):
        return self.model(1).tensors()


def test_it_computes_what_the_published_gan_does():
    wgan, images = published_networks.fill(WGAN(128), "wgan"), published_networks.image()
    published_networks.check("wgan", "generated", wgan.generator(published_networks.latents(128)))
    published_networks.check("wgan", "critic", wgan.discriminator(images))
    published_networks.check("wgan", "critic_features", wgan.discriminator.features(images))


def test_it_restores_what_the_published_networks_do():
    encoder, wgan = Encoder(128), WGAN(128)
    published_networks.fill(encoder, "fanogan", "encoder.")
    published_networks.fill(wgan, "fanogan", "wgan.")
    latents = encoder(published_networks.image())
    published_networks.check("fanogan", "latent", latents)
    published_networks.check("fanogan", "restored", wgan.generator(latents))


def test_a_slice_is_restored_by_its_latent_alone():
    model = made("fanogan", 16, 1, SMALL)
    slices = torch.rand(2, 16, 16, generator=torch.Generator().manual_seed(1)).numpy() * 2 - 1
    wanted = model.parts["wgan"].generator(model.parts["encoder"](torch.from_numpy(slices[:, None] + 1) / 2))
    for item, one in zip(restored(model, slices), 2 * wanted[:, 0] - 1, strict=True):
        torch.testing.assert_close(torch.from_numpy(item.reconstruction), one.clamp(-1, 1))
