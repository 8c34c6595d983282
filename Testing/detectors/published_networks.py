"""What the published normative networks give for weights and inputs that follow from rules: numbers to be equal to.

``Testing/data/normative_published.json`` holds, for each kind, the names and shapes of its published state dict, and of
each output its shape, mean, deviation and 24 values. Weights and inputs are not stored: they are made here.
"""

from __future__ import annotations

import functools
import json
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

FILE = Path(__file__).parents[1] / "data" / "normative_published.json"
SIDE = 128
BUILT = ("grid", "causal_mask", "pos_embed", "ema_cluster_size", "ema_w", "num_batches_tracked")
"""Ends of names whose tensors are what the network makes itself."""


@functools.lru_cache(maxsize=1)
def _held() -> dict[str, Any]:
    held: dict[str, Any] = json.loads(FILE.read_text())
    return held


def published(kind: str) -> dict[str, Any]:
    """All that is held of a kind: "keys" as [name, shape] in their order, "outputs", "losses" and so on."""
    known: dict[str, Any] = _held()[kind]
    return known


def shapes(kind: str) -> dict[str, tuple[int, ...]]:
    """The tensors of the published state dict, in their order."""
    return {name: tuple(shape) for name, shape in published(kind)["keys"]}


def is_built(name: str) -> bool:
    """Whether the network makes this tensor itself, so that the rule of the weights does not hold for it."""
    return name.endswith(BUILT) or (name.startswith("diffusion.") and not name.startswith("diffusion.model."))


def weight(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """The tensor of this name by the rule: normal numbers from its name, scaled by its shape and what it is."""
    random = np.random.RandomState(zlib.crc32(name.encode()) & 0x7FFFFFFF)
    values = np.asarray(random.standard_normal(shape), np.float32)
    if len(shape) > 1:
        values /= np.float32(math.sqrt(math.prod(shape[1:])))
    elif name.endswith("weight"):
        values = 1 + np.float32(0.1) * values
    elif name.endswith("running_var"):
        values = 1 + np.float32(0.1) * np.abs(values)
    else:
        values = np.float32(0.1) * values
    return torch.from_numpy(values)


def weights(kind: str) -> dict[str, torch.Tensor]:
    """The state dict under its published names, without the tensors that the network makes itself."""
    return {name: weight(name, shape) for name, shape in shapes(kind).items() if not is_built(name)}


def fill(network: torch.nn.Module, kind: str, start: str = "") -> torch.nn.Module:
    """A network with the published names, filled by the rule and in evaluation mode.

    ``start`` chooses the names that begin so, and is left off.
    """
    held = {name[len(start) :]: value for name, value in weights(kind).items() if name.startswith(start)}
    missing, unexpected = network.load_state_dict(held, strict=False)
    assert not unexpected, unexpected
    assert all(is_built(start + name) for name in missing), missing
    return network.eval().requires_grad_(False)


def image() -> torch.Tensor:
    """X: (2, 1, 128, 128) float32 in [0, 1], soft waves and their transpose."""
    row, column = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    waves = 0.5 + 0.3 * np.sin(0.13 * row + 0.5 * np.cos(0.09 * column)) + 0.15 * np.sin(0.21 * column)
    waves = np.clip(waves, 0, 1).astype(np.float32)
    return torch.from_numpy(np.stack([waves, waves.T])[:, None].copy())


def latents(size: int, count: int = 2) -> torch.Tensor:
    """z: (count, size) float32, sin(0.7 k + n)."""
    number, place = np.mgrid[:count, :size].astype(np.float64)
    return torch.from_numpy(np.sin(0.7 * place + number).astype(np.float32))


def noise() -> torch.Tensor:
    """N: (2, 1, 128, 128) float32, sin(1.7 m) over the flattened index."""
    return torch.from_numpy(np.sin(1.7 * np.arange(2 * SIDE**2)).astype(np.float32).reshape(2, 1, SIDE, SIDE))


def check(kind: str, name: str, found: Any, tolerance: float = 2e-5) -> None:
    """Hold an output to the published one: shape, 24 values, mean and deviation, to ``tolerance`` of its size."""
    wanted = published(kind)["outputs"][name]
    array = np.asarray(found.detach().cpu().numpy() if isinstance(found, torch.Tensor) else found, np.float64)
    assert list(array.shape) == wanted["shape"]
    flat, values = array.reshape(-1), np.asarray(wanted["values"])
    places = np.arange(len(values)) * 7919 % flat.size
    size = max(float(np.abs(values).max()), wanted["std"])
    np.testing.assert_allclose(flat[places], values, rtol=0, atol=tolerance * size)
    assert abs(flat.mean() - wanted["mean"]) <= tolerance * size
    assert abs(flat.std() - wanted["std"]) <= tolerance * size
