"""Building a memory from its card and tensors, both of which may come from outside."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...errors import InputError
from ...modalities import modality_code
from ...models.card import ModelCard
from ...models.checkpoint.safetensor_files import read_safetensors
from ..loaded_model import LoadedModel, calibration_tensors
from .bank import Bank
from .coder import CELL, WINDOWS, Coder
from .packed import pack, unpack

CODER, BANK = "coder.", "bank."
CANDIDATES = 216
MOST_SIDE, MOST_COMPONENTS = 4096, 176


@dataclass
class MemoryModel(LoadedModel):
    """What says of a slice what is where, and what normal slices have there."""

    coder: Coder
    bank: Bank
    candidates: int = CANDIDATES

    @property
    def restores(self) -> bool:
        """See :class:`LoadedModel`: its pictures are coarse mosaics of what is remembered."""
        return False

    def networks(self) -> Iterator[nn.Module]:
        """See :class:`LoadedModel`. The bank stays in the processor's memory, where it is searched."""
        yield self.coder

    def tensors(self) -> dict[str, torch.Tensor]:
        """See :class:`LoadedModel`."""
        return memory_tensors(self.coder, self.bank)


def load_model(path: Path, card: ModelCard, device: str) -> MemoryModel:
    """A model file with its card. Raises :class:`InputError` where they do not fit together."""
    tensors = read_safetensors(path)
    coder, bank = build(card, tensors)
    model = MemoryModel(card, coder, bank, path=path, calibration=calibration_tensors(tensors))
    model.candidates = int(card.architecture.get("candidates", CANDIDATES))
    model.to(device)
    return model


def build(card: ModelCard, tensors: Mapping[str, torch.Tensor]) -> tuple[Coder, Bank]:
    """Coder and bank as ``card.architecture`` describes them, filled with the tensors "coder.*" and "bank.*".

    The architecture has ``side``, ``components``, ``intensity`` (of :class:`~.coder.Coder`), ``remembered`` (how
    many slices), ``share``, ``smooth`` (of :class:`~.bank.Bank`; 0 where they are missing) and ``candidates``. Raises
    :class:`InputError` where card and tensors do not fit together.
    """
    said = InputError(f"The card of {card.name} does not describe its memory: get the model again.")
    architecture: dict[str, Any] = card.architecture
    side, components, count = (architecture.get(name) for name in ("side", "components", "remembered"))
    candidates = architecture.get("candidates", CANDIDATES)
    weights = [architecture.get(name, 0) for name in ("intensity", "share", "smooth")]
    whole = all(type(value) is int and value > 0 for value in (side, components, count, candidates))
    if not whole or not all(type(value) in (int, float) and 0 <= value <= 100 for value in weights):
        raise said
    intensity, share, smooth = (float(value) for value in weights)
    if side % CELL or side > MOST_SIDE or components > MOST_COMPONENTS:  # type: ignore[operator]
        raise said
    windows = WINDOWS[modality_code(card.modality)]
    coder = Coder(side, components, card.window, card.level, intensity, windows)  # type: ignore[arg-type]
    codes = tensors.get(f"{BANK}packed")
    shape = (int(count), coder.places, coder.places, coder.numbers)  # type: ignore[arg-type]
    # The card may claim any size: deflated bytes are at most a thousand times as many.
    if codes is None or codes.ndim != 1 or codes.dtype != torch.uint8 or math.prod(shape) > 1100 * len(codes):
        raise said
    with torch.device("meta"):
        bank = Bank(shape[0], coder.places, coder.numbers, share, smooth)
    wanted = {name: value.dtype for name, value in bank.state_dict().items()}
    held = _named(tensors, BANK) | {"codes": unpack(codes, shape), "apart": _apart(tensors, shape[:3])}
    for name in ("packed", "packed_apart"):
        held.pop(name, None)
    try:
        coder.load_state_dict({name: value.float() for name, value in _named(tensors, CODER).items()})
        bank.load_state_dict(held, assign=True)
    except (RuntimeError, TypeError, ValueError) as error:
        raise InputError(
            f"The weights of {card.name} are not those its card describes: get the model again.", str(error)
        ) from error
    if {name: value.dtype for name, value in bank.state_dict().items()} != wanted:
        raise said
    if not bool(bank.step > 0) or not bool(bank.usual > bank.common):
        raise said
    return coder.eval().requires_grad_(False), bank.eval()


def memory_tensors(coder: Coder, bank: Bank) -> dict[str, torch.Tensor]:
    """The tensors as a model file holds them: the network's in half precision, which changes no code, codes packed."""
    halved = {
        name: value.half() if name.startswith("network.") else value for name, value in coder.state_dict().items()
    }
    named = {f"{CODER}{name}": value for name, value in halved.items()}
    held = {f"{BANK}{name}": value for name, value in bank.state_dict().items() if name not in ("codes", "apart")}
    packed = {"packed": bank.codes, "packed_apart": bank.apart[..., None].view(torch.int8)}
    return named | held | {f"{BANK}{name}": pack(value) for name, value in packed.items()}


def _apart(tensors: Mapping[str, torch.Tensor], shape: tuple[int, int, int]) -> torch.Tensor:
    """How far codes are apart; 0 in a memory that does not tell."""
    packed = tensors.get(f"{BANK}packed_apart")
    if packed is None:
        return torch.zeros(shape, dtype=torch.uint8)
    if packed.ndim != 1 or packed.dtype != torch.uint8:
        raise InputError("The memory's codes are damaged: get the model again.")
    return unpack(packed, (*shape, 1)).view(torch.uint8)[..., 0]


def _named(tensors: Mapping[str, torch.Tensor], start: str) -> dict[str, torch.Tensor]:
    return {name[len(start) :]: value for name, value in tensors.items() if name.startswith(start)}
