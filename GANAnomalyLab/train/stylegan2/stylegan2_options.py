"""What a person may ask of a training run: the published options under their own names, and ours beside them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from GANAnomalyLib.analysis.request import DEVICES
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.typed_values import WrongKind, check_fields
from GANAnomalyLib.spelling import meant

AUGMENTATIONS = ("noaug", "ada", "fixed")
PRECISIONS = ("auto", "fp32", "fp16", "bf16")
FRAMINGS = ("full", "body")
ENCODERS = ("none", "joint")
PIPELINE_NAMES = ("blit", "geom", "color", "filter", "noise", "cutout", "bg", "bgc", "bgcf", "bgcfn", "bgcfnc", "ct")
"""The keys of ``train.augment.PIPELINES``, known without importing what they are made with."""


@dataclass
class TrainOptions:
    """A run as it is asked for; what is None is decided from the data, the devices and ``cfg`` (see ``config``).

    Attributes
    ----------
    data: training images: a folder, a zip, a volume, a DICOM folder. outdir: the run's own folder is made in it.
    gpus: devices, or processes without a graphics card, that share each batch.
    kimg, tick, snap: the length in thousand images; thousand images a line of the log; lines a snapshot.
    metrics: comma-separated names, or "none". weights: feature network to weight file, for metrics that need one.
    seed: the same seed, data and options give the same model on a CPU.
    cond: condition on the data's labels. subset: only so many images. mirror: also every image flipped.
    cfg: one of the published base configurations. gamma, batch, beta0, fmaps, lr, ema_kimg, map, mbstd: override it.
    channel_max, z_dim, w_dim: the widest layer, latents; 512 as published, smaller for small machines.
    aug: "ada" (strength follows how much the discriminator overfits, towards ``target``), "fixed" (strength ``p``),
    "noaug". augpipe: which augmentations; None is "ct" for volumes and "bgc" for pictures.
    resume: a run's folder to go on with, or a model (.pkl, .safetensors) to begin from. freezed: the discriminator's
    first so many layers stay as they are.
    fp32, precision, nhwc, nobench, allow_tf32, compile: how to compute. workers: batches prepared ahead.
    batch_gpu: images a device holds at once; a larger share of the batch is computed in turns, to the same gradients.
    resolution, channels: of the images. window, level: Hounsfield units. framing: "full" or "body", as on the card.
    labels, intensity, slices, z_range, every, mask, label, tissue, patients, split, part, allow_any: which images, as
    in :class:`GANAnomalyLab.images.ImageSource`.
    validation: other normals, only watched: a path, a share of the patients such as "0.1", or a part of ``split``.
    encoder: "joint" trains an encoder beside the generator (see :mod:`.joint`). encoder_reconstruction, encoder_latent:
    weights of its two losses; encoder_paint: how probably each of two patches is painted over what it is shown;
    encoder_lr: None is the generator's; encoder_beta0: Adam's first beta of the encoder, and then of the generator.
    adversarial_every: the networks compete in each so many steps, the others only reconstruct.
    decay_from: the share of the run after which the learning rates fall linearly to a tenth.
    r1_every, pl_weight, style_mixing: of the regularisations; None is the configuration's, with an encoder no path
    length regularisation and no mixing: each image has one w.
    minutes: stop after so long, whatever is left. state_minutes: also keep the state to go on from so often.
    keep: states kept. device, threads: where to compute. grid: pictures along each side of the sample grids.
    name and what follows: for the model's card.
    """

    outdir: str = ""
    data: str | None = None
    gpus: int = 1
    snap: int = 50
    metrics: str = "none"
    seed: int = 0
    cond: bool = False
    subset: int | None = None
    mirror: bool = False
    cfg: str = "auto"
    gamma: float | None = None
    kimg: float | None = None
    batch: int | None = None
    aug: str = "ada"
    p: float | None = None
    target: float | None = None
    augpipe: str | None = None
    resume: str | None = None
    freezed: int = 0
    fp32: bool = False
    nhwc: bool = False
    nobench: bool = False
    allow_tf32: bool = False
    workers: int = 2
    beta0: float | None = None

    resolution: int | None = None
    channels: int = 1
    window: float = 350.0
    level: float = 50.0
    framing: str = "body"
    labels: str | None = None
    intensity: str = "auto"
    slices: tuple[int, int] | None = None
    z_range: tuple[float, float] | None = None
    every: int = 1
    mask: str | None = None
    label: int | None = None
    tissue: float = 0.01
    patients: str = "auto"
    split: str | None = None
    part: str = "train"
    validation: str | None = None
    allow_any: bool = False

    batch_gpu: int | None = None
    fmaps: float | None = None
    channel_max: int = 512
    z_dim: int = 512
    w_dim: int = 512
    map: int | None = None
    lr: float | None = None
    mbstd: int | None = None
    ema_kimg: float | None = None
    r1_every: int | None = None
    pl_weight: float | None = None
    style_mixing: float | None = None
    decay_from: float | None = None
    precision: str = "auto"
    compile: bool = False
    device: str = "auto"
    threads: int | None = None

    encoder: str = "none"
    encoder_reconstruction: float = 20.0
    encoder_latent: float = 0.5
    encoder_paint: float = 0.75
    encoder_lr: float | None = None
    encoder_beta0: float = 0.5
    adversarial_every: int = 1

    tick: float = 4.0
    minutes: float | None = None
    state_minutes: float = 30.0
    keep: int = 2
    tensorboard: bool = True
    grid: int = 8
    weights: dict[str, str] = field(default_factory=dict)
    allow_download: bool = False

    name: str = ""
    title: str = ""
    anatomy: str = ""
    modality: str = "CT"
    training_data: str = ""
    training_data_licence: str = ""
    licence: str = ""
    not_for: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("slices", "z_range"):
            value = getattr(self, name)
            setattr(self, name, tuple(value) if isinstance(value, list) else value)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in dataclasses.asdict(self).items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainOptions:
        """From the fields' own names; raises :class:`InputError` for unknown names and impossible values."""
        known = {item.name for item in dataclasses.fields(cls)}
        unknown = sorted(str(name)[:40] for name in set(values) - known)
        if unknown:
            near = meant(unknown[0], known)
            raise InputError(f"There is no training option called {', '.join(unknown[:5])}{near}: check the spelling.")
        options = cls(**values)
        options.check()
        return options

    def check(self) -> None:
        """Raise :class:`InputError` for the first value that cannot be, whatever the data are."""
        _check_kinds(self)
        _check_choices(self)
        _check_ranges(self)
        _check_together(self)


def _check_choices(options: TrainOptions) -> None:
    from .presets import PRESETS

    allowed = {
        "cfg": ("auto", *PRESETS),
        "aug": AUGMENTATIONS,
        "precision": PRECISIONS,
        "framing": FRAMINGS,
        "encoder": ENCODERS,
        "device": DEVICES,
        "channels": (1, 3),
        "augpipe": (None, *PIPELINE_NAMES),
    }
    for name, choices in allowed.items():
        value = getattr(options, name)
        if value not in choices:
            named = ", ".join(str(choice) for choice in choices if choice is not None)
            raise InputError(f"{_flag(name)} must be one of {named}, not {str(value)[:40]!r}.")


def _check_ranges(options: TrainOptions) -> None:
    positive: tuple[str, ...] = (
        "gpus",
        "snap",
        "tick",
        "kimg",
        "batch",
        "batch_gpu",
        "subset",
        "window",
        "fmaps",
        "channel_max",
    )
    positive += ("z_dim", "w_dim", "map", "lr", "every", "mbstd", "minutes", "state_minutes", "keep", "threads", "grid")
    positive += ("r1_every", "encoder_lr", "adversarial_every")
    for name in positive:
        value = getattr(options, name)
        if value is not None and not value > 0:
            raise InputError(f"{_flag(name)} must be greater than zero, not {value}.")
    weights = ("pl_weight", "encoder_reconstruction", "encoder_latent")
    for name in ("seed", "gamma", "freezed", "workers", "ema_kimg", *weights):
        value = getattr(options, name)
        if value is not None and value < 0:
            raise InputError(f"{_flag(name)} must not be negative: {value}.")
    for name in ("beta0", "encoder_beta0", "decay_from"):
        value = getattr(options, name)
        if value is not None and not 0 <= value < 1:
            raise InputError(f"{_flag(name)} must lie from 0 to below 1, not {value}.")
    for name in ("p", "target", "style_mixing", "encoder_paint"):
        value = getattr(options, name)
        if value is not None and not 0 <= value <= 1:
            raise InputError(f"{_flag(name)} must lie from 0 to 1, not {value}.")
    size = options.resolution
    if size is not None and (size not in [2**n for n in range(3, 12)]):
        raise InputError(f"--resolution must be a power of two from 8 to 2048, as StyleGAN2's images are, not {size}.")


def _check_together(options: TrainOptions) -> None:
    if options.p is not None and options.aug != "fixed":
        raise InputError(f"--p belongs to --aug fixed; with --aug {options.aug} leave it out.")
    if options.aug == "fixed" and options.p is None:
        raise InputError("--aug fixed needs the probability: give --p, for example --p 0.2.")
    if options.target is not None and options.aug != "ada":
        raise InputError(f"--target belongs to --aug ada; with --aug {options.aug} leave it out.")
    if options.augpipe is not None and options.aug == "noaug":
        raise InputError("--augpipe says which augmentations to use and --aug noaug to use none: leave one out.")
    if options.fp32 and options.precision not in ("auto", "fp32"):
        raise InputError(f"--fp32 and --precision {options.precision} contradict each other: leave one out.")
    if options.freezed and options.resume is None:
        raise InputError("--freezed keeps layers of a trained discriminator as they are: it needs --resume.")
    if options.encoder == "none":
        for item in dataclasses.fields(options):
            its = item.name.startswith("encoder_") or item.name == "adversarial_every"
            if its and getattr(options, item.name) != item.default:
                raise InputError(f"{item.name} belongs to --encoder joint: add that, or leave it out.")
    elif options.encoder_reconstruction == 0:
        raise InputError("encoder_reconstruction is 0: nothing would teach the encoder; give another weight.")
    if options.name and set(options.name) & set('/\\:*?"<>|'):
        raise InputError(f"The model's name must be usable as a file name, which {options.name[:60]!r} is not.")


def _check_kinds(options: TrainOptions) -> None:
    try:
        check_fields(options)
    except WrongKind as error:
        raise InputError(f"{_flag(error.place)} {error.problem}.") from error


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
