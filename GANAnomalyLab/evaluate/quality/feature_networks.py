"""Networks whose features are compared, from torch-fidelity, torchvision and lpips, with weights that were checked."""

from __future__ import annotations

import importlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models import imagenet
from GANAnomalyLib.running.quiet import quiet

from .feature_weights import misfit, read_weights

if TYPE_CHECKING:
    import torch
    from torch import nn

INCEPTION, LOGITS = 2048, 1008
LITE, LITE_SIDE = "lite0", 224


@dataclass
class FeatureNetwork:
    """uint8 images (n, 3, H, W) of any size to float32 features (n, ``width``).

    ``at_once`` is how many images go through together on a CPU: no more than take a second. ``digest`` tells its
    weights from others.
    """

    name: str
    module: nn.Module
    width: int
    at_once: int
    device: str
    digest: str

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        import torch

        with torch.no_grad():
            out = self.module(pixels.to(self.device))
            return (torch.cat(list(out), 1) if isinstance(out, tuple) else out).float().cpu()


def need(package: str, what: str) -> Any:
    """Import a package that a metric needs; raises :class:`InputError` saying how to get it."""
    try:
        with quiet():
            return importlib.import_module(package)
    except ImportError as error:
        raise InputError(
            f"{what} needs the Python package {package.replace('_', '-')}, which cannot be loaded here: run  "
            "pip install 'gananomaly[evaluate]'.",
            repr(error),
        ) from error


def load_network(name: str, path: Path, device: str) -> FeatureNetwork:
    """The network ``name`` ("inception", "vgg16" or "swav") with the weights of a file.

    Inception gives its last pooling layer (2048) and, after it, the logits without bias (1008), as torch-fidelity's
    FID and inception score take them; VGG16 its second hidden layer after the ReLU (4096), as precision and recall
    do; SwAV its pooling layer (2048).

    Raises :class:`InputError` when a package is missing or the file does not hold this network's weights.
    """
    from GANAnomalyLib.models.store import model_hash

    tensors = read_weights(path)
    try:
        module, width, at_once = _BUILDERS[name](tensors)
    except RuntimeError as error:
        raise misfit(path, name, error) from error
    module = module.eval().requires_grad_(False).to(device)
    return FeatureNetwork(name, module, width, at_once, device, model_hash(path))


def load_lite(device: str) -> FeatureNetwork:
    """EfficientNet-Lite0 with the weights that come along: pictures at 224 pixels, its own size, to 512 numbers."""
    from torch import nn

    from ...features import published_hash
    from ...features.picture_features import WIDTH, PictureFeatures

    class OfBytes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.features = PictureFeatures(LITE_SIDE)

        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = self.features(pixels.float() / 255)
            return out

    return FeatureNetwork(LITE, OfBytes().to(device), WIDTH, 8, device, published_hash())


def load_lpips(path: Path, device: str, trunk: str = "vgg16", spatial: bool = False, what: str = "PPL") -> nn.Module:
    """LPIPS over VGG16 or AlexNet; its own part comes with lpips.

    Pairs (n, 3, H, W) in about [-1, 1] become distances (n, 1, 1, 1), or with ``spatial`` (n, 1, H, W). ``what`` needs
    it, for the sentence of :class:`InputError`, raised as by :func:`load_network`.
    """
    need("torchvision", what)
    lpips = need("lpips", what)
    tensors = read_weights(path)
    with quiet():  # torchvision's about an argument that lpips still uses
        module = lpips.LPIPS(
            net={"vgg16": "vgg", "alexnet": "alex"}[trunk], pnet_rand=True, spatial=spatial, verbose=False
        )
    try:
        # lpips cuts the trunk's layers into five slices and keeps their numbers.
        module.net.load_state_dict(
            {key: tensors[f"features.{key.split('.', 1)[1]}"] for key in module.net.state_dict()}
        )
    except (RuntimeError, KeyError) as error:
        raise misfit(path, trunk, error) from error
    return module.eval().requires_grad_(False).to(device)


def _inception(tensors: dict[str, torch.Tensor]) -> tuple[nn.Module, int, int]:
    need("torchvision", "FID")
    fidelity = need("torch_fidelity", "FID")
    layers = ["2048", "logits_unbiased"]
    return fidelity.FeatureExtractorInceptionV3("inception-v3-compat", layers, _file(tensors)), INCEPTION + LOGITS, 4


def _vgg16(tensors: dict[str, torch.Tensor]) -> tuple[nn.Module, int, int]:
    need("torchvision", "Precision and recall")
    fidelity = need("torch_fidelity", "Precision and recall")
    return fidelity.FeatureExtractorVGG16("vgg16", ["fc2_relu"], _file(tensors)), 4096, 2


def _file(tensors: dict[str, torch.Tensor]) -> io.BytesIO:
    """torch-fidelity unpickles whatever file it is given, so it is given one made here of tensors alone."""
    import torch

    file = io.BytesIO()
    torch.save(tensors, file)
    file.seek(0)
    return file


def _swav(tensors: dict[str, torch.Tensor]) -> tuple[nn.Module, int, int]:
    from torch import nn
    from torch.nn import functional

    torchvision = need("torchvision", "FSD")
    network = torchvision.models.resnet50(weights=None)
    network.fc = nn.Identity()
    stripped = {key.removeprefix("module."): value for key, value in tensors.items()}
    body = {key: value for key, value in stripped.items() if not key.startswith(("projection_head", "prototypes"))}
    network.load_state_dict(body)

    class SwAV(nn.Module):
        """Images at 224 pixels (bilinear, smoothed when they shrink) and ImageNet's mean and deviation."""

        mean: torch.Tensor
        deviation: torch.Tensor

        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.register_buffer("mean", _channels(*imagenet.MEAN))
            self.register_buffer("deviation", _channels(*imagenet.SPREAD))

        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            images = functional.interpolate(pixels.float() / 255, (224, 224), mode="bilinear", antialias=True)
            return self.network((images - self.mean) / self.deviation)

    return SwAV(), 2048, 8


def _channels(*values: float) -> torch.Tensor:
    import torch

    return torch.tensor(values)[None, :, None, None]


_BUILDERS = {"inception": _inception, "vgg16": _vgg16, "swav": _swav}
