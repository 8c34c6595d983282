"""PICARD's heatmap procedure straight from its paper, plainly: the baseline of bench_picard.py and what tests compare.

Every window, every completion in full, attention sample by sample with the background patches as convolution kernels,
features of the truth anew for each completion. Only the weights come from the package.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import torch
import torch.nn.functional as F

Weights = Mapping[str, torch.Tensor]
Masks = Callable[[int, int, int], Mapping[str, torch.Tensor]]
ENCODER = (("1", 1), ("2_downsample", 2), ("3", 1), ("4_downsample", 2), ("5", 1), ("6", 1))


def layer(p: Weights, name: str, x, drop, stride=1, dilation=1, activation=F.elu):
    """One convolution, its activation, and the channels' multipliers (N, C) where ``drop`` has them."""
    weight = p[f"{name}.conv.weight"]
    x = F.conv2d(x, weight, p[f"{name}.conv.bias"], stride, dilation * (weight.shape[-1] // 2), dilation)
    x = activation(x) if activation else x
    return x * drop[name][:, :, None, None] if name in drop else x


def encoder(p: Weights, prefix: str, x, drop):
    for number, stride in ENCODER:
        last = prefix.endswith("pmconv") and number == "6"
        x = layer(p, f"{prefix}{number}", x, drop, stride, activation=F.relu if last else F.elu)
    return x


def atrous(p: Weights, prefix: str, x, drop):
    for number, dilation in ((7, 2), (8, 4), (9, 8), (10, 16)):
        x = layer(p, f"{prefix}{number}_atrous", x, drop, dilation=dilation)
    return x


def decoder(p: Weights, prefix: str, x, drop):
    for number in range(11, 17):
        x = layer(p, f"{prefix}{number}", x, drop)
        if number in (12, 14):
            x = F.interpolate(x, scale_factor=2, mode="nearest")
    return layer(p, f"{prefix}17", x, drop, activation=None).clamp(-1, 1)


def attention(features, mask):
    """Contextual attention, one sample after the other; (N, C, h, w), mask (1, 1, 4h, 4w)."""
    _, _, height, width = features.shape
    h, w = height // 2, width // 2
    hole = F.interpolate(mask, scale_factor=1 / 8, mode="nearest")
    free = (F.unfold(hole, 3, padding=1).mean(1) == 0).float().reshape(-1, 1, 1)
    identity = torch.eye(3, device=features.device).reshape(1, 1, 3, 3)
    done = []
    for sample in features[:, None]:
        small = F.interpolate(sample, scale_factor=0.5, mode="nearest")
        kernels = F.unfold(small, 3, padding=1)[0].t().reshape(h * w, -1, 3, 3)
        kernels = kernels / torch.sqrt((kernels**2 + 1e-4).sum((1, 2, 3), keepdim=True))
        scores = F.conv2d(small, kernels, padding=1).reshape(1, 1, h * w, h * w)
        scores = F.conv2d(scores, identity, padding=1).reshape(h, w, h, w).permute(1, 0, 3, 2)
        scores = F.conv2d(scores.reshape(1, 1, h * w, h * w), identity, padding=1).reshape(w, h, w, h)
        scores = scores.permute(1, 0, 3, 2).reshape(h * w, h, w)
        weights = F.softmax(scores * free * 10, dim=0) * free
        patches = F.unfold(sample, 4, padding=1, stride=2)[0].t().reshape(h * w, -1, 4, 4)
        done.append(F.conv_transpose2d(weights[None], patches, stride=2, padding=1) / 4)
    return torch.cat(done)


def complete(p: Weights, x, mask, drop: Mapping[str, torch.Tensor]):
    """The fine result (N, C, H, W) for ``x`` with its hole set to 0, ``mask`` (1, 1, H, W) and ``drop`` by layer."""
    mask = mask.expand(len(x), -1, -1, -1)
    rest = [torch.ones_like(mask), mask]
    coarse, fine = "coarse_generator.conv", "fine_generator.conv"
    stage1 = decoder(p, coarse, atrous(p, coarse, encoder(p, coarse, torch.cat([x, *rest], 1), drop), drop), drop)
    filled = torch.cat([stage1 * mask + x * (1 - mask), *rest], 1)
    left = atrous(p, fine, encoder(p, fine, filled, drop), drop)
    right = attention(encoder(p, "fine_generator.pmconv", filled, drop), mask[:1])
    right = layer(p, "fine_generator.pmconv10", layer(p, "fine_generator.pmconv9", right, drop), drop)
    return decoder(p, "fine_generator.allconv", torch.cat([left, right], 1), drop)


def features(p: Weights, x):
    """The local critic's last feature map."""
    for number in range(1, 5):
        name = f"dis_conv_module.conv{number}.conv"
        x = F.leaky_relu(F.conv2d(x, p[f"{name}.weight"], p[f"{name}.bias"], 2, 2), 0.2)
    return x


def plain_distances(
    inpainter: Weights,
    critic: Weights | None,
    image: torch.Tensor,
    masks: Masks,
    window: int = 256,
    hole: int = 128,
    stride: int = 32,
    completions: int = 10,
    chosen: Sequence[int] | None = None,
) -> dict[str, torch.Tensor]:
    """L2 distances of windows' completions to the truth for ``image`` (C, H, W).

    By "image" and (with a critic) "feature", (rows, columns, completions). ``chosen`` numbers the windows to do, row by
    row (None: all); the others are NaN.
    """
    rows = range(0, image.shape[1] - window + 1, stride)
    columns = range(0, image.shape[2] - window + 1, stride)
    spaces = ("image",) if critic is None else ("image", "feature")
    found = {space: torch.full((len(rows), len(columns), completions), float("nan")) for space in spaces}
    at = slice((window - hole) // 2, (window - hole) // 2 + hole)
    mask = torch.zeros(1, 1, window, window, device=image.device)
    mask[..., at, at] = 1
    places = list(product(range(len(rows)), range(len(columns))))
    for row, column in places if chosen is None else [places[number] for number in chosen]:
        truth = image[None, :, rows[row] : rows[row] + window, columns[column] : columns[column] + window]
        drops = [masks(row, column, number) for number in range(completions)]
        drop = {name: torch.stack([each[name] for each in drops]).to(image.device) for name in drops[0]}
        done = complete(inpainter, (truth * (1 - mask)).expand(completions, -1, -1, -1), mask, drop)
        for number in range(completions):
            ours, theirs = done[number : number + 1, :, at, at], truth[..., at, at]
            found["image"][row, column, number] = torch.linalg.vector_norm(ours - theirs)
            if critic is not None:
                difference = features(critic, ours) - features(critic, theirs)
                found["feature"][row, column, number] = torch.linalg.vector_norm(difference)
    return found
