"""What to analyse and how: plain data, JSON both ways."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import numbers
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import InputError
from .request_checks import check_kinds, shown

METRICS = ("wd", "mse", "ssim")
REGIONS = ("full", "body", "mask")
DEVICES = ("auto", "cpu", "cuda", "mps")
MODES = ("fast", "reference")
OUTPUT_SETTINGS = ("save_video", "video_slice", "projections")
"""Detector settings that ask for more files and change no number."""
WEIGHT_SETTINGS = ("vgg16",)
"""Detector settings that name a file of weights: what counts is what is in it, not where it is."""


@dataclass
class AnalysisRequest:
    """One analysis. Everything :func:`GANAnomalyLib.run` needs; nothing is read from a global.

    ``None`` means "what the model's card recommends" for ``window``, ``level``, ``patch_size``, ``metric``, ``steps``.

    Attributes
    ----------
    input: a volume file, a DICOM folder, a picture or a folder of pictures.
    model: a registered model's name, or a path to a checkpoint.
    detector: "auto" for the one that belongs to the model's kind.
    output: the result folder to write; None keeps the default next to the input.
    series: DICOM SeriesInstanceUID (or its number in the listing) when a folder holds several.
    metric: "wd" (Wasserstein distance), "mse" or "ssim" (1 - SSIM); region: "full", "body" or "mask".
    mask, label: a label volume on the input's grid, and which label in it.
    slices: (first, stop) in patient order, inferior to superior, zero based, stop excluded.
    window, level: Hounsfield units. patch_size: pixels of the network's image. top: how many findings.
    mode: "fast", or "reference" for the published projection. steps: optimisation steps.
    calibrate: patch scores as times what the model's held-out normals show there, where its file knows that.
    settings: extra, detector-specific settings.
    """

    input: str
    model: str = "demo"
    output: str | None = None
    detector: str = "auto"
    series: str | None = None
    metric: str | None = None
    region: str = "full"
    mask: str | None = None
    label: int | None = None
    slices: tuple[int, int] | None = None
    window: float | None = None
    level: float | None = None
    patch_size: int | None = None
    top: int = 10
    device: str = "auto"
    seed: int = 303
    steps: int | None = None
    mode: str = "fast"
    batch: int | None = None
    allow_any: bool = False
    calibrate: bool = True
    scene: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Paths and NumPy's numbers become plain data; what is of a wrong kind stays for validate() to name.
        for item in dataclasses.fields(self):
            setattr(self, item.name, _plain(getattr(self, item.name)))
        if isinstance(self.series, int) and not isinstance(self.series, bool):
            self.series = shown(self.series)
        if isinstance(self.settings, dict):
            self.settings = {key: _plain(value) for key, value in self.settings.items()}
        if isinstance(self.slices, list | tuple):
            self.slices = tuple(_plain(value) for value in self.slices)  # type: ignore[assignment]

    def validate(self) -> None:
        """Raise :class:`InputError` for values that can be told wrong without opening a file."""
        check_kinds(self)
        _one_of("metric", self.metric, (*METRICS, None))
        _one_of("region", self.region, REGIONS)
        _one_of("device", self.device, DEVICES)
        _one_of("mode", self.mode, MODES)
        if self.region == "mask" and self.mask is None:
            raise InputError("Region 'mask' needs a mask file: give one with --mask.")
        # No steps at all means: take the encoder's latent as it is. The published projection has no encoder.
        if self.steps is not None and self.steps < (0 if self.mode == "fast" else 1):
            raise InputError(
                f"steps must be {'zero or more' if self.mode == 'fast' else 'at least one'}: {self.steps}."
            )
        for name in ("window", "patch_size", "top", "batch"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(f"{name.replace('_', '-')} must be greater than zero, not {value}.")
        if self.slices is not None and not 0 <= self.slices[0] < self.slices[1]:
            raise InputError(f"Slices {self.slices[0]}:{self.slices[1]} is not a range: give first:stop, as in 40:80.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values only, ready for :func:`json.dumps`."""
        data = dataclasses.asdict(self)
        data["slices"] = None if self.slices is None else list(self.slices)
        return data

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> AnalysisRequest:
        """The inverse of :meth:`to_dict`; raises :class:`InputError` for unknown keys and values of a wrong kind."""
        if not isinstance(data, dict):
            raise InputError("The request must be a JSON object.")
        unknown = sorted(map(shown, set(data) - {f.name for f in dataclasses.fields(cls)}))
        if unknown:
            raise InputError(f"The request holds unknown settings: {', '.join(unknown[:5])}.")
        if "input" not in data:
            raise InputError("The request names no input.")
        request = cls(**data)
        check_kinds(request)
        return request

    @classmethod
    def from_json(cls, text: str) -> AnalysisRequest:
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError("The request is not valid JSON.", str(error)) from error
        return cls.from_dict(data)

    def fingerprint(self, input_hash: str, model_hash: str, mask_hash: str = "", device: str | None = None) -> str:
        """A hash of everything that decides the numbers: settings and contents, not paths or output options.

        ``device`` is the one that "auto" stands for here. Raises :class:`InputError` for weights that cannot be read.
        """
        data = self.to_dict()
        data["device"] = device or self.device
        for name in WEIGHT_SETTINGS:
            if isinstance(data["settings"].get(name), str):
                data["settings"][name] = _weights_hash(Path(data["settings"][name]), name)
        for name in ("input", "model", "output", "mask", "scene", "batch"):
            data.pop(name)
        for name in OUTPUT_SETTINGS:
            data["settings"].pop(name, None)
        # Another version may compute other numbers: its results are made anew.
        data.update(version=__version__, input_hash=input_hash, model_hash=model_hash, mask_hash=mask_hash)
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()

    @property
    def output_folder(self) -> Path:
        """Where the result goes: ``output``, or ``<input>_gananomaly`` beside the input."""
        if self.output is not None:
            return Path(self.output)
        path = Path(self.input)
        name = path.name
        for ending in (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".png", ".jpg", ".jpeg", ".dcm"):
            if name.lower().endswith(ending):
                name = name[: -len(ending)]
                break
        return path.parent / f"{name}_gananomaly"


def _weights_hash(path: Path, name: str) -> str:
    from ..models.store import model_hash

    try:
        return model_hash(path)
    except (InputError, ValueError) as error:
        raise InputError(
            f"The {name.upper()} weights file {path.name} cannot be opened: check its path.", str(error)
        ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return str(value)
    if isinstance(value, numbers.Integral) and not isinstance(value, int):
        return int(value)
    if isinstance(value, numbers.Real) and not isinstance(value, int | float):
        return float(value)
    return value


def _one_of(name: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        choices = ", ".join(str(a) for a in allowed if a is not None)
        raise InputError(f"{name} must be one of {choices}, not {shown(value)}.")
