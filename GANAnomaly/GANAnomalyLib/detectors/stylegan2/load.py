"""Networks from files: published pickles, state dicts and safetensors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from ...errors import InputError
from ...models.card import ModelCard
from ...models.checkpoint import DEFAULT_SIZE_LIMIT, Checkpoint, read_checkpoint
from ...models.store import model_hash, save_model
from ...running.seeded import seeded
from ..loaded_model import LoadedModel, calibration_tensors
from .network.architecture import infer_architecture, is_discriminator, stored_settings
from .network.discriminator import Discriminator
from .network.encoder import Encoder
from .network.generator import Generator
from .network.layers import resample_filter

Network = TypeVar("Network", bound=nn.Module)
_FILTER = ".resample_filter"


@dataclass
class StyleGAN2Model(LoadedModel):
    """A generator, and the encoder that makes its projection quick, where the file has one."""

    generator: Generator
    encoder: Encoder | None = None

    def networks(self) -> Iterator[nn.Module]:
        """See :class:`LoadedModel`."""
        yield self.generator
        if self.encoder is not None:
            yield self.encoder

    def tensors(self) -> dict[str, torch.Tensor]:
        """See :class:`LoadedModel`."""
        return model_tensors(self.generator, self.encoder)

    @property
    def channels(self) -> int:
        """See :class:`LoadedModel`."""
        return self.generator.img_channels


def model_tensors(generator: nn.Module, encoder: nn.Module | None = None) -> dict[str, torch.Tensor]:
    """The tensors of a generator and its encoder under the names that a model file has."""
    tensors = {f"G_ema.{name}": tensor for name, tensor in generator.state_dict().items()}
    if encoder is not None:
        tensors |= {f"encoder.{name}": tensor for name, tensor in encoder.state_dict().items()}
    return tensors


def load_model(path: Path, card: ModelCard, device: str) -> StyleGAN2Model:
    """A model file, ours or a published checkpoint; ``card`` is completed by what the tensors say.

    Raises :class:`InputError` where card and network do not fit together.
    """
    checkpoint = read_checkpoint(path)
    stored = card.architecture.get("generator", card.architecture)
    if not checkpoint.init_kwargs and isinstance(stored, dict):
        checkpoint.init_kwargs = {name: stored[name] for name in ("conv_clamp", "num_fp16_res") if name in stored}
    generator = build_network(checkpoint, device)
    assert isinstance(generator, Generator)
    arguments = network_arguments(checkpoint)
    for name, found in (("resolution", arguments["img_resolution"]), ("channels", arguments["img_channels"])):
        declared = getattr(card, name)
        if card.sha256 and declared and declared != found:
            raise InputError(
                f"The card of {card.name} says {name} {declared}, its network has {found}: get the model again."
            )
        setattr(card, name, found)
    card.architecture = {**card.architecture, "generator": network_arguments(checkpoint, half=True)}
    start = "encoder."
    tensors = {name[len(start) :]: value for name, value in checkpoint.others.items() if name.startswith(start)}
    encoder = _encoder(card, tensors, path.name, device) if tensors else None
    return StyleGAN2Model(card, generator, encoder, path=path, calibration=calibration_tensors(checkpoint.others))


def _encoder(card: ModelCard, tensors: dict[str, torch.Tensor], name: str, device: str) -> Encoder:
    try:
        with seeded(0):
            encoder = Encoder(**card.architecture.get("encoder", {}))
    except (TypeError, ValueError, RuntimeError, KeyError) as error:
        raise InputError(
            f"The card of {card.name} does not describe its encoder: get the model again.", str(error)
        ) from error
    fill_network(encoder, tensors, name)
    return place_network(encoder, device)


def convert_published(source: Path, destination: Path, card: ModelCard, which: str, force: bool) -> ModelCard:
    """A .pkl, .pt, .pth or foreign .safetensors generator as a model file; the network is built before it is written.

    ``which`` is "G_ema", the averaged generator, or "G". Raises :class:`InputError`.
    """
    checkpoint = read_checkpoint(source, which)
    generator = build_network(checkpoint)
    arguments = network_arguments(checkpoint, half=True)
    card.resolution, card.channels = arguments["img_resolution"], arguments["img_channels"]
    card.architecture = {**card.architecture, "generator": arguments}
    card.source = card.source or f"{which} of {source.name}, sha256 {model_hash(source)}"
    return save_model(destination, {**checkpoint.others, **model_tensors(generator)}, card, force)


def load_network(
    path: Path | str,
    which: str = "G_ema",
    device: str = "cpu",
    half: bool = False,
    size_limit: int = DEFAULT_SIZE_LIMIT,
) -> Generator | Discriminator:
    """Load one network of a .pkl, .pt, .pth or .safetensors file, without running anything in the file.

    Parameters
    ----------
    path: the checkpoint; its contents decide how it is read, not its ending.
    which: "G_ema" (the averaged generator, for inference), "G" or "D".
    device: where the network goes, as torch names it.
    half: keep the half-precision blocks a published network was trained with (CUDA only); by default all is float32.
    size_limit: bytes; a larger file is refused before it is read.

    Returns
    -------
    Generator or Discriminator
        In evaluation mode, no parameter asking for gradients.

    Raises
    ------
    InputError
        The file cannot be read safely, holds no such network, or one that these classes cannot be.
    """
    return build_network(read_checkpoint(path, which, size_limit), device, half)


@seeded(0)
def build_network(checkpoint: Checkpoint, device: str = "cpu", half: bool = False) -> Generator | Discriminator:
    """The network of a checkpoint that was read; see :func:`load_network`."""
    name, tensors = checkpoint.path.name, checkpoint.tensors
    try:
        arguments = network_arguments(checkpoint, half)
    except InputError as error:
        raise InputError(f"{name} cannot be used: {error.message}", error.details) from error
    if is_discriminator(tensors) != (checkpoint.which == "D"):
        raise InputError(f"{name} cannot be used: what it calls {checkpoint.which} is the other kind of network.")
    network: Generator | Discriminator
    network = Discriminator(**arguments) if is_discriminator(tensors) else Generator(**arguments)
    fill_network(network, tensors, name)
    return place_network(network, device)


def network_arguments(checkpoint: Checkpoint, half: bool = False) -> dict[str, Any]:
    """Constructor arguments: shapes from the tensors, the rest from what the file says."""
    discriminator = is_discriminator(checkpoint.tensors)
    arguments = infer_architecture(checkpoint.tensors)
    settings = stored_settings(checkpoint.init_kwargs, discriminator)
    if not half:
        settings.pop("num_fp16_res", None)
    else:
        blocks = arguments["img_resolution"].bit_length() - 2
        settings["num_fp16_res"] = min(settings.get("num_fp16_res", 0), blocks)
    return {**settings, **arguments}


def fill_network(network: nn.Module, tensors: dict[str, Any], name: str) -> None:
    """Load tensors by name, all of them or none; raises :class:`InputError` naming the file."""
    shared = set(network.state_dict()) & set(tensors)
    bad = sorted(key for key in shared if not tensors[key].is_floating_point())
    if bad:
        raise InputError(f"{name} cannot be used: its tensor {bad[0]} does not hold real numbers.")
    broken = sorted(key for key in shared if not torch.isfinite(tensors[key]).all())
    if broken:
        raise InputError(f"{name} cannot be used: its tensor {broken[0]} holds infinite or undefined numbers.")
    filters = {key: value for key, value in network.state_dict().items() if key.endswith(_FILTER)}
    try:
        network.load_state_dict({**_without_filters(tensors, name), **filters})
    except RuntimeError as error:
        raise InputError(
            f"{name} cannot be used: its tensors do not fit the network that their names describe.", str(error)
        ) from error


def _without_filters(tensors: dict[str, Any], name: str) -> dict[str, Any]:
    """The resampling filter is a constant of these networks; one that differs would be wrong without a sign of it."""
    expected = resample_filter()
    for key, value in tensors.items():
        if key.endswith(_FILTER) and (value.shape != expected.shape or not torch.allclose(value.float(), expected)):
            raise InputError(
                f"{name} cannot be used: its resampling filter {key} is not the [1, 3, 3, 1] of StyleGAN2."
            )
    return {key: value for key, value in tensors.items() if not key.endswith(_FILTER)}


def place_network(network: Network, device: str) -> Network:
    """Evaluation mode, no gradients, on ``device``; raises :class:`InputError` when there is no such device."""
    try:
        return network.eval().requires_grad_(False).to(device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"The device {device!r} is not available on this computer: use cpu.", str(error)) from error
