"""Feature spaces: pixels by definition, VGG16 against the same network written out with functional calls."""

from __future__ import annotations

import hashlib
import math
import pickle

import numpy as np
import pytest
import torch
from torch.nn import functional

from GANAnomalyLib.detectors.stylegan2 import vgg16_file
from GANAnomalyLib.detectors.stylegan2.features import PixelFeatures, VGG16Features, feature_distance, shrink
from GANAnomalyLib.errors import InputError

# torchvision's layout: number in `features`, input and output channels.
LAYERS = [
    (0, 3, 64),
    (2, 64, 64),
    (5, 64, 128),
    (7, 128, 128),
    (10, 128, 256),
    (12, 256, 256),
    (14, 256, 256),
    (17, 256, 512),
    (19, 512, 512),
    (21, 512, 512),
    (24, 512, 512),
    (26, 512, 512),
    (28, 512, 512),
]


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    stream = torch.Generator().manual_seed(8)
    state = {}
    for number, inputs, outputs in LAYERS:
        scale = math.sqrt(2 / (9 * inputs))
        state[f"features.{number}.weight"] = torch.randn(outputs, inputs, 3, 3, generator=stream) * scale
        state[f"features.{number}.bias"] = torch.randn(outputs, generator=stream) * 0.1
    state["classifier.0.bias"] = torch.zeros(7)
    return state


@pytest.fixture(scope="module")
def file(weights, tmp_path_factory):
    path = tmp_path_factory.mktemp("vgg") / "vgg16.pth"
    torch.save(weights, path)
    return path


@pytest.fixture(scope="module")
def vgg(file) -> VGG16Features:
    return VGG16Features.from_file(file)


def pictures(count: int, channels: int, size: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, channels, size, size, generator=torch.Generator().manual_seed(seed)) * 255


def layer_by_layer_distance(weights, first, second, lin=None) -> float:
    """LPIPS-style distance of two RGB pictures (3, R, R), layer by layer, position by position, in double precision."""
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64)[:, None, None]
    std = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64)[:, None, None]
    pair = torch.stack([(image.double() / 255 - mean) / std for image in (first, second)])
    total, stage = 0.0, 0
    for number, _, _ in LAYERS:
        if number in (5, 10, 17, 24):
            pair = functional.max_pool2d(pair, kernel_size=2, stride=2)
        kernel, bias = weights[f"features.{number}.weight"].double(), weights[f"features.{number}.bias"].double()
        pair = functional.conv2d(pair, kernel, bias, padding=1).clamp(min=0)
        if number in (2, 7, 14, 21, 28):
            a, b = (one / one.norm(dim=0).clamp(min=1e-12) for one in pair)
            squares = (a - b) ** 2
            if lin is not None:
                squares = squares * lin[stage].double()[:, None, None]
            total += float(squares.sum(dim=0).mean())
            stage += 1
    return total


def test_pixel_distance_is_the_mean_square():
    a, b = pictures(2, 1, 24, 1), pictures(2, 1, 24, 2)
    got = feature_distance(PixelFeatures()(a), PixelFeatures()(b))
    np.testing.assert_allclose(got.numpy(), ((a - b) ** 2).mean(dim=(1, 2, 3)).numpy(), rtol=1e-5)


def test_large_pictures_are_averaged_down():
    image = pictures(1, 1, 512)
    expected = image.numpy().reshape(1, 1, 256, 2, 256, 2).mean(axis=(3, 5))
    np.testing.assert_allclose(shrink(image).numpy(), expected, atol=1e-3)
    small = pictures(1, 1, 256)
    assert shrink(small) is small
    assert PixelFeatures()(image).shape == (1, 256 * 256)


def test_vgg_equals_the_functional_network(vgg, weights):
    a, b = pictures(2, 3, 32, 3), pictures(2, 3, 32, 4)
    got = feature_distance(vgg(a), vgg(b))
    expected = [layer_by_layer_distance(weights, x, y) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-4)


def test_vgg_vector_layout(vgg):
    vector = vgg(pictures(1, 3, 32))
    assert vector.shape == (1, 64 * 32**2 + 128 * 16**2 + 256 * 8**2 + 512 * 4**2 + 512 * 2**2)
    # Every layer has unit length in the mean over positions; random weights leave no position without activation.
    assert float(vector.square().sum()) == pytest.approx(5, abs=1e-3)


def test_grayscale_is_repeated(vgg):
    gray = pictures(1, 1, 16)
    torch.testing.assert_close(vgg(gray), vgg(gray.repeat(1, 3, 1, 1)))


def test_vgg_is_differentiable_everywhere(vgg):
    """Also for constant pictures, where a bare norm would give NaN."""
    image = torch.zeros(1, 1, 16, 16, requires_grad=True)
    vgg(image).sum().backward()
    assert torch.isfinite(image.grad).all()
    assert float(image.grad.abs().max()) > 0
    assert not any(parameter.requires_grad for parameter in vgg.parameters())


def test_learnt_channel_weights_are_used(weights):
    stream = torch.Generator().manual_seed(3)
    widths = (64, 128, 256, 512, 512)
    lin = [torch.rand(width, generator=stream) for width in widths]
    extra = {f"lin{i}.model.1.weight": value.reshape(1, -1, 1, 1) for i, value in enumerate(lin)}
    space = VGG16Features({**weights, **extra})
    a, b = pictures(1, 3, 32, 5), pictures(1, 3, 32, 6)
    expected = layer_by_layer_distance(weights, a[0], b[0], lin)
    assert float(feature_distance(space(a), space(b))) == pytest.approx(expected, rel=1e-4)
    with pytest.raises(InputError, match="stage 1"):
        VGG16Features({**weights, "lin0.model.1.weight": torch.ones(5)})


def test_safetensors_give_the_same(weights, vgg, tmp_path):
    from safetensors.torch import save_file

    save_file(weights, tmp_path / "vgg16.safetensors")
    other = VGG16Features.from_file(tmp_path / "vgg16.safetensors")
    image = pictures(1, 1, 16)
    assert torch.equal(other(image), vgg(image))


def test_projection_works_on_vgg_features(vgg):
    """The feature space fits the projection: one whole short run, its loss is the perceptual distance."""
    from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
    from GANAnomalyLib.detectors.stylegan2.reference_projection import project_reference

    torch.manual_seed(0)
    network = Generator(z_dim=8, w_dim=8, img_resolution=16, mapping_layers=2, channel_base=128, channel_max=8).eval()
    target = torch.rand(2, 16, 16, generator=torch.Generator().manual_seed(2)) * 2 - 1
    result = project_reference(network, target, 2, features=vgg, w_samples=20)
    shown, wanted = (torch.as_tensor(result.images) + 1) * 127.5, (target[:, None] + 1) * 127.5
    assert result.losses.shape == (2,)
    assert (result.losses > 0).all()
    if np.abs(result.images).max() < 1:  # clamping would change the distance
        np.testing.assert_allclose(result.losses, feature_distance(vgg(shown), vgg(wanted)).numpy(), rtol=1e-3)


def test_pictures_too_small(vgg):
    with pytest.raises(InputError, match="at least 16 pixels"):
        vgg(pictures(1, 1, 8))
    with pytest.raises(InputError, match="grayscale or RGB"):
        vgg(pictures(1, 2, 32))


class _Canary:
    """Unpickled the usual way, this would make a file."""

    def __init__(self, path) -> None:
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_files_that_are_not_vgg16(weights, tmp_path):
    read = VGG16Features.from_file
    with pytest.raises(InputError, match="cannot be opened"):
        read(tmp_path / "missing.pth")
    with pytest.raises(InputError, match="is a folder"):
        read(tmp_path)
    text = tmp_path / "text.pth"
    text.write_text("not weights")
    with pytest.raises(InputError, match="cannot be read"):
        read(text)
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\xff" * 100)
    with pytest.raises(InputError, match="cannot be read"):
        read(broken)
    listing = tmp_path / "list.pth"
    torch.save([torch.ones(2)], listing)
    with pytest.raises(InputError, match="no named weights"):
        read(listing)
    with pytest.raises(InputError, match=r"features\.0\.weight is missing"):
        VGG16Features({"conv1.weight": torch.ones(2)})
    with pytest.raises(InputError, match=r"features\.28\.bias is missing"):
        VGG16Features({key: value for key, value in weights.items() if key != "features.28.bias"})
    with pytest.raises(InputError, match=r"features\.5\.weight is of shape"):
        VGG16Features({**weights, "features.5.weight": torch.ones(128)})
    with pytest.raises(InputError, match="damaged"):
        VGG16Features({**weights, "features.2.bias": torch.full((64,), math.nan)})


def test_no_code_of_the_file_is_run(tmp_path):
    written = tmp_path / "written"
    for name, save in {"new.pth": torch.save, "old.pth": _plain_pickle}.items():
        save({"features.0.weight": _Canary(written)}, tmp_path / name)
        with pytest.raises(InputError, match="cannot be read"):
            VGG16Features.from_file(tmp_path / name)
        assert not written.exists()


def _plain_pickle(value, path) -> None:
    path.write_bytes(pickle.dumps(value, protocol=2))


def test_oversized_file(tmp_path):
    path = tmp_path / "huge.pth"
    with open(path, "wb") as file:
        file.truncate((1 << 30) + 1)  # sparse: takes no room
    with pytest.raises(InputError, match="too large"):
        VGG16Features.from_file(path)


def test_weights_that_are_not_the_published_file_are_told(tmp_path, monkeypatch):
    (tmp_path / "mine.pth").write_bytes(b"x")
    digest = hashlib.sha256(b"x").hexdigest()
    (told,) = vgg16_file.weights_notice(tmp_path / "mine.pth")
    assert digest in told
    monkeypatch.setattr(vgg16_file, "VGG16_SHA256", digest)
    assert vgg16_file.weights_notice(tmp_path / "mine.pth") == []
