"""Every number of an encoder's training, as plain data."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from GANAnomalyLib.analysis.request import DEVICES
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.typed_values import WrongKind, check_fields
from GANAnomalyLib.spelling import meant

_PLACES = ("model", "out", "data", "split", "patients", "device", "threads")
"""Settings that name places on somebody's computer, or how it computes."""
_LENGTH = ("steps", "minutes", "log_every", "snapshot_minutes", "name")
"""Settings that may change when a run goes on."""


@dataclass
class EncoderConfig:
    """What to train an encoder for, and how.

    Attributes
    ----------
    model: the generator: a run's folder (its newest snapshot), a model's file, or a model's name.
    out: the run's folder. name: of the model to write, ``out/name.safetensors``; empty: the generator's own.
    data: normal images to learn on besides the generator's own samples, as for ``gananomaly train stylegan2``: they are
        explained through the frozen generator. Framed and windowed as the model's card says. None: samples only.
    patients, split, part, allow_any: whose images they are, and which of them; see ``train.images.ImageSource``.
    data_share: how much of the loss is the data's, 0 to 1. held_out: the share of patients that is only measured on.
    steps: how many steps at most. minutes: stop after so long; None for no limit.
    batch: images of a step, of each kind. learning_rate: falls to a hundredth along a cosine over the run.
    latent_weight, reconstruction_weight: of the two losses: the distance of w (in units of its spread), and the
        difference of the images made from it.
    painted: the share of images that are shown with patches painted over, and must be explained without them.
    channel_base, channel_max: the encoder's width; None follows the generator's.
    ema: images over which half of the averaged encoder, the one that is kept, is forgotten.
    measured: samples (and slices of the data) that are only measured on.
    bfloat16: compute in bfloat16 where that is exact enough.
    """

    model: str = ""
    out: str = ""
    name: str = ""
    data: str | None = None
    patients: str = "auto"
    split: str | None = None
    part: str | None = None
    allow_any: bool = False
    data_share: float = 0.5
    held_out: float = 0.1
    steps: int = 20_000
    minutes: float | None = None
    batch: int = 16
    learning_rate: float = 0.005
    latent_weight: float = 1.0
    reconstruction_weight: float = 4.0
    painted: float = 0.5
    channel_base: int | None = None
    channel_max: int | None = None
    ema: float = 2000.0
    measured: int = 64
    log_every: int = 50
    snapshot_minutes: float = 3.0
    bfloat16: bool = False
    seed: int = 303
    device: str = "auto"
    threads: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return dataclasses.asdict(self)

    def fixed(self) -> dict[str, Any]:
        """The settings that a run keeps from its beginning to its end."""
        return {name: value for name, value in self.to_dict().items() if name not in (*_PLACES, *_LENGTH)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> EncoderConfig:
        """From the fields' own names; raises :class:`InputError` for unknown names and impossible values."""
        known = {item.name for item in dataclasses.fields(cls)}
        unknown = sorted(str(name)[:40] for name in set(values) - known)
        if unknown:
            near = meant(unknown[0], known)
            raise InputError(f"There is no setting {unknown[0]!r} for training an encoder{near}: check the spelling.")
        config = cls(**values)
        config.validate()
        return config

    def validate(self) -> None:
        """Raise :class:`InputError` for the first value that cannot be."""
        try:
            check_fields(self)
        except WrongKind as error:
            raise InputError(f"{error}.") from error
        if not self.model:
            raise InputError("Name the model that the encoder is for with --model: a run's folder, a file or a name.")
        if not self.out:
            raise InputError("Name the folder of the encoder's training with --out.")
        if self.device not in DEVICES:
            raise InputError(f"device must be one of {', '.join(DEVICES)}, not {self.device!r}.")
        self._check_numbers()

    def _check_numbers(self) -> None:
        for name in ("steps", "batch", "channel_base", "channel_max", "log_every", "measured", "threads"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name} must be at least 1, not {value}.")
        for name in ("minutes", "learning_rate", "ema", "snapshot_minutes"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(f"{name} must be greater than 0, not {value}.")
        for name in ("latent_weight", "reconstruction_weight", "seed"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} must be 0 or more, not {getattr(self, name)}.")
        if self.latent_weight + self.reconstruction_weight == 0:
            raise InputError("latent_weight and reconstruction_weight are both 0: there would be nothing to learn.")
        for name in ("data_share", "painted"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"{name} must lie between 0 and 1, not {getattr(self, name)}.")
        if not 0 < self.held_out < 1:
            raise InputError(f"held_out must lie between 0 and 1, not {self.held_out}.")
