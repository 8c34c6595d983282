"""The domain-relevant loss of SpineGAN: a frozen classifier must see in a made image the class that it was made for.

Schonfeld et al., "Generative Adversarial Network Based Synthetic Learning and a Novel Domain Relevant Loss Term for
Spine Radiographs", 2022: the generator's loss + 0.1 x cross entropy of the classifier. Published for two classes; of
more, the same with softmax.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from GANAnomalyLib.classifiers.load import ClassifierModel, load_classifier
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.imagenet import normalised
from GANAnomalyLib.models.store import SUFFIX
from GANAnomalyLib.running.quiet import quiet

from ..run_models import find_snapshot

PUBLISHED_SHARE = 224 / 256
"""Of a picture's side, its middle, that the published classifier was shown."""
PROGRAMS = (".torchscript", ".ts")
"""TorchScript. Exported programs (.pt2) are not taken: torch reads parts of them as pickles, which may run anything."""


class DomainLoss:
    """Losses of made images, by one's own classifier or by somebody's program.

    Parameters
    ----------
    judge: logits (n, L), or (n, 1) for two classes, from images (n, C, R, R) in [-1, 1]; with gradients.
    order: (L,) which of the classifier's outputs is each of the labels.
    """

    def __init__(self, judge: nn.Module | ClassifierModel, order: list[int], as_published: bool = False) -> None:
        self._judge, self._order, self._as_published = judge, order, as_published

    def logits(self, images: Tensor) -> Tensor:
        """(n, L) in the labels' order."""
        if isinstance(self._judge, ClassifierModel):
            seen = self._judge
            made = seen.network(_published_view(images)) if self._as_published else seen.logits(images)
        else:
            made = self._judge(_published_view(images) if self._as_published else normalised((images + 1) / 2))
        if made.shape[1] == 1:  # one number: how much rather class 1 than class 0
            made = torch.cat([torch.zeros_like(made), made], 1)
        if made.shape[1] != len(self._order):
            raise InputError(
                f"The classifier tells {made.shape[1]} classes apart, and the images have {len(self._order)}."
            )
        return made[:, self._order].float()

    def losses(self, images: Tensor, labels: Tensor) -> Tensor:
        """(n,) cross entropies; ``labels`` (n, L) one-hot."""
        return functional.cross_entropy(self.logits(images), labels.argmax(1), reduction="none")


def load_domain_loss(classifier: str, names: list[str], device: torch.device, as_published: bool = False) -> DomainLoss:
    """The loss by a classifier's name, file or run, or by a TorchScript file.

    ``names`` are those of the training images' classes. A TorchScript takes (n, 3, R, R), normalised as for ImageNet,
    and gives (n, L) or (n, 1). Nothing is unpickled. Raises :class:`InputError` for a file that cannot be read, or
    whose classes are others.
    """
    path = Path(classifier)
    if path.suffix.lower() in PROGRAMS:
        return DomainLoss(_program(path, device), list(range(len(names))), as_published)
    model = load_classifier(find_snapshot(path) if path.is_dir() else classifier, str(device))
    if sorted(model.classes) != sorted(names):
        raise InputError(
            f"The classifier {model.card.name} tells {', '.join(model.classes)} apart, and the training images are "
            f"{', '.join(names)}: train one on the same classes."
        )
    return DomainLoss(model, [model.classes.index(name) for name in names], as_published)


def _program(path: Path, device: torch.device) -> nn.Module:
    if not path.is_file():
        raise InputError(f"There is no classifier {path.name}: give a {SUFFIX} with its card, or a TorchScript (.ts).")
    try:
        with quiet():
            made = torch.jit.load(str(path), device)
    except RuntimeError as error:
        raise InputError(f"{path.name} cannot be read as TorchScript: write it again.", str(error)) from error
    module: nn.Module = made.to(device)
    for one in module.parameters():
        one.requires_grad_(False)
    return module


def _published_view(images: Tensor) -> Tensor:
    """The middle of each image, normalised as if it lay in [0, 1], which it does not: the published mistake."""
    side = round(images.shape[-1] * PUBLISHED_SHARE)
    first = (images.shape[-1] - side) // 2
    return normalised(images[..., first : first + side, first : first + side])
