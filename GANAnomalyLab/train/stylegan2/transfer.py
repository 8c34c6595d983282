"""Transfer learning: a training that begins from a model, published or ours (``--resume FILE``)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from GANAnomalyLib.errors import InputError

from .presets import CHANNEL_BASE
from .stylegan2_options import TrainOptions

if TYPE_CHECKING:
    from torch import Tensor

    from .joint import Joint
    from .training_networks import Networks

PUBLISHED = ("ffhq256", "ffhq512", "ffhq1024", "celebahq256", "lsundog256")
"""Names that published trainers download."""


def adopt(
    options: TrainOptions, resolution: int, channels: int, labels: int, say: Callable[[str], None]
) -> tuple[TrainOptions, str]:
    """Options with the sizes of the model to begin from, and a short name of it ("" without one).

    Raises
    ------
    InputError: there is no such file, it is unsafe or damaged, or its images, labels or sizes are not this training's.
    """
    if options.resume is None:
        return options, ""
    from GANAnomalyLib.detectors.stylegan2.load import network_arguments
    from GANAnomalyLib.models.checkpoint import read_checkpoint

    path = _file(options.resume)
    found = network_arguments(read_checkpoint(path, "G_ema"))
    classes = labels if options.cond else 0
    for what, there, here, remedy in (
        ("pixels a side", found["img_resolution"], resolution, "give --resolution that, or another model"),
        ("channel(s)", found["img_channels"], channels, "set --channels to what the images have and the model takes"),
        ("classes", found["c_dim"], classes, "see --cond, or give another model"),
    ):
        if there != here:
            raise InputError(
                f"{path.name} makes images of {there} {what} and the training images have {here}: {remedy}."
            )
    if "channel_base" not in found:
        raise InputError(f"{path.name} has layers of unusual widths, which no training here can go on with.")
    sizes = {
        "z_dim": found["z_dim"],
        "w_dim": found["w_dim"],
        "map": found["mapping_layers"],
        "channel_max": found["channel_max"],
        "fmaps": found["channel_base"] / CHANNEL_BASE,
    }
    usual = TrainOptions()
    for name, value in sizes.items():
        given = getattr(options, name)
        if given not in (getattr(usual, name), value):
            raise InputError(
                f"{path.name} was trained with --{name.replace('_', '-')} {value:g}, not {given:g}: leave that out."
            )
    say(f"Beginning from {path.name}: its sizes are taken over ({found['mapping_layers']} mapping layers).")
    return dataclasses.replace(options, **sizes), path.stem[:40]


def fill(networks: Networks, source: str, say: Callable[[str], None], joint: Joint | None = None) -> None:
    """Take over the weights: G_ema, and G, D and (for ``joint``) the encoder where the file has them."""
    from GANAnomalyLib.detectors.stylegan2.load import fill_network
    from GANAnomalyLib.models.checkpoint import read_checkpoint

    path = _file(source)
    average = read_checkpoint(path, "G_ema")
    fill_network(networks.G_ema, average.tensors, path.name)
    if joint is not None:
        _fill_encoder(joint, average.others, path.name, say)
    try:
        fill_network(networks.G, read_checkpoint(path, "G").tensors, path.name)
    except InputError:
        networks.G.load_state_dict(networks.G_ema.state_dict())
    try:
        discriminator = read_checkpoint(path, "D").tensors
    except InputError:
        say(f"{path.name} holds no discriminator: a new one learns beside its generator.")
        return
    fill_network(networks.D, discriminator, path.name)


def _fill_encoder(joint: Joint, tensors: Mapping[str, Tensor], name: str, say: Callable[[str], None]) -> None:
    from GANAnomalyLib.detectors.stylegan2.load import fill_network

    found = {key.removeprefix("encoder."): value for key, value in tensors.items() if key.startswith("encoder.")}
    own = {key: value.shape for key, value in joint.E.state_dict().items()}
    if {key: value.shape for key, value in found.items()} != own:
        say(f"{name} holds no encoder as wide as its generator: a new one learns.")
        return
    for encoder in (joint.E, joint.E_ema):
        fill_network(encoder, found, name)


def _file(source: str) -> Path:
    if source.startswith(("http:", "https:")) or source in PUBLISHED:
        raise InputError(f"--resume {source}: nothing is downloaded here; download it and give the file.")
    path = Path(source)
    if path.is_dir():
        raise InputError(f"{path.name} is not the folder of a StyleGAN2 run: give a run's folder, or a model's file.")
    if not path.exists():
        raise InputError(f"There is no model or run {path}: check the path given with --resume.")
    return path
