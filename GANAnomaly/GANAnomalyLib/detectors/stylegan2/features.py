"""Feature spaces in which two pictures are compared: plain pixels, or the activations of a VGG16 network.

A feature space turns pictures into flat vectors whose squared Euclidean distance is the dissimilarity. Both spaces see
pictures the way the published projection does: values 0..255 and at most 256 pixels on a side.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...errors import InputError
from ...models import imagenet

MAX_SIZE = 256
"""Pictures larger than this are averaged down before they are compared (published projection, step 4)."""

VGG16_MIN_SIZE = 16
"""The last compared VGG16 layer lies behind four poolings; below this size it would see nothing."""

WEIGHTS_SIZE_LIMIT = 1 << 30
"""Bytes. The torchvision file has 528 MB; anything far larger is something else."""

# The thirteen convolutions by their number in torchvision's `features` sequence, with their output channels, one row a
# stage (Simonyan and Zisserman 2015, configuration D). Every stage but the first begins with a 2 x 2 max pooling.
_STAGES: tuple[tuple[tuple[int, int], ...], ...] = (
    ((0, 64), (2, 64)),
    ((5, 128), (7, 128)),
    ((10, 256), (12, 256), (14, 256)),
    ((17, 512), (19, 512), (21, 512)),
    ((24, 512), (26, 512), (28, 512)),
)
# Which convolution of each stage is compared: relu1_2, 2_2, 3_3, 4_3, 5_3, the last of every stage.
_LEARNT_WEIGHT = "lin{stage}.model.1.weight"
_UNIT_EPS = 1e-10


class FeatureSpace(Protocol):
    """Anything that maps pictures (N, C, R, R), values 0..255, to vectors (N, F), differentiably."""

    def __call__(self, images: Tensor) -> Tensor: ...


def shrink(images: Tensor, max_size: int = MAX_SIZE) -> Tensor:
    """Pictures (N, C, H, W) averaged down to ``max_size`` on a side when they are larger, else as they are."""
    if max(images.shape[-2:]) <= max_size:
        return images
    return F.interpolate(images, size=(max_size, max_size), mode="area")


def feature_distance(first: Tensor, second: Tensor) -> Tensor:
    """Squared Euclidean distance of feature vectors (N, F) row by row: (N,)."""
    return (first - second).square().sum(dim=1)


class PixelFeatures:
    """Grey values themselves: the squared distance of two vectors is the mean squared difference, scale 0..255.

    Needs no weights. One unit is one squared grey level, so typical distances (tens to thousands) are some three orders
    of magnitude above those of :class:`VGG16Features` (below about ten), and the noise regulariser, whose weight stays
    the same, is weaker beside them by as much.
    """

    def __call__(self, images: Tensor) -> Tensor:
        """Pictures (N, C, R, R), values 0..255, to vectors (N, C * r * r), r = min(R, 256)."""
        flat = shrink(images).flatten(1)
        return flat / math.sqrt(flat.shape[1])


class VGG16Features(nn.Module):
    """Perceptual features: unit-length VGG16 activations of five depths (Zhang et al. 2018, LPIPS).

    Pictures are normalised with ImageNet's mean and standard deviation. The activations after relu1_2, relu2_2,
    relu3_3, relu4_3 and relu5_3 are scaled to unit length over their channels and divided by sqrt(H * W) of their
    layer; all of them concatenated make the vector. The squared distance of two vectors is therefore, summed over the
    five layers, the channel-wise squared distance averaged over positions: at most 2 a layer, 10 in all, since
    activations are not negative. LPIPS also weights the channels by learnt numbers; they are used when the weights file
    holds them (``lin0.model.1.weight`` .. ``lin4.model.1.weight``) and are otherwise all 1.

    Grayscale pictures are repeated to three channels; pictures above 256 pixels are averaged down first.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, weights: dict[str, Tensor]) -> None:
        """``weights``: torchvision's ``vgg16`` state dict; raises :class:`InputError` when it is not one."""
        super().__init__()
        self.convolutions = nn.ModuleDict()
        channels = 3
        for stage in _STAGES:
            for number, width in stage:
                self.convolutions[str(number)] = _convolution(weights, number, channels, width)
                channels = width
        for index, stage in enumerate(_STAGES):
            self.register_buffer(f"channel_gain{index}", _channel_gain(weights, index, stage[-1][1]))
        self.register_buffer("mean", torch.tensor(imagenet.MEAN).reshape(1, 3, 1, 1) * 255)
        self.register_buffer("std", torch.tensor(imagenet.SPREAD).reshape(1, 3, 1, 1) * 255)
        self.eval().requires_grad_(False)

    @classmethod
    def from_file(cls, path: Path | str) -> VGG16Features:
        """Read torchvision's vgg16 weights file (``.pth``, or the same tensors as ``.safetensors``).

        No code in the file is executed. Raises :class:`InputError` for a missing, broken, oversized or wrong file.
        """
        return cls(_read_tensors(Path(path)))

    def forward(self, images: Tensor) -> Tensor:
        """Pictures (N, 1 or 3, R, R), values 0..255, R at least 16, to vectors (N, F)."""
        if images.ndim != 4 or images.shape[1] not in (1, 3) or min(images.shape[-2:]) < VGG16_MIN_SIZE:
            raise InputError(
                f"VGG16 features need grayscale or RGB pictures of at least {VGG16_MIN_SIZE} pixels, not shape "
                f"{tuple(images.shape[1:])}: use pixel features for this network."
            )
        vectors = []
        for index, x in enumerate(self.maps(shrink(images))):
            # rsqrt of the sum plus epsilon: dividing by the norm itself has no gradient where nothing is active.
            unit = x * torch.rsqrt(x.square().sum(dim=1, keepdim=True) + _UNIT_EPS)
            unit = unit * getattr(self, f"channel_gain{index}")
            vectors.append(unit.flatten(1) / math.sqrt(x.shape[2] * x.shape[3]))
        return torch.cat(vectors, dim=1)

    def maps(self, images: Tensor) -> list[Tensor]:
        """Pictures (N, 1 or 3, R, R), values 0..255, to the activations (N, F, h, w) of the five depths."""
        x = (images.expand(-1, 3, -1, -1) - self.mean) / self.std
        found = []
        for index, stage in enumerate(_STAGES):
            if index > 0:
                x = F.max_pool2d(x, 2)
            for number, _ in stage:
                x = F.relu(self.convolutions[str(number)](x))
            found.append(x)
        return found


def _convolution(weights: dict[str, Tensor], number: int, channels: int, width: int) -> nn.Conv2d:
    expected = {"weight": (width, channels, 3, 3), "bias": (width,)}
    layer: nn.Conv2d = nn.utils.skip_init(nn.Conv2d, channels, width, kernel_size=3, padding=1)
    for name, shape in expected.items():
        key = f"features.{number}.{name}"
        value = weights.get(key)
        if not isinstance(value, Tensor) or tuple(value.shape) != shape:
            found = "missing" if value is None else f"of shape {tuple(getattr(value, 'shape', ()))}"
            raise InputError(
                f"The weights file is not torchvision's vgg16: {key} is {found}, it should be {shape}. "
                "Point to the file of plain vgg16 (not vgg16_bn or another depth).",
            )
        if not torch.isfinite(value).all():
            raise InputError(f"The VGG16 weights file is damaged: {key} holds values that are not numbers.")
        getattr(layer, name).data.copy_(value)
    return layer


def _channel_gain(weights: dict[str, Tensor], stage: int, channels: int) -> Tensor:
    """Square roots of LPIPS's learnt channel weights, since they act on squared differences; ones without them."""
    value = weights.get(_LEARNT_WEIGHT.format(stage=stage))
    if value is None:
        return torch.ones(1, channels, 1, 1)
    if not isinstance(value, Tensor) or value.numel() != channels:
        raise InputError(
            f"The LPIPS weights of stage {stage + 1} in the VGG16 file do not fit its {channels} channels: "
            "use a file made for VGG16."
        )
    return value.detach().float().clamp(min=0).sqrt().reshape(1, channels, 1, 1)


def _read_tensors(path: Path) -> dict[str, Any]:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(
            f"The VGG16 weights file {path.name} cannot be opened: check its path.", f"{type(error).__name__}: {error}"
        ) from error
    if not path.is_file():
        raise InputError(f"The VGG16 weights {path.name} is a folder: point to torchvision's vgg16 .pth file.")
    if size > WEIGHTS_SIZE_LIMIT:
        raise InputError(
            f"{path.name} has {size / 2**30:.1f} GiB and is too large to be VGG16 weights: "
            "point to torchvision's vgg16 .pth file."
        )
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            tensors = load_file(str(path), device="cpu")
        else:
            tensors = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load names no common base for what a broken or hostile file may raise
        raise InputError(
            f"{path.name} cannot be read as VGG16 weights: it is damaged, or not a plain PyTorch weights file.",
            f"{type(error).__name__}: {error}",
        ) from error
    if not isinstance(tensors, dict):
        raise InputError(f"{path.name} holds no named weights: point to torchvision's vgg16 .pth file.")
    return tensors
