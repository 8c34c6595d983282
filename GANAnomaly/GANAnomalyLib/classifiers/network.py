"""The networks: pictures to maps, maps to one number a class.

EfficientNet-B2 (Tan and Le, ICML 2019), DenseNet-121 (Huang et al., CVPR 2017) and ResNet-50 (He et al., CVPR 2016) are
torchvision's; EfficientNet-Lite0 is that of the memory of normal features; the small one is for two cores.
"""

from __future__ import annotations

import importlib
from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..detectors.memory.network import WIDTHS, LiteFeatures
from ..errors import InputError
from ..running.quiet import quiet
from .architecture import NETWORKS, ClassifierArchitecture

_DROPPED = 0.3
"""Of what the last layer sees, in training."""


class ClassNetwork(nn.Module):
    """Pictures (n, 3, S, S), normalised as for ImageNet, to (n, L), one number a class."""

    @abstractmethod
    def maps(self, pictures: Tensor) -> Tensor:
        """The last maps (n, K, h, w) that know where things are."""

    @abstractmethod
    def pooled(self, maps: Tensor) -> Tensor:
        """(n, K'): what the last layer sees of the maps; the features of a picture."""

    @abstractmethod
    def decide(self, features: Tensor) -> Tensor:
        """(n, L) from what :meth:`pooled` gives."""

    def forward(self, pictures: Tensor) -> Tensor:
        return self.decide(self.pooled(self.maps(pictures)))


class SmallNetwork(ClassNetwork):
    """Seven convolutions: 64 pixels become maps of 8 x 8, and a few hundred thousand weights suffice."""

    def __init__(self, classes: int, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        wide = 3
        for channels, stride in ((1, 1), (2, 2), (2, 1), (4, 2), (4, 1), (8, 2), (8, 1)):
            out = channels * width
            layers += [nn.Conv2d(wide, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU()]
            wide = out
        self.body = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Dropout(_DROPPED), nn.Linear(2 * wide, classes))

    def maps(self, pictures: Tensor) -> Tensor:
        """See :class:`ClassNetwork`."""
        maps: Tensor = self.body(pictures)
        return maps

    def pooled(self, maps: Tensor) -> Tensor:
        """See :class:`ClassNetwork`: the mean of each map and its highest place."""
        return torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1)

    def decide(self, features: Tensor) -> Tensor:
        """See :class:`ClassNetwork`."""
        out: Tensor = self.head(features)
        return out


class LiteNetwork(ClassNetwork):
    """EfficientNet-Lite0 up to its stage at a sixteenth; what it gives is brought to unit spread for the last layer."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.body = LiteFeatures()
        for name, weight in self.body.named_parameters():
            # It comes empty, to be filled with published weights.
            if name.endswith("weight"):
                nn.init.kaiming_normal_(weight)
        wide = 2 * WIDTHS[-1]
        self.spread = nn.BatchNorm1d(wide, affine=False)
        self.head = nn.Sequential(nn.Dropout(_DROPPED), nn.Linear(wide, classes))

    def maps(self, pictures: Tensor) -> Tensor:
        """See :class:`ClassNetwork`."""
        maps: Tensor = self.body(pictures)[-1]
        return maps

    def pooled(self, maps: Tensor) -> Tensor:
        """See :class:`ClassNetwork`."""
        pooled: Tensor = self.spread(torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1))
        return pooled

    def decide(self, features: Tensor) -> Tensor:
        """See :class:`ClassNetwork`."""
        out: Tensor = self.head(features)
        return out


class TorchvisionNetwork(ClassNetwork):
    """One of torchvision's with a last layer for ``classes``; its tensors have torchvision's names below "body"."""

    def __init__(self, name: str, classes: int) -> None:
        super().__init__()
        self.name = name
        with quiet():
            self.body: Any = getattr(_torchvision(name), name)(weights=None, num_classes=classes)

    def maps(self, pictures: Tensor) -> Tensor:
        """See :class:`ClassNetwork`."""
        body = self.body
        if self.name != "resnet50":
            maps: Tensor = body.features(pictures)
            return functional.relu(maps) if self.name == "densenet121" else maps
        out = body.maxpool(body.relu(body.bn1(body.conv1(pictures))))
        last: Tensor = body.layer4(body.layer3(body.layer2(body.layer1(out))))
        return last

    def pooled(self, maps: Tensor) -> Tensor:
        """See :class:`ClassNetwork`."""
        return maps.mean((2, 3))

    def decide(self, features: Tensor) -> Tensor:
        """See :class:`ClassNetwork`."""
        last = self.body.fc if self.name == "resnet50" else self.body.classifier
        out: Tensor = last(features)
        return out


def build(architecture: ClassifierArchitecture) -> ClassNetwork:
    """The network of a card with new weights; raises :class:`InputError` where torchvision is needed and missing."""
    classes = len(architecture.classes)
    if architecture.network == "small":
        return SmallNetwork(classes, architecture.width)
    if architecture.network == "lite0":
        return LiteNetwork(classes)
    return TorchvisionNetwork(architecture.network, classes)


def _torchvision(name: str) -> Any:
    try:
        with quiet():
            return importlib.import_module("torchvision.models")
    # One that was built for another torch lacks an operator.
    except (ImportError, RuntimeError) as error:
        raise InputError(
            f"{NETWORKS[name]} needs the Python package torchvision, which cannot be loaded here: run  pip install "
            "'gananomaly[classify]', or take the network small or lite0.",
            repr(error),
        ) from error
