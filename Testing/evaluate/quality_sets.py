"""Feature networks with seeded random weights as files, slices of a real CT, and a small generator."""

from __future__ import annotations

import io
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from GANAnomalyLab.evaluate.quality import ArrayImages
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.volume import AxialStack, Frame, body_box, find_body, read_volume

TORSO = Path(__file__).parents[2] / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"
_operators: list[object] = []


def need_torchvision() -> None:
    """Import torchvision, here perhaps built for another torch: then without its own operators, which nothing needs."""
    try:
        import torchvision
    except ImportError:
        pytest.skip("torchvision is not installed")
    except RuntimeError:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _operators.append(library)
        import torchvision  # noqa: F401


@cache
def inception_weights(folder: Path) -> Path:
    """torch-fidelity's own network, seeded."""
    need_torchvision()
    fidelity = pytest.importorskip("torch_fidelity")
    path = folder / "inception.pth"
    torch.save(_seeded(_shapes(fidelity.FeatureExtractorInceptionV3, "inception-v3-compat", ["2048"])), path)
    return path


@cache
def vgg16_weights(folder: Path) -> Path:
    need_torchvision()
    import torchvision

    path = folder / "vgg16.pth"
    with torch.device("meta"):
        shapes = {key: (value.shape, value.dtype) for key, value in torchvision.models.vgg16().state_dict().items()}
    torch.save(_seeded(shapes), path)
    return path


@cache
def swav_weights(folder: Path) -> Path:
    """Named and wrapped as the published file is."""
    need_torchvision()
    import torchvision

    path = folder / "swav.pth.tar"
    with torch.device("meta"):
        state = torchvision.models.resnet50().state_dict()
    shapes = {key: (value.shape, value.dtype) for key, value in state.items() if not key.startswith("fc.")}
    tensors = {f"module.{key}": value for key, value in _seeded(shapes).items()}
    tensors["module.projection_head.0.weight"] = torch.zeros(4, 2048)
    tensors["module.prototypes.weight"] = torch.zeros(8, 4)
    torch.save(tensors, path)
    return path


def _shapes(extractor: type, name: str, layers: list[str]) -> dict:
    """What a torch-fidelity extractor wants to load."""
    seen: dict = {}

    class Look(extractor):
        def load_state_dict(self, state, strict=True):
            seen.update({key: (value.shape, value.dtype) for key, value in self.state_dict().items()})

    file = io.BytesIO()
    torch.save({}, file)
    file.seek(0)
    Look(name, layers, file)
    return seen


def _seeded(shapes: dict) -> dict[str, torch.Tensor]:
    """Random weights of sensible size. The largest are views of one row of numbers, so that files stay small."""
    random = torch.Generator().manual_seed(5)
    tensors = {}
    for key, (shape, dtype) in shapes.items():
        if not dtype.is_floating_point:
            tensors[key] = torch.zeros(shape, dtype=dtype)
        elif key.endswith("running_var") or (len(shape) == 1 and key.endswith("weight")):
            tensors[key] = torch.ones(shape)
        elif len(shape) == 1:
            tensors[key] = 0.1 * torch.randn(shape, generator=random)
        elif len(shape) == 2 and shape.numel() > 1 << 22:
            row = torch.randn(shape[0] + shape[1], generator=random) * (2 / shape[1]) ** 0.5
            tensors[key] = row.as_strided(shape, (1, 1))
        else:
            fan = shape[1:].numel()
            tensors[key] = torch.randn(shape, generator=random) * (2 / fan) ** 0.5
    return tensors


@cache
def torso_slices(size: int) -> np.ndarray:
    """Slices of the bundled torso CT, soft-tissue window, uint8 (N, size, size)."""
    stack = AxialStack.from_volume(read_volume(TORSO))
    box = body_box(find_body(stack.slices, -125, stack.spacing_mm).mask, 10, stack.spacing_mm)
    frame = Frame.fit(*stack.slices.shape[1:], *stack.spacing_mm[1:], size, box=box)
    return np.round((frame.to_network(stack.slices, 350, 50) + 1) * 127.5).astype(np.uint8)


def torso(size: int = 64, every: int = 1, first: int = 0) -> ArrayImages:
    return ArrayImages(torso_slices(size)[first::every])


def noisy(images: np.ndarray, deviation: float, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, deviation, images.shape)
    return np.clip(images + noise, 0, 255).round().astype(np.uint8)


def write_pictures(folder: Path, images: np.ndarray) -> Path:
    folder.mkdir(parents=True)
    for n, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{n:04d}.png")
    return folder


def small_generator(c_dim: int = 0, channels: int = 1, resolution: int = 32) -> Generator:
    torch.manual_seed(3)
    network = Generator(
        z_dim=16,
        c_dim=c_dim,
        w_dim=16,
        img_resolution=resolution,
        img_channels=channels,
        mapping_layers=2,
        channel_base=256,
        channel_max=16,
    )
    return network.eval().requires_grad_(False)
