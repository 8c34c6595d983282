"""PICARD's checkpoints: a published folder of gen_*.pt and dis_*.pt, or one safetensors file with a card."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from ...errors import InputError
from ...models.card import ModelCard
from ...models.checkpoint.safetensor_files import read_safetensors
from ...models.checkpoint.torch_files import read_state_dict
from ...models.store import model_hash, save_model
from ...running.seeded import seeded
from ..loaded_model import LoadedModel, calibration_tensors
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


@dataclass
class LoadedPicard(LoadedModel):
    """PICARD's networks with their card."""

    picard: PicardModel

    def networks(self) -> Iterator[nn.Module]:
        """See :class:`LoadedModel`."""
        parts = (self.picard.inpainter, self.picard.local, self.picard.global_)
        yield from (part for part in parts if part is not None)

    def tensors(self) -> dict[str, torch.Tensor]:
        """See :class:`LoadedModel`."""
        return self.picard.state()

    @property
    def channels(self) -> int:
        """See :class:`LoadedModel`."""
        return self.picard.inpainter.channels


def load_model(path: Path, card: ModelCard, device: str) -> LoadedPicard:
    """A model file with its card. Raises :class:`InputError` where they do not fit together."""
    window = card.architecture.get("window")
    tensors = read_safetensors(path)
    picard = build_picard(tensors, path.name, window if isinstance(window, int) else None)
    model = LoadedPicard(card, picard, path=path, calibration=calibration_tensors(tensors))
    model.to(device)
    return model


def load_published(path: Path, device: str) -> LoadedPicard | None:
    """A folder of gen_*.pt and dis_*.pt, or one of its gen files; None for anything else."""
    found = published_folder(path) if path.is_dir() or path.name.startswith("gen_") else None
    if found is None:
        return None
    picard = read_folder(*found)
    card = ModelCard(found[0].name, kind="picard", channels=picard.inpainter.channels, source=path.name)
    card.architecture = picard.architecture()
    card.resolution = published_resolution(picard)
    digest = hashlib.sha256()
    for part in ("gen", "dis"):
        file = found[0] / f"{part}_{picard.iteration:08d}.pt"
        digest.update((model_hash(file) if file.is_file() else "none").encode())
    model = LoadedPicard(card, picard, path=path, model_hash=digest.hexdigest())
    model.to(device)
    return model


def convert_published(source: Path, destination: Path, card: ModelCard, which: str, force: bool) -> ModelCard | None:
    """A published folder (or one of its gen files) as one model file; None for anything else."""
    found = published_folder(source) if source.is_dir() or source.name.startswith("gen_") else None
    if found is None:
        return None
    picard = read_folder(*found)
    card.resolution = published_resolution(picard)
    card.source = card.source or f"PICARD, iteration {picard.iteration} of {found[0].name}"
    return save_picard(destination, picard, card, force)


def published_resolution(picard: PicardModel) -> int:
    """Pixels of the images to look at: windows slide over images as large as they come; 512 is what a CT has."""
    return max(512, 2 * picard.window)


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
