"""Perceptual distances by pixel: LPIPS as its own package has it, and what stands in for it."""

from __future__ import annotations

import importlib.util
import sys
import types

import numpy as np
import pytest
import torch
from detectors import published_networks
from skimage.metrics import structural_similarity
from torch import nn

from GANAnomalyLab.features import published_weights
from GANAnomalyLib.detectors.restorer import perceptual_distance
from GANAnomalyLib.detectors.restorer.lpips import Lpips, _Fire, _SqueezeNet
from GANAnomalyLib.detectors.restorer.perceptual_distance import PREFIX, perceptual_of
from GANAnomalyLib.detectors.restorer.ssim import ssim_map
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.seeded import seeded

IMAGES = published_networks.image()[:, :, ::2, ::2]


def weights(kind: str) -> dict[str, torch.Tensor]:
    if kind == "lpips":
        with seeded(5):
            return Lpips().state_dict()
    return published_weights() if kind == "efficientnet_lite0" else {}


def of(kind: str) -> perceptual_distance.Perceptual:
    return perceptual_of(weights(kind))


KINDS = ("lpips", "efficientnet_lite0", "ssim")


@pytest.fixture
def lpips_package(monkeypatch):
    """The package of LPIPS's authors, with our layers for torchvision's SqueezeNet."""
    if importlib.util.find_spec("lpips") is None:
        pytest.skip("the package lpips is not installed")
    layers = [layer for part in _SqueezeNet().children() for layer in part]
    models = types.ModuleType("models")
    models.squeezenet1_1 = lambda **_: types.SimpleNamespace(features=nn.Sequential(*layers))
    fake = types.ModuleType("torchvision")
    fake.models = models
    monkeypatch.setitem(sys.modules, "torchvision", fake)
    monkeypatch.setitem(sys.modules, "torchvision.models", models)
    for name in [name for name in sys.modules if name.partition(".")[0] == "lpips"]:
        monkeypatch.delitem(sys.modules, name)
    import lpips

    yield lpips
    for name in [name for name in sys.modules if name.partition(".")[0] == "lpips"]:
        del sys.modules[name]


def test_lpips_is_that_of_its_authors(lpips_package):
    with seeded(6):
        theirs = lpips_package.LPIPS(net="squeeze", pretrained=False, pnet_rand=True, spatial=True, verbose=False)
    ours = perceptual_of(theirs.state_dict())
    assert ours.name == "lpips"
    first, second = IMAGES, IMAGES.flip(0)
    with torch.no_grad():
        wanted, found = theirs.eval()(first, second, normalize=True), ours(first, second)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_alike_is_zero_and_a_mark_shows_where_it_is(kind):
    distance = of(kind)
    assert distance.name == kind
    marked = IMAGES.clone()
    marked[:, :, 40:48, 8:16] = 1
    with torch.no_grad():
        assert distance(IMAGES, IMAGES).abs().max() < 1e-5
        found = distance(IMAGES, marked)
    assert found.shape == (2, 1, 64, 64)
    inside = found[:, :, 40:48, 8:16].mean().abs()
    assert inside > 3 * found[:, :, 4:24, 40:60].mean().abs()


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_stored_and_read_again_and_has_gradients(kind):
    distance = of(kind)
    stored = {name.removeprefix(PREFIX): value for name, value in distance.stored().items()}
    assert all(value.dtype == torch.float16 for value in stored.values())
    again = perceptual_of(stored)
    assert type(again) is type(distance)
    image = IMAGES.clone().requires_grad_(True)
    loss = distance.loss(image, IMAGES.flip(0))
    loss.backward()
    assert torch.isfinite(image.grad).all()
    assert image.grad.abs().max() > 0
    with torch.no_grad():
        torch.testing.assert_close(again.loss(image, IMAGES.flip(0)), loss.detach(), rtol=2e-2, atol=1e-5)


def test_only_what_stands_in_is_told():
    assert of("lpips").note() is None
    assert "EfficientNet-Lite0" in of("efficientnet_lite0").note()
    assert "SSIM" in of("ssim").note()


def test_weights_that_are_not_whole_are_refused():
    held = weights("lpips")
    del held["lin3.model.1.weight"]
    with pytest.raises(InputError, match=r"1 layer .* lin3\.model\.1\.weight is missing"):
        perceptual_of(held)


def test_ssim_is_the_published_one():
    first, second = (image[0].numpy().astype(np.float64) for image in IMAGES)
    wanted = structural_similarity(
        first, second, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )[1]
    pair = (torch.from_numpy(image)[None, None] for image in (first, second))
    np.testing.assert_allclose(ssim_map(*pair)[0, 0, 6:-6, 6:-6], wanted[6:-6, 6:-6], atol=1e-9)


def test_fire_is_what_squeezenet_has():
    assert _Fire(8, 2, 5)(torch.zeros(1, 8, 4, 4)).shape == (1, 10, 4, 4)


@pytest.mark.parametrize("kind", KINDS)
def test_an_image_of_several_pairs_is_looked_at_once(kind):
    distance = of(kind)
    with torch.no_grad():
        kept = distance.seen(IMAGES)
        for other in (IMAGES.flip(0), 1 - IMAGES):
            # Slice by slice, and all at once as in training.
            found, pair = distance.between(kept, distance.seen(other)), distance(IMAGES, other)
            torch.testing.assert_close(found, pair, rtol=0, atol=0)
            with torch.enable_grad():
                torch.testing.assert_close(distance(IMAGES, other).detach(), pair, rtol=0, atol=1e-6)


def test_pictures_that_are_too_small_for_lpips_have_a_distance_all_the_same():
    with torch.no_grad():
        assert of("lpips")(IMAGES[:, :, :16, :16], IMAGES[:, :, 16:32, :16]).shape == (2, 1, 16, 16)
