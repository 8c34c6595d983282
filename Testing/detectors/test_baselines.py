"""Baseline networks: what they compute, and what is refused when card and weights do not fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from GANAnomalyLib.detectors.baseline import (
    Autoencoder,
    MeanImage,
    NearestSlice,
    PrincipalComponents,
    architecture_of,
    baseline_tensors,
    build_baseline,
)
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.registry import load_model
from GANAnomalyLib.models.store import save_model

SIZE = 16


def networks():
    generator = torch.Generator().manual_seed(1)
    mean = MeanImage(SIZE)
    mean.mean.copy_(torch.rand(SIZE, SIZE, generator=generator) - 0.5)
    pca = PrincipalComponents(SIZE, 3)
    pca.mean.copy_(mean.mean)
    pca.basis.copy_(torch.linalg.qr(torch.randn(SIZE * SIZE, 3, generator=generator))[0].T)
    nearest = NearestSlice(SIZE, 5)
    nearest.slices.copy_(torch.randint(0, 256, (5, SIZE, SIZE), generator=generator, dtype=torch.uint8))
    torch.manual_seed(2)
    return {"mean": mean, "pca": pca, "nearest": nearest, "autoencoder": Autoencoder(SIZE, 4)}


@pytest.fixture
def images():
    return torch.rand(3, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(3)) * 2 - 1


@pytest.mark.parametrize("kind", list(networks()))
def test_a_saved_baseline_is_the_same_again(kind, images, tmp_path):
    network = networks()[kind]
    card = ModelCard(kind, kind="baseline", resolution=SIZE, architecture=architecture_of(network, True))
    save_model(tmp_path / "b.safetensors", baseline_tensors(network), card)
    loaded = load_model(tmp_path / "b.safetensors")
    assert loaded.card.architecture["warp"] is True
    assert loaded.generator.img_resolution == SIZE
    with torch.no_grad():
        found, wanted = loaded.generator(images), network.eval()(images)
    assert found.shape == images.shape
    assert found.abs().max() <= 1
    torch.testing.assert_close(found, wanted)


def test_the_mean_explains_all_alike(images):
    found = networks()["mean"](images)
    torch.testing.assert_close(found[0], found[2])


def test_components_keep_what_they_span(images):
    pca = networks()["pca"]
    inside = (pca.mean + 0.05 * pca.basis[0].view(SIZE, SIZE))[None, None]
    torch.testing.assert_close(pca(inside), inside, atol=1e-5, rtol=0)
    torch.testing.assert_close(pca(pca(images)), pca(images), atol=1e-4, rtol=0)


def test_a_training_slice_is_its_own_nearest():
    nearest = networks()["nearest"]
    slices = nearest.slices[:, None].float() / 127.5 - 1
    torch.testing.assert_close(nearest(slices), slices)


def test_nearest_by_hand(images):
    nearest = networks()["nearest"]
    known = nearest.slices.numpy().astype(np.float32) / 127.5 - 1

    def small(pictures):
        return pictures.reshape(len(pictures), SIZE // 4, 4, SIZE // 4, 4).mean((2, 4)).reshape(len(pictures), -1)

    distance = ((small(images[:, 0].numpy())[:, None] - small(known)[None]) ** 2).sum(-1)
    np.testing.assert_allclose(nearest(images)[:, 0].numpy(), known[distance.argmin(1)], atol=1e-6)


def test_an_autoencoder_needs_its_middle(images):
    network = networks()["autoencoder"]
    assert network.encoder(images).shape == (3, 4)
    assert network(images).shape == images.shape


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "magic"},
        {"kind": None},
        {"kind": ["pca"]},
        {"count": 4},
        {"count": -1},
        {"count": 3.5},
        {"count": True},
        {"count": 1 << 40},
        {"channels": 3},
        {"img_resolution": 32},
    ],
)
def test_cards_that_do_not_describe_the_weights(change):
    network = networks()["pca"]
    card = ModelCard("p", kind="baseline", resolution=SIZE, architecture={**architecture_of(network, False), **change})
    with pytest.raises(InputError, match="p "):
        build_baseline(card, baseline_tensors(network))


@pytest.mark.parametrize("size", [0, -16, 17, 12, 1 << 30])
def test_sizes_that_cannot_be(size):
    network = networks()["mean"]
    card = ModelCard("m", kind="baseline", resolution=size, architecture=architecture_of(network, False))
    with pytest.raises(InputError, match="card of m"):
        build_baseline(card, baseline_tensors(network))


def test_weights_of_another_type_or_missing():
    network = networks()["nearest"]
    card = ModelCard("n", kind="baseline", resolution=SIZE, architecture=architecture_of(network, False))
    with pytest.raises(InputError, match="weights of n"):
        build_baseline(card, {"baseline.slices": network.slices.float()})
    with pytest.raises(InputError, match="weights of n"):
        build_baseline(card, {})
    card.architecture["neighbours"] = 6
    with pytest.raises(InputError, match="card of n"):
        build_baseline(card, baseline_tensors(network))
