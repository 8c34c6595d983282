"""Networks from files: published pickles, state dicts and safetensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...errors import InputError
from ...models.checkpoint import DEFAULT_SIZE_LIMIT, Checkpoint, read_checkpoint
from ...running.seeded import seeded
from .network.architecture import infer_architecture, is_discriminator, stored_settings
from .network.discriminator import Discriminator
from .network.generator import Generator
from .network.layers import resample_filter

_FILTER = ".resample_filter"


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


def place_network(network: nn.Module, device: str) -> Any:
    """Evaluation mode, no gradients, on ``device``; raises :class:`InputError` when there is no such device."""
    try:
        return network.eval().requires_grad_(False).to(device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"The device {device!r} is not available on this computer: use cpu.", str(error)) from error
