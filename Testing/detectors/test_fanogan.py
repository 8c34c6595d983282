"""f-AnoGAN: equal to the published networks, and a detector like any other."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from detectors import published_networks
from detectors.restorers import RestorerConformance, made, restored

from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.explain import make_detector
from GANAnomalyLib.detectors.fanogan.detector import unlike
from GANAnomalyLib.detectors.fanogan.network import WGAN, Encoder
from GANAnomalyLib.detectors.kinds import find_kind
from GANAnomalyLib.errors import InputError

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


def test_the_critics_features_are_told_apart_where_they_lie():
    """The mean of the map is the published distance of features; it is large where a pair differs."""
    wgan, images = published_networks.fill(WGAN(128), "wgan"), published_networks.image()
    critic, other = wgan.discriminator, images.clone()
    other[:, :, 32:48, 80:96] += 0.5
    with torch.no_grad():
        found = unlike(critic, images, other)
        wanted = (critic.features(images) - critic.features(other)).square().mean(1)
        assert unlike(critic, images, images).eq(0).all()
    assert found.shape == images.shape
    torch.testing.assert_close(found.mean((1, 2, 3)), wanted)
    assert found[:, :, 32:48, 80:96].mean() > 20 * found[:, :, 64:].mean()


def slices() -> np.ndarray:
    return np.random.default_rng(2).uniform(-1, 1, (2, 16, 16)).astype(np.float32)


def test_without_a_weight_there_is_no_map_and_with_one_it_is_the_sum_of_both():
    model, shown = made("fanogan", 16, 1, SMALL), slices()
    assert all(item.anomaly is None for item in restored(model, shown))
    half, whole = (restored(model, shown, feature_weight=weight) for weight in (0.5, 1.0))
    images = torch.from_numpy(shown[:, None] + 1) / 2
    with torch.no_grad():
        wgan = model.parts["wgan"]
        pictures = wgan.generator(model.parts["encoder"](images))
        features = unlike(wgan.discriminator, images, pictures)
    for place, pair in enumerate(zip(half, whole, strict=True)):
        for weight, item in zip((0.5, 1.0), pair, strict=True):
            expected = (images - pictures).abs()[place, 0] + weight * features[place, 0]
            torch.testing.assert_close(torch.from_numpy(item.anomaly), expected)


def test_the_weight_is_the_settings_or_the_cards():
    model = made("fanogan", 16, 1, SMALL)
    model.card.recommended = {"feature_weight": 0.25}
    assert make_detector(model).weight == 0.25
    assert make_detector(model, DetectorOptions(settings={"feature_weight": 0})).weight == 0
    for said in ("much", True, -1, float("nan")):
        model.card.recommended = {"feature_weight": said}
        with pytest.raises(InputError, match="feature_weight that cannot be"):
            make_detector(model)


def test_its_kind_knows_when_it_scores_itself():
    kind = find_kind("fanogan")
    assert not kind.scores_itself({})
    assert kind.scores_itself({"feature_weight": 1})
    assert kind.maps({}, {"feature_weight": 0.1})
    assert not kind.scores_itself({"feature_weight": 1}, {"feature_weight": 0})
    assert find_kind("ra").maps({})
    assert find_kind("picard").scores_itself({})
    assert not find_kind("picard").maps({})
