"""PICARD's checkpoints: a published folder of gen_*.pt and dis_*.pt, or one safetensors file with a card."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from ...errors import InputError
from ...models.card import ModelCard
from ...models.checkpoint.torch_files import read_state_dict
from ...models.store import save_model
from ...running.seeded import seeded
from .network.critic import Critic
from .network.generator import Inpainter

PUBLISHED_WINDOW, PUBLISHED_HOLE = 256, 128
_GEN = re.compile(r"gen_(\d{1,12})\.pt")
_PARTS = {"gen": "inpainter", "localD": "local", "globalD": "global_"}


@dataclass
class PicardModel:
    """The networks of one model, in evaluation mode.

    ``window`` and ``hole`` are the sides in pixels that they were trained on; without its critics a model completes
    images but has no features to compare them on. ``iteration`` is -1 where it is not known.
    """

    inpainter: Inpainter
    local: Critic | None = None
    global_: Critic | None = None
    window: int = PUBLISHED_WINDOW
    hole: int = PUBLISHED_HOLE
    iteration: int = -1

    def state(self) -> dict[str, torch.Tensor]:
        """All tensors under the names "gen.*", "localD.*" and "globalD.*"."""
        parts = {prefix: getattr(self, name) for prefix, name in _PARTS.items()}
        return {
            f"{prefix}.{name}": tensor
            for prefix, part in parts.items()
            if part is not None
            for name, tensor in part.state_dict().items()
        }

    def architecture(self) -> dict[str, object]:
        """What a card keeps to build the networks again."""
        made: dict[str, object] = {
            "generator": {"channels": self.inpainter.channels, "ngf": self.inpainter.ngf},
            "window": self.window,
            "hole": self.hole,
        }
        if self.local is not None:
            made["critics"] = {"ndf": self.local.ndf}
        return made


def read_folder(folder: Path | str, iteration: int | None = None) -> PicardModel:
    """Read a published checkpoint folder: ``gen_%08d.pt`` and, if it is there, ``dis_%08d.pt``; the last iteration.

    Read as tensors only: nothing in the files is run. Raises :class:`InputError` for a folder without such files, an
    iteration that is not there, and tensors that are not PICARD's.
    """
    folder = Path(folder)
    found = _iterations(folder)
    if not found:
        raise InputError(f"{folder} holds no PICARD checkpoint: there is no file like gen_00005000.pt in it.")
    chosen = max(found) if iteration is None else iteration
    if chosen not in found:
        raise InputError(f"{folder} has no iteration {chosen}; it has {', '.join(map(str, sorted(found)[-8:]))}.")
    tensors = {f"gen.{name}": tensor for name, tensor in read_state_dict(found[chosen]).items()}
    critics = found[chosen].with_name(found[chosen].name.replace("gen_", "dis_", 1))
    if critics.is_file():
        tensors.update(read_state_dict(critics))
    model = build_picard(tensors, source=found[chosen].name)
    model.iteration = chosen
    return model


def published_folder(path: Path | str) -> tuple[Path, int | None] | None:
    """(folder, iteration or None) where a path names a published checkpoint: its folder, or one of its gen_*.pt."""
    path = Path(path)
    match = _GEN.fullmatch(path.name)
    if match and path.is_file():
        return path.parent, int(match.group(1))
    if path.is_dir() and _iterations(path):
        return path, None
    return None


@seeded(0)
def build_picard(
    tensors: Mapping[str, torch.Tensor], source: str = "the checkpoint", window: int | None = None
) -> PicardModel:
    """Networks from tensors named "gen.*", "localD.*", "globalD.*" (the critics may be missing); sizes from shapes.

    ``window`` is the side the networks were trained on, where no global critic tells. Raises :class:`InputError`.
    """
    parts = {prefix: _under(tensors, prefix) for prefix in _PARTS}
    first = parts["gen"].get("coarse_generator.conv1.conv.weight")
    if first is None or first.ndim != 4 or first.shape[1] < 3:
        raise InputError(f"{source} is not a PICARD inpainter: its coarse network is missing.")
    channels = first.shape[1] - 2
    inpainter = Inpainter(channels, first.shape[0])
    _fill(inpainter, parts["gen"], source)
    local, global_ = (_critic(parts[prefix], channels, source) for prefix in ("localD", "globalD"))
    hole = local.size if local is not None else (window or PUBLISHED_WINDOW) // 2
    window = window or (global_.size if global_ is not None else 2 * hole)
    return PicardModel(inpainter, local, global_, window, hole)


def save_picard(path: Path | str, model: PicardModel, card: ModelCard, force: bool = False) -> ModelCard:
    """Write a model as safetensors with its card; returns the card as written. Raises :class:`InputError`."""
    card.kind = "picard"
    card.channels = model.inpainter.channels
    card.architecture = {**card.architecture, **model.architecture()}
    return save_model(path, model.state(), card, force)


def _iterations(folder: Path) -> dict[int, Path]:
    try:
        matches = [(_GEN.fullmatch(path.name), path) for path in folder.iterdir()]
    except OSError as error:
        raise InputError(f"There is no checkpoint folder {folder}: check the path.", str(error)) from error
    return {int(match.group(1)): path for match, path in matches if match}


def _under(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    start = f"{prefix}."
    # Saved from several GPUs, every name begins with "module.".
    return {
        name[len(start) :].removeprefix("module."): tensor for name, tensor in tensors.items() if name.startswith(start)
    }


def _critic(tensors: dict[str, torch.Tensor], channels: int, source: str) -> Critic | None:
    if not tensors:
        return None
    first, linear = tensors.get("dis_conv_module.conv1.conv.weight"), tensors.get("linear.weight")
    if first is None or first.ndim != 4 or linear is None or linear.ndim != 2:
        raise InputError(f"{source} has a critic that is not PICARD's: get the checkpoint again.")
    if first.shape[1] != channels:
        raise InputError(
            f"{source}: the critic is for {first.shape[1]} channel(s), the inpainter for {channels}: they are not of "
            "one model."
        )
    side = math.isqrt(linear.shape[1] // (4 * first.shape[0]))
    critic = Critic(channels, first.shape[0], max(16 * side, 16))
    _fill(critic, tensors, source)
    return critic


def _fill(network: nn.Module, tensors: dict[str, torch.Tensor], source: str) -> None:
    wanted = network.state_dict()
    missing, unknown = sorted(set(wanted) - set(tensors)), sorted(set(tensors) - set(wanted))
    wrong = [name for name in wanted if name in tensors and tensors[name].shape != wanted[name].shape]
    problems = [*(f"{name} is missing" for name in missing), *(f"{name} is unknown" for name in unknown)]
    problems += [f"{name} has another shape" for name in wrong]
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        raise InputError(f"{source} does not fit PICARD's networks: {problems[0]}{more}.")
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise InputError(f"{source} holds weights that are not finite numbers: its training had failed.")
    network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    network.eval().requires_grad_(False)
