"""One door to every checkpoint format; the contents decide, not the file's ending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from .limits import DEFAULT_SIZE_LIMIT, open_checked
from .pickle_tree import StoredNetwork, read_pickle
from .safetensor_files import read_safetensors
from .torch_files import read_state_dict

if TYPE_CHECKING:
    import torch

NETWORKS = ("G_ema", "G", "D")
_TORCH_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_LANDMARKS = {"G": "synthesis.b4.const", "G_ema": "synthesis.b4.const", "D": "b4.conv.weight"}
"""A tensor that every network of the kind has: what comes before it is the network's prefix in the file."""


@dataclass
class Checkpoint:
    """One network out of a file: its tensors under published names, and what the file says of how it was made.

    ``others`` holds tensors outside the network (an ``encoder.``, a ``calibration.``) of safetensors files.
    """

    path: Path
    which: str
    tensors: dict[str, torch.Tensor]
    init_kwargs: dict[str, Any] = field(default_factory=dict)
    class_name: str = ""
    others: dict[str, torch.Tensor] = field(default_factory=dict)


def read_checkpoint(path: Path | str, which: str = "G_ema", size_limit: int = DEFAULT_SIZE_LIMIT) -> Checkpoint:
    """Read network ``which`` ("G_ema", "G" or "D") of a .pkl, .pt, .pth or .safetensors file.

    Nothing in the file is run. Raises :class:`InputError` for files that are missing, forbidden, damaged, oversized,
    or that hold no such network (then naming what they hold).
    """
    path = Path(path)
    if which not in NETWORKS:
        raise InputError(f"A checkpoint's network is one of {', '.join(NETWORKS)}, not {which!r}.")
    kind = _format(path, size_limit)
    if kind == "pickle":
        return _from_pickle(path, which, size_limit)
    tensors = read_safetensors(path, size_limit) if kind == "safetensors" else read_state_dict(path, size_limit)
    prefix = _prefix(path, tensors, which)
    inside = {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    others = {}
    if prefix and kind == "safetensors":
        others = {name: tensor for name, tensor in tensors.items() if not name.startswith(prefix)}
    return Checkpoint(path, which, inside, others=others)


def _format(path: Path, size_limit: int) -> str:
    file, size = open_checked(path, size_limit)
    with file:
        start = file.read(16)
    if start[:4] == b"PK\x03\x04" or start.startswith(_TORCH_LEGACY):
        return "torch"
    if path.suffix.lower() == ".safetensors" or (start[8:9] == b"{" and int.from_bytes(start[:8], "little") < size):
        return "safetensors"
    if start[:1] == b"\x80":
        return "pickle"
    if path.suffix.lower() in (".pkl", ".pt", ".pth"):
        raise InputError(f"{path.name} is damaged, or not a checkpoint: copy or download it again.")
    raise InputError(f"{path.name} is not a model: give a .pkl, .pt, .pth or .safetensors file.")


def _from_pickle(path: Path, which: str, size_limit: int) -> Checkpoint:
    content = read_pickle(path, only=(which,), size_limit=size_limit)
    network = content.get(which)
    if not isinstance(network, StoredNetwork):
        raise _missing(path, which, [name for name in NETWORKS if name in content])
    return Checkpoint(path, which, network.tensors, network.init_kwargs, network.class_name)


def _prefix(path: Path, tensors: Mapping[str, Any], which: str) -> str:
    """What precedes the network's names: "G_ema.", "module.", "state.G_ema." or nothing."""
    mark = _LANDMARKS[which]
    prefixes = [name[: -len(mark)] for name in tensors if name == mark or name.endswith(f".{mark}")]
    named = [prefix for prefix in prefixes if which in prefix.split(".")]
    free = [prefix for prefix in prefixes if not set(NETWORKS).intersection(prefix.split("."))]
    found = named or ([] if len(free) != 1 else free)
    # A discriminator-like trunk under a name of its own is something else (our files carry "encoder.b4.conv.weight").
    if which == "D":
        found = [prefix for prefix in found if "encoder" not in prefix.split(".")]
    if not found:
        held = {part for name in tensors for part in name.split(".") if part in NETWORKS}
        if any(name.endswith("synthesis.input.weight") for name in tensors):
            raise InputError(f"{path.name} holds a StyleGAN3 network; only StyleGAN2 networks are supported.")
        raise _missing(path, which, sorted(held))
    return min(found, key=len)


def _missing(path: Path, which: str, held: list[str]) -> InputError:
    if held:
        return InputError(f"{path.name} holds no network {which}; it holds {', '.join(held)}: choose one of these.")
    return InputError(f"{path.name} holds no StyleGAN2 network {which}: its tensors are named otherwise.")
