"""What to analyse and how: plain data, JSON both ways."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import numbers
import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Annotated, Any

from ..errors import InputError
from ..errors import option as mark
from ..files.reading import parse_json
from ..files.typed_values import Named, Words, value_in_words
from ..models.model_folders import DEFAULT_MODEL
from ..models.score_units import METRICS
from ..option_fields import Options, check_names, option
from ..version import __version__

REGIONS = ("full", "body", "mask")
DEVICES = ("auto", "cpu", "cuda", "mps")
MODES = ("fast", "reference")
OUTPUT_SETTINGS = ("save_video", "video_slice", "projections")
"""Detector settings that ask for more files and change no number."""
WEIGHT_SETTINGS = ("vgg16",)
"""Detector settings that name a file of weights: what counts is what is in it, not where it is."""

_MODEL = "the model's"


def _plain_values(settings: dict[str, Any]) -> str | None:
    try:
        json.dumps(settings)
    except (TypeError, ValueError, RecursionError):
        return "must hold plain values: numbers, texts, lists and such"
    return None


def _some_slices(slices: tuple[int, int]) -> str | None:
    first, stop = slices
    return None if 0 <= first < stop else f"must be a range first:stop, as in 40:80, not {first}:{stop}"


@dataclass
class AnalysisRequest(Options):
    """One analysis. Everything :func:`GANAnomalyLib.run` needs; nothing is read from a global.

    ``None`` means "what the model's card recommends" for ``window``, ``level``, ``patch_size``, ``metric``, ``steps``.
    """

    input: Named = option(MISSING, doc="A volume file, a DICOM folder, a picture or a folder of pictures.")
    model: Named = option(DEFAULT_MODEL, "A model's name (see: gananomaly models) or its file.")
    output: Named | None = option(None, "The result folder.", flags="--out", shown="INPUT_gananomaly, beside the input")
    detector: Named = option("auto", "A detector's name, or auto: the model's.")
    series: Named | None = option(
        None,
        "Which DICOM series: its UID, its number in gananomaly info FOLDER, its DICOM number (dicom:2), or words of "
        "its description.",
    )
    metric: Named | None = option(
        None,
        "Distance of CT and reconstruction.",
        doc='"wd" (Wasserstein distance), "mse" or "ssim" (1 - SSIM).',
        choices=METRICS,
        shown=_MODEL,
    )
    region: Named = option("full", "Where to score.", choices=REGIONS)
    mask: Named | None = option(None, "A label volume on the input's grid; sets --region mask.")
    label: int | None = option(None, "Which label of the mask.", shown="all that is not zero")
    slices: Annotated[tuple[int, int], Words("two whole numbers, first and stop")] | None = option(
        None, "Only these, inferior to superior from 0, stop excluded: 40:80.", check_value=_some_slices
    )
    window: float | None = option(None, "Window width in HU, of an MR in its own values.", above=0, shown=_MODEL)
    level: float | None = option(None, "Window level in HU, of an MR in its own values.", shown=_MODEL)
    patch_size: int | None = option(None, "Side of a patch in pixels of the network.", above=0, shown=_MODEL)
    top: int = option(10, "How many findings to list.", above=0)
    device: Named = option("auto", "Where to compute.", choices=DEVICES)
    seed: int = option(303, "The same seed gives the same result.", low=0)
    steps: int | None = option(None, "Optimisation steps a slice; 0: the encoder's word is taken.", shown=_MODEL)
    mode: Named = option("fast", "reference: as published.", choices=MODES)
    batch: int | None = option(
        None, "Slices at a time.", doc="Halved where memory runs out.", above=0, shown="as memory allows"
    )
    allow_any: bool = option(False, "Accept an image that does not look like a CT.")
    hu_offset: float | None = option(
        None,
        "Added to all values first: -1024 mends a CT that was stored without its rescale intercept.",
        metavar="HU",
    )
    calibrate: bool = option(
        True,
        "Patch scores and heat as raw distances, in the metric's own unit, not as times what the model's normals "
        "show at the same place: places that are always explained badly (bowel gas, the skin's edge) then rank high, "
        "and the model's thresholds do not apply. Changes nothing for models that carry no calibration.",
        flags="--no-calibration",
    )
    findings_anyway: bool = option(
        False, "List findings also of a scan that is not what the model knows.", doc="See ``domain`` in result.json."
    )
    scene: bool = option(False, "Also write scene.mrb for 3D Slicer and views of the top findings.")
    settings: Annotated[dict[str, Any], _plain_values] = option(
        dict, "A setting of the detector; may be repeated.", flags="--set"
    )

    def __post_init__(self) -> None:
        # Paths and NumPy's numbers become plain data; what is of a wrong kind stays for validate() to name.
        for item in dataclasses.fields(self):
            setattr(self, item.name, _plain(getattr(self, item.name)))
        if isinstance(self.series, int) and not isinstance(self.series, bool):
            self.series = value_in_words(self.series)
        if isinstance(self.settings, dict):
            self.settings = {key: _plain(value) for key, value in self.settings.items()}
        if isinstance(self.slices, list | tuple):
            self.slices = tuple(_plain(value) for value in self.slices)

    @classmethod
    def called(cls, name: str) -> str:
        return name.replace("_", "-")

    def validate(self) -> None:
        """Raise :class:`InputError` for values that can be told wrong without opening a file."""
        self.check()

    def check_together(self) -> None:
        if self.region == "mask" and self.mask is None:
            raise InputError(f"Region 'mask' needs a mask file: give one with {mark('mask')}.", field="mask")
        # No steps at all means: take the encoder's latent as it is. The published projection has no encoder.
        if self.steps is not None and self.steps < (0 if self.mode == "fast" else 1):
            raise InputError(
                f"steps must be {'zero or more' if self.mode == 'fast' else 'at least one'}: {self.steps}.",
                field="steps",
                values={"given": self.steps},
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain values only, ready for :func:`json.dumps`; ``hu_offset`` and ``findings_anyway`` only where set."""
        data = super().to_dict()
        # Results and records that were made before these were there go on answering the same request.
        if self.hu_offset is None:
            data.pop("hu_offset")
        if not self.findings_anyway:
            data.pop("findings_anyway")
        return data

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AnalysisRequest:
        """The inverse of :meth:`to_dict`; raises :class:`InputError` for unknown keys and values of a wrong kind."""
        if not isinstance(data, dict):
            raise InputError("The request must be a JSON object.")
        check_names(data, cls.options(), "The request holds unknown settings: {}")
        if "input" not in data:
            raise InputError("The request names no input.", field="input")
        return super().from_dict(data)

    @classmethod
    def from_json(cls, text: str) -> AnalysisRequest:
        return cls.from_dict(parse_json(text, "The request"))

    def fingerprint(
        self,
        input_hash: str,
        model_hash: str,
        mask_hash: str = "",
        device: str | None = None,
        taken: Mapping[str, Any] | None = None,
    ) -> str:
        """A hash of everything that decides the numbers: settings and contents, not paths or output options.

        ``device`` is the one that "auto" stands for here, ``taken`` what the detector took from the model's card, which
        may be changed while the model stays. Raises :class:`InputError` for weights that cannot be read.
        """
        data = self.to_dict()
        data["device"] = device or self.device
        for name in WEIGHT_SETTINGS:
            if isinstance(data["settings"].get(name), str):
                data["settings"][name] = _weights_hash(Path(data["settings"][name]), name)
        for name in ("input", "model", "output", "mask", "scene", "batch", "findings_anyway"):
            data.pop(name, None)
        for name in OUTPUT_SETTINGS:
            data["settings"].pop(name, None)
        # Another version may compute other numbers: its results are made anew.
        data.update(version=__version__, input_hash=input_hash, model_hash=model_hash, mask_hash=mask_hash)
        if taken:
            data["taken"] = dict(taken)
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
