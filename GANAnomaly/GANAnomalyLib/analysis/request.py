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

from ..errors import InputError, option
from ..files.reading import parse_json
from ..models.score_units import METRICS
from ..spelling import meant
from ..version import __version__
from .request_checks import FirstAndStop, Named, NaturalNumber, Settings, check_kinds, shown

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
    output: the result folder to write; None keeps the default next to the input.
    detector: "auto" for the one that belongs to the model's kind.
    series: DICOM SeriesInstanceUID, its number in the listing or its DICOM number, when a folder holds several.
    metric: "wd" (Wasserstein distance), "mse" or "ssim" (1 - SSIM).
    region: where to score: "full", "body" or "mask".
    mask: a label volume on the input's grid, for region "mask".
    label: which label in the mask; None takes all that is not zero.
    slices: (first, stop) in patient order, inferior to superior, zero based, stop excluded.
    window: width of the model's window, Hounsfield units.
    level: middle of the window, Hounsfield units.
    patch_size: side of a patch, pixels of the network's image.
    top: how many findings.
    device: "auto", "cpu", "cuda" or "mps".
    seed: of everything random; the same request on the same device gives the same result.
    steps: optimisation steps of the search for the closest normal image.
    mode: "fast", or "reference" for the published projection.
    batch: slices at a time; None chooses, and halves where memory runs out.
    hu_offset: Hounsfield units to add to all values first; -1024 for a CT stored without its rescale intercept.
    allow_any: also accept images that are not CT.
    calibrate: patch scores as times what the model's held-out normals show there, where its file knows that.
    scene: also write a 3D Slicer scene (``scene.mrb``).
    settings: extra, detector-specific settings.
    """

    input: Named
    model: Named = "demo"
    output: Named | None = None
    detector: Named = "auto"
    series: Named | None = None
    metric: Named | None = None
    region: Named = "full"
    mask: Named | None = None
    label: int | None = None
    slices: FirstAndStop | None = None
    window: float | None = None
    level: float | None = None
    patch_size: int | None = None
    top: int = 10
    device: Named = "auto"
    seed: NaturalNumber = 303
    steps: int | None = None
    mode: Named = "fast"
    batch: int | None = None
    allow_any: bool = False
    hu_offset: float | None = None
    calibrate: bool = True
    scene: bool = False
    settings: Settings = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Paths and NumPy's numbers become plain data; what is of a wrong kind stays for validate() to name.
        for item in dataclasses.fields(self):
            setattr(self, item.name, _plain(getattr(self, item.name)))
        if isinstance(self.series, int) and not isinstance(self.series, bool):
            self.series = shown(self.series)
        if isinstance(self.settings, dict):
            self.settings = {key: _plain(value) for key, value in self.settings.items()}
        if isinstance(self.slices, list | tuple):
            self.slices = tuple(_plain(value) for value in self.slices)

    def validate(self) -> None:
        """Raise :class:`InputError` for values that can be told wrong without opening a file."""
        check_kinds(self)
        _one_of("metric", self.metric, (*METRICS, None))
        _one_of("region", self.region, REGIONS)
        _one_of("device", self.device, DEVICES)
        _one_of("mode", self.mode, MODES)
        if self.region == "mask" and self.mask is None:
            raise InputError(f"Region 'mask' needs a mask file: give one with {option('mask')}.", field="mask")
        # No steps at all means: take the encoder's latent as it is. The published projection has no encoder.
        if self.steps is not None and self.steps < (0 if self.mode == "fast" else 1):
            raise InputError(
                f"steps must be {'zero or more' if self.mode == 'fast' else 'at least one'}: {self.steps}.",
                field="steps",
                values={"given": self.steps},
            )
        for name in ("window", "patch_size", "top", "batch"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                said = f"{name.replace('_', '-')} must be greater than zero, not {value}."
                raise InputError(said, field=name, values={"given": value})
        if self.slices is not None and not 0 <= self.slices[0] < self.slices[1]:
            raise InputError(
                f"Slices {self.slices[0]}:{self.slices[1]} is not a range: give first:stop, as in 40:80.",
                field="slices",
                values={"given": list(self.slices)},
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain values only, ready for :func:`json.dumps`; ``hu_offset`` only where it is set."""
        data = dataclasses.asdict(self)
        if self.hu_offset is None:
            # Results and records that were made before it was there go on answering the same request.
            data.pop("hu_offset")
        data["slices"] = None if self.slices is None else list(self.slices)
        return data

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> AnalysisRequest:
        """The inverse of :meth:`to_dict`; raises :class:`InputError` for unknown keys and values of a wrong kind."""
        if not isinstance(data, dict):
            raise InputError("The request must be a JSON object.")
        known = [item.name for item in dataclasses.fields(cls)]
        unknown = sorted(set(data) - set(known), key=str)
        if unknown:
            named = ", ".join(map(shown, unknown[:5]))
            raise InputError(f"The request holds unknown settings: {named}{meant(unknown[0], known)}.")
        if "input" not in data:
            raise InputError("The request names no input.", field="input")
        request = cls(**data)
        check_kinds(request)
        return request

    @classmethod
    def from_json(cls, text: str) -> AnalysisRequest:
        return cls.from_dict(parse_json(text, "The request"))

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
        """Where the result goes, which is ``output``, or ``<input>_gananomaly`` beside the input."""
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
            f"The {name.upper()} weights file {path.name} cannot be opened: check its path.",
            str(error),
            field=f"settings.{name}",
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
        near = meant(value, [one for one in allowed if isinstance(one, str)])
        said = f"{name} must be one of {choices}, not {shown(value)}{near}."
        raise InputError(said, field=name, values={"given": shown(value), "choices": [a for a in allowed if a]})
