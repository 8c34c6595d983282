"""Every number of a run, once the options, the data and the devices are known."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from GANAnomalyLib.errors import InputError

from .presets import CHANNEL_BASE, HALF_BLOCKS, preset
from .stylegan2_options import PRIVATE, TrainOptions

CT_PIPELINE, PICTURE_PIPELINE = "ct", "bgc"
FREE = frozenset(
    ("gpus", "batch_gpu", "kimg", "device", "precision", "half_blocks", "nhwc", "benchmark", "tf32", "compile")
)
"""What may change when a run goes on: where and for how long is computed, not what is learnt from a batch."""
PUBLISHED = {"beta1": 0.99, "pl_decay": 0.01, "pl_shrink": 2, "pl_every": 4, "ada_every": 4, "ada_kimg": 500.0}
"""What nobody is asked for."""
NOT_PRIVATE = {
    "privacy": "none",
    "noise": 0.0,
    "clip": 0.0,
    "delta": 0.0,
    "target_epsilon": None,
    "sample_rate": 0.0,
}
"""Until :mod:`.private_plan` decides."""


@dataclass(frozen=True)
class ResolvedConfig:
    """What is trained, and how: options as they were asked for, or as :func:`resolve` decides.

    Lengths in thousand images (kimg); ``pl`` is the path length regularisation.

    ``half_blocks`` is the number of highest resolutions in float16; ``conv_clamp`` (published: 256 with them) is part
    of the network. ``ema_rampup`` None is no ramp; ``target`` is None unless augmentation adapts; ``p`` is the
    strength that augmentation begins with. ``mbstd`` is the group size of the minibatch statistic. What has a default
    came later: runs that began before go on without it. ``sample_rate`` is the chance of a patient to be drawn for a
    step of a private run; of these numbers :mod:`.private_plan` decides.
    """

    resolution: int
    channels: int
    labels: int
    kind: str
    cfg: str
    gpus: int
    batch: int
    batch_gpu: int
    mbstd: int
    kimg: float
    z_dim: int
    w_dim: int
    mapping_layers: int
    channel_base: int
    channel_max: int
    residual: bool
    lr: float
    beta0: float
    beta1: float
    gamma: float
    r1_every: int
    pl_weight: float
    pl_decay: float
    pl_shrink: int
    pl_every: int
    style_mixing: float
    ema_kimg: float
    ema_rampup: float | None
    aug: str
    augpipe: str | None
    p: float
    target: float | None
    ada_every: int
    ada_kimg: float
    freezed: int
    mirror: bool
    seed: int
    device: str
    precision: str
    half_blocks: int
    conv_clamp: float | None
    nhwc: bool
    benchmark: bool
    tf32: bool
    compile: bool
    decay_from: float | None = None
    encoder: str = "none"
    encoder_reconstruction: float = 20.0
    encoder_latent: float = 0.5
    encoder_paint: float = 0.75
    encoder_lr: float | None = None
    encoder_beta0: float = 0.5
    adversarial_every: int = 1
    domain_weight: float = 0.0
    domain_as_published: bool = False
    privacy: str = "none"
    noise: float = 0.0
    clip: float = 0.0
    delta: float = 0.0
    target_epsilon: float | None = None
    sample_rate: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return dataclasses.asdict(self)

    def fixed(self) -> dict[str, Any]:
        """What a run keeps from its beginning to its end."""
        return {name: value for name, value in self.to_dict().items() if name not in FREE}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ResolvedConfig:
        """The inverse of :meth:`to_dict`; raises :class:`InputError` when something is missing."""
        try:
            needed = [item.name for item in dataclasses.fields(cls) if item.default is dataclasses.MISSING]
            optional = [item.name for item in dataclasses.fields(cls) if item.name in values]
            return cls(**{name: values[name] for name in {*needed, *optional}})
        except (KeyError, TypeError) as error:
            raise InputError("The run's options are damaged: begin it again in another folder.", str(error)) from error

    def generator_arguments(self) -> dict[str, Any]:
        """Keyword arguments of ``models.stylegan2.Generator``."""
        return {
            "z_dim": self.z_dim,
            "c_dim": self.labels,
            "w_dim": self.w_dim,
            "img_resolution": self.resolution,
            "img_channels": self.channels,
            "mapping_layers": self.mapping_layers,
            "channel_base": self.channel_base,
            "channel_max": self.channel_max,
            "num_fp16_res": self.half_blocks,
            "conv_clamp": self.conv_clamp,
        }

    def encoder_arguments(self) -> dict[str, Any]:
        """Keyword arguments of ``models.stylegan2.Encoder``: as wide as the other two."""
        return {
            "w_dim": self.w_dim,
            "img_resolution": self.resolution,
            "img_channels": self.channels,
            "channel_base": self.channel_base,
            "channel_max": self.channel_max,
        }

    def discriminator_arguments(self) -> dict[str, Any]:
        """Keyword arguments of ``models.stylegan2.Discriminator``."""
        return {
            "c_dim": self.labels,
            "img_resolution": self.resolution,
            "img_channels": self.channels,
            "channel_base": self.channel_base,
            "channel_max": self.channel_max,
            "num_fp16_res": self.half_blocks,
            "conv_clamp": self.conv_clamp,
            # Nobody's share could be told apart in what compares images with each other.
            "mbstd_group_size": 0 if self.privacy == PRIVATE else self.mbstd,
        }


def resolve(
    options: TrainOptions, resolution: int, channels: int, labels: int, kind: str, device: str
) -> ResolvedConfig:
    """Decide what the options leave open.

    Parameters
    ----------
    resolution, channels, labels, kind: of the training images; ``kind`` "volumes" or something else.
    device: "cpu", "cuda" or "mps".

    Raises
    ------
    InputError
        A batch that cannot be shared out, a precision the device does not have, labels asked for and not there.
    """
    options.check()
    if options.cond and not labels:
        raise InputError("--cond needs labels and the training images have none: add a dataset.json or a CSV of them.")
    row = preset(options.cfg, resolution, options.gpus, options.batch)
    batch = options.batch or row.batch
    mbstd = options.mbstd or _divisor(max(batch // options.gpus, 1), row.mbstd)
    batch_gpu = options.batch_gpu or max(batch // options.gpus, 1)
    check_shares(batch, options.gpus, batch_gpu, mbstd)
    base = round((options.fmaps or row.fmaps) * CHANNEL_BASE)
    if base < resolution:
        raise InputError(f"--fmaps {options.fmaps:g} leaves no channel at {resolution} pixels: choose a larger one.")
    precision = _precision(options, device)
    if options.compile:
        _check_compiler(device)
    half = min(HALF_BLOCKS, resolution.bit_length() - 3) if precision == "fp16" else 0
    is_private, joint = options.privacy == PRIVATE, options.encoder == "joint"
    # Adaptive augmentation follows what real images look like to the discriminator, unprotected.
    aug = "noaug" if is_private and options.aug == "ada" else options.aug
    adaptive = aug == "ada"
    pipeline = options.augpipe or (CT_PIPELINE if kind == "volumes" else PICTURE_PIPELINE)
    decided = {
        "resolution": resolution,
        "channels": channels,
        "labels": labels if options.cond else 0,
        "kind": kind,
        "batch": batch,
        "batch_gpu": batch_gpu,
        "mbstd": mbstd,
        "kimg": _or(options.kimg, row.kimg),
        "mapping_layers": options.map or row.mapping_layers,
        "channel_base": base,
        "residual": row.residual,
        "lr": options.lr or row.lr,
        "beta0": _or(options.beta0, 0.0),
        "gamma": _or(options.gamma, 0.0 if is_private else row.gamma),
        "r1_every": options.r1_every or 16,
        "pl_weight": _or(options.pl_weight, 0.0 if joint else row.path_length),
        "style_mixing": _or(options.style_mixing, 0.0 if joint else row.style_mixing),
        "ema_kimg": _or(options.ema_kimg, row.ema_kimg),
        # A ramp forgets the random first weights; a network that comes trained has none to forget.
        "ema_rampup": row.ema_rampup if options.resume is None else None,
        "aug": aug,
        "augpipe": None if aug == "noaug" else pipeline,
        "p": _or(options.p, 0.0),
        "target": _or(options.target, 0.6) if adaptive else None,
        "device": device,
        "domain_weight": options.domain_weight if options.domain_loss else 0.0,
        "precision": precision,
        "half_blocks": half,
        "conv_clamp": 256.0 if half else None,
        "benchmark": not options.nobench,
        "tf32": options.allow_tf32,
        "encoder_lr": options.encoder_lr or options.lr or row.lr if joint else None,
        **PUBLISHED,
        **NOT_PRIVATE,
    }
    names = [item.name for item in dataclasses.fields(ResolvedConfig)]
    return ResolvedConfig(**{name: decided[name] if name in decided else getattr(options, name) for name in names})


def check_shares(batch: int, gpus: int, batch_gpu: int, mbstd: int) -> None:
    """Raise :class:`InputError` unless the batch falls into equal shares of whole groups."""
    if batch % gpus:
        raise InputError(f"A batch of {batch} cannot be shared by {gpus} devices: make --batch a multiple of --gpus.")
    share = batch // gpus
    if share % batch_gpu:
        raise InputError(
            f"--batch-gpu {batch_gpu} does not divide a device's share of the batch, {share}: choose a divisor of it."
        )
    if batch_gpu % mbstd:
        raise InputError(
            f"The discriminator compares images in groups of {mbstd}, which {batch_gpu} images at a time on a device "
            f"do not fall into: choose --batch, --batch-gpu and --mbstd so that the last divides the others."
        )


def _precision(options: TrainOptions, device: str) -> str:
    if options.fp32:
        return "fp32"
    if options.precision == "fp16" and device != "cuda":
        raise InputError(f"--precision fp16 needs a CUDA device; on {device} choose bf16 or fp32.")
    if options.precision == "auto":
        return "fp16" if device == "cuda" else "fp32"
    return options.precision


def _check_compiler(device: str) -> None:
    """torch.compile writes C++ for processors and uses triton for graphics cards."""
    if device == "cuda":
        there = importlib.util.find_spec("triton") is not None
    else:
        there = any(map(shutil.which, (os.environ.get("CXX", "c++"), "g++", "clang++", "cl")))
    if not there:
        what = "the package triton" if device == "cuda" else "a C++ compiler"
        raise InputError(f"--compile needs {what}, which is not installed here: leave it out.")


def _divisor(number: int, largest: int) -> int:
    """The largest divisor of ``number`` that is at most ``largest``."""
    return next((n for n in range(min(largest, number), 0, -1) if number % n == 0), 1)


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value
