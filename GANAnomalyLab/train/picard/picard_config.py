"""Every number of a PICARD training run, with the published values as defaults."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from GANAnomalyLib.analysis.request import DEVICES
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.typed_values import WrongKind, check_fields
from GANAnomalyLib.spelling import meant

FREE = frozenset(
    (
        *("data", "out", "validation", "resume", "name", "title", "anatomy", "modality", "training_data", "licence"),
        *("training_data_licence", "not_for", "subfolders", "epochs", "iterations", "minutes", "device", "threads"),
        *(
            "log_every",
            "sample_every",
            "samples",
            "snapshot_every",
            "snapshot_minutes",
            "keep",
            "tensorboard",
            "heatmap",
        ),
    )
)
"""Settings that may change when a run goes on: they do not change what is learnt from one iteration to the next."""


@dataclass
class PicardConfig:
    """A run of training; lengths in pixels of the image that windows slide over, weights as in Konz et al. 2023.

    Attributes
    ----------
    data, validation: a folder of normal volumes or pictures, or one file; the second only measures.
    out: the run's folder: snapshots, log, sample pictures, and the finished ``<name>.safetensors`` with its card.
    resume: another run's or a published checkpoint folder to begin from, where ``out`` holds no snapshot yet.
    name, title, anatomy, modality, training_data, training_data_licence, licence, not_for: for the card.
    subfolders: search below ``data`` too. subset: the share of the slices used, 0 < subset <= 1.
    allow_any: take volumes that do not look like a CT.
    hu_window, hu_level, framing, resolution: how slices become images, as on the card; a ``resolution`` of None is
    the longest side of the first case's slices, so that pixels stay about as they are.
    window, hole: sides of the patch and of what is hidden in it, both divisible by 16.
    jitter: (rows, columns), by how much a hole may be smaller than ``hole``, an even share from either edge.
    margin: (rows, columns) left between the hole and the patch's border. same_hole: one hole for the whole batch.
    random_crop: patches from anywhere; else each image is shrunk to one window.
    tissue: the least share of a patch that must be brighter than the window's floor.
    generator_every: how many critic steps there are to one of the generator. epochs, iterations: the length; one
    epoch shows each slice once; ``iterations``, where given, wins. minutes: stop after so long, whatever is left.
    gamma: the weight of a hidden pixel is gamma to the power of its distance to the hole's border; 1 for no discount.
    drop_rate: the share of channels dropped in training, in the layers where completions drop them. Published is 0; a
    narrow network trained so completes nothing sensible at the published 0.5 and makes many ways of completing at this.
    bfloat16: the inpainter computes in bfloat16 (faster on new processors; the weights stay float32).
    log_every, sample_every, snapshot_every: iterations. snapshot_minutes: also after so long. samples: pictures a grid.
    keep: the last so many snapshots stay, 0 for all.
    heatmap: settings for heatmaps that a published configuration also holds; they go onto the card.
    """

    data: str | None = None
    out: str = "picard_run"
    validation: str | None = None
    resume: str | None = None
    name: str = "picard"
    title: str = ""
    anatomy: str = ""
    modality: str = "CT"
    training_data: str = ""
    training_data_licence: str = ""
    licence: str = ""
    not_for: list[str] = field(default_factory=list)
    subfolders: bool = True
    subset: float = 1.0
    allow_any: bool = False

    hu_window: float = 350.0
    hu_level: float = 50.0
    framing: str = "full"
    resolution: int | None = None
    channels: int = 1
    window: int = 256
    hole: int = 128
    jitter: tuple[int, int] = (32, 32)
    margin: tuple[int, int] = (0, 0)
    same_hole: bool = True
    random_crop: bool = True
    tissue: float = 0.1

    ngf: int = 32
    ndf: int = 32
    batch: int = 55
    learning_rate: float = 1e-4
    beta1: float = 0.5
    beta2: float = 0.9
    generator_every: int = 5
    epochs: int = 10_000
    iterations: int | None = None
    minutes: float | None = None
    gamma: float = 0.9
    l1_weight: float = 1.2
    coarse_weight: float = 1.2
    outside_weight: float = 1.2
    adversarial_weight: float = 0.001
    global_weight: float = 1.0
    penalty_weight: float = 10.0
    drop_rate: float = 0.0

    seed: int = 303
    device: str = "auto"
    threads: int | None = None
    bfloat16: bool = False
    log_every: int = 100
    sample_every: int = 1000
    samples: int = 16
    snapshot_every: int = 5000
    snapshot_minutes: float | None = 30.0
    keep: int = 0
    tensorboard: bool = True
    heatmap: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("jitter", "margin"):
            value = getattr(self, name)
            if isinstance(value, int) and not isinstance(value, bool):
                value = (value, value)
            setattr(self, name, tuple(value) if isinstance(value, list) else value)

    def validate(self) -> None:
        """Raise :class:`InputError` for the first value that cannot be."""
        self._check_kinds()
        for name in ("window", "hole"):
            if getattr(self, name) < 16 or getattr(self, name) % 16:
                raise InputError(f"{name} must be a multiple of 16 pixels, not {getattr(self, name)}.")
        room = min(self.window - self.hole - 2 * edge for edge in self.margin)
        if self.hole >= self.window or room < 0:
            raise InputError(
                f"A hole of {self.hole} pixels with a margin of {max(self.margin)} does not fit a window of "
                f"{self.window}: choose a smaller hole or margin."
            )
        if not all(0 <= jitter < self.hole for jitter in self.jitter) or min(self.margin) < 0:
            raise InputError(
                f"The jitter {self.jitter} must be at least 0 and below the hole's {self.hole}, the margin at least 0."
            )
        if self.resolution is not None and self.resolution < self.window:
            raise InputError(
                f"Images of {self.resolution} pixels are smaller than a window of {self.window}: choose another."
            )
        self._check_ranges()

    def _check_ranges(self) -> None:
        counts = ("batch", "ngf", "ndf", "generator_every", "epochs", "log_every", "sample_every", "snapshot_every")
        for name in (*counts, "learning_rate", "hu_window"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} must be greater than zero, not {getattr(self, name)}.")
        for name in ("iterations", "minutes", "snapshot_minutes", "threads", "resolution"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(f"{name} must be greater than zero, not {value}.")
        weights = ("l1_weight", "coarse_weight", "outside_weight", "adversarial_weight", "global_weight")
        for name in (*weights, "penalty_weight", "samples", "keep", "seed"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} must not be negative: {getattr(self, name)}.")
        for name, low, high in (("gamma", 0, 1), ("subset", 0, 1), ("tissue", -1e-9, 1)):
            if not low < getattr(self, name) <= high:
                raise InputError(f"{name} must be above 0 and at most 1, not {getattr(self, name)}.")
        if not (0 <= self.beta1 < 1 and 0 <= self.beta2 < 1):
            raise InputError(f"beta1 and beta2 must lie from 0 to below 1, not {self.beta1} and {self.beta2}.")
        if not 0 <= self.drop_rate < 1:
            raise InputError(f"drop_rate must be at least 0 and below 1, not {self.drop_rate}.")
        if self.ngf % 2:
            raise InputError(f"ngf must be even, not {self.ngf}.")
        allowed = {"channels": (1, 3), "framing": ("full", "body"), "device": DEVICES}
        for name, choices in allowed.items():
            if getattr(self, name) not in choices:
                raise InputError(
                    f"{name} must be one of {', '.join(map(str, choices))}, not {str(getattr(self, name))[:40]!r}."
                )
        if not self.name or set(self.name) & set('/\\:*?"<>|'):
            raise InputError(f"The model's name must be usable as a file name, which {self.name[:60]!r} is not.")

    def _check_kinds(self) -> None:
        try:
            check_fields(self)
        except WrongKind as error:
            raise InputError(f"{error}.") from error

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in dataclasses.asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> PicardConfig:
        """From the fields' own names; raises :class:`InputError` for unknown names and impossible values."""
        known = {item.name for item in dataclasses.fields(cls)}
        unknown = sorted(str(name)[:40] for name in set(values) - known)
        if unknown:
            near = meant(unknown[0], known)
            raise InputError(f"There is no training setting called {', '.join(unknown[:5])}{near}: check the spelling.")
        config = cls(**values)
        config.validate()
        return config

    def fixed(self) -> dict[str, Any]:
        """The settings that a run cannot change when it goes on."""
        return {name: value for name, value in self.to_dict().items() if name not in FREE}
