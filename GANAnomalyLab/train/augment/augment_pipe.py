"""The augmentation pipeline: draws what happens to each image of a batch, and makes it happen."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from . import augment_draws as chance
from .affine_resampling import move
from .augment_settings import AugmentSettings
from .axis_filters import bands


class AugmentPipe(nn.Module):
    """Random changes of images (N, C, H, W) in [-1, 1], each with probability p (Karras et al. 2020b, appendix B).

    Parameters
    ----------
    settings:
        Which changes, how often and how strong; raises :class:`InputError` for impossible numbers.

    The buffer ``p``, a float32 scalar, is how often each change happens (above 1 counts as 1) and begins at 0, where
    the pipeline returns its images untouched. It stays on the CPU in float32 wherever the module is sent: the draws are
    made there, and half precision would lose the controller's small steps.
    """

    p: Tensor

    def __init__(self, settings: AugmentSettings) -> None:
        super().__init__()
        settings.validate()
        self.settings = settings
        self.register_buffer("p", torch.zeros(()))

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> AugmentPipe:
        return self

    def draw(self, count: int, channels: int, height: int, width: int, generator: torch.Generator) -> dict[str, Tensor]:
        """All randomness of ``count`` images, from a CPU generator; the first axis of every tensor is the image.

        Draw once for the whole batch and hand each process, or each accumulation step, its slice of every tensor. What
        the generator yields afterwards does not depend on p. Keys, each only where the settings ask for it: ``map``,
        ``colour``, ``bands``, ``noise`` with ``noise_seed``, ``hole``; see :mod:`.draws`.
        """
        settings, dice = self.settings, chance.Dice(count, float(self.p), generator)
        found = {
            "map": chance.moves(settings, dice, height, width),
            "colour": chance.colours(settings, dice, channels),
            "bands": chance.band_gains(settings, dice),
        }
        found["noise"], found["noise_seed"] = chance.noise(settings, dice) or (None, None)
        found["hole"] = chance.holes(settings, dice, height, width)
        return {name: tensor for name, tensor in found.items() if tensor is not None}

    def apply(self, images: Tensor, draws: dict[str, Tensor]) -> Tensor:  # type: ignore[override]
        """Change ``images`` (N, C, H, W) as drawn; the same shape, float32 (float64 stays), on the images' device.

        Differentiable any number of times in the images. What is drawn to stay as it is stays so exactly. Values may
        leave [-1, 1].
        """
        if not images.dtype.is_floating_point or images.dtype.itemsize < 4:
            images = images.float()
        # Half precision would round the filters: autocast is for the networks.
        with torch.autocast(images.device.type, enabled=False):
            images = _where(images, draws.get("map"), torch.eye(3), move)
            images = _where(images, draws.get("colour"), torch.eye(images.shape[1], images.shape[1] + 1), _recolour)
            images = _where(images, draws.get("bands"), torch.ones(4), _filter)
            if "noise" in draws:
                images = _add_noise(images, draws["noise"], draws["noise_seed"])
            if "hole" in draws:
                images = _cut_out(images, draws["hole"])
        return images

    def forward(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Draw and apply."""
        count, channels, height, width = images.shape
        return self.apply(images, self.draw(count, channels, height, width, generator))


def _where(images: Tensor, values: Tensor | None, same: Tensor, change: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Change only the images whose drawn value differs from ``same``: exact for the others, and faster at a small p."""
    if values is None:
        return images
    chosen = (values != same).flatten(1).any(1)
    if chosen.all():
        return change(images, values)
    if not chosen.any():
        return images
    index = chosen.nonzero()[:, 0]
    there = index.to(images.device)
    return images.index_copy(0, there, change(images.index_select(0, there), values[index]))


def _recolour(images: Tensor, maps: Tensor) -> Tensor:
    maps = maps.to(images)
    mixed, offset = maps[:, :, :-1], maps[:, :, -1, None, None]
    if images.shape[1] == 1:
        return images * mixed[..., None] + offset
    return (mixed @ images.flatten(2)).view_as(images) + offset


def _filter(images: Tensor, gains: Tensor) -> Tensor:
    height, width = (
        torch.einsum("nb,bij->nij", gains.to(images), bands(size, images))[:, None] for size in images.shape[2:]
    )
    return height @ images @ width.transpose(2, 3)


def _add_noise(images: Tensor, levels: Tensor, seeds: Tensor) -> Tensor:
    chosen = levels.nonzero()[:, 0].tolist()
    if not chosen:
        return images
    grain = torch.zeros(images.shape, device=images.device)
    generator = torch.Generator(images.device)
    for image in chosen:
        generator.manual_seed(int(seeds[image]))
        grain[image].normal_(0.0, float(levels[image]), generator=generator)
    return images + grain.to(images.dtype)


def _cut_out(images: Tensor, boxes: Tensor) -> Tensor:
    top, bottom, left, right = boxes.to(images.device)[:, :, None].unbind(1)
    rows, columns = (torch.arange(size, device=images.device) for size in images.shape[2:])
    inside = ((rows >= top) & (rows < bottom))[:, :, None] & ((columns >= left) & (columns < right))[:, None, :]
    return images.masked_fill(inside[:, None], 0.0)
