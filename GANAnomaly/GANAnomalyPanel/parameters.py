"""What the user chose, kept in the scene: saved with it and restored from it."""

from __future__ import annotations

import enum
from typing import Annotated

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper


class Metric(enum.Enum):
    """The metric of a request; MODEL leaves it to the model's card."""

    MODEL = "model"
    WD = "wd"
    MSE = "mse"
    SSIM = "ssim"

    @staticmethod
    def label(value: Metric) -> str:
        return {
            Metric.MODEL: _("the model's"),
            Metric.WD: _("Wasserstein distance"),
            Metric.MSE: _("mean squared error"),
            Metric.SSIM: _("1 - structural similarity"),
        }[value]


class Region(enum.Enum):
    """Where to score; a chosen segment comes before it."""

    FULL = "full"
    BODY = "body"

    @staticmethod
    def label(value: Region) -> str:
        return {Region.FULL: _("the full slice"), Region.BODY: _("the body")}[value]


class Mode(enum.Enum):
    """How the model searches for the closest normal slice."""

    FAST = "fast"
    REFERENCE = "reference"

    @staticmethod
    def label(value: Mode) -> str:
        return {Mode.FAST: _("fast"), Mode.REFERENCE: _("as published (slow)")}[value]


class Device(enum.Enum):
    """Where to compute."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"

    @staticmethod
    def label(value: Device) -> str:
        return {
            Device.AUTO: _("automatic"),
            Device.CPU: _("processor"),
            Device.CUDA: _("NVIDIA graphics card"),
            Device.MPS: _("Apple graphics"),
        }[value]


class Space(enum.Enum):
    """What PICARD compares completions by; MODEL leaves it to the model's card."""

    MODEL = "model"
    IMAGE = "image"
    FEATURE = "feature"

    @staticmethod
    def label(value: Space) -> str:
        return {Space.MODEL: _("the model's"), Space.IMAGE: _("pixels"), Space.FEATURE: _("features")}[value]


class Effort(enum.Enum):
    """How PICARD spends its completions."""

    ADAPTIVE = "adaptive"
    EXACT = "exact"

    @staticmethod
    def label(value: Effort) -> str:
        return {Effort.ADAPTIVE: _("where it matters"), Effort.EXACT: _("everywhere (as published)")}[value]


@parameterNodeWrapper
class GANAnomalyParameterNode:
    """Everything a request needs. 0 and -1 where they stand for "as the model's card recommends" are named below.

    ``maskSegmentID`` is "" for no mask; ``patchSize`` 0 and ``steps`` -1 are the model's own. ``firstSlice`` and
    ``lastSlice`` count from the feet, zero based, both included, and only matter with ``someSlices``; ``window`` and
    ``level`` (HU) only with ``ownWindow``. ``completions`` (0: the model's) to ``skipBackground`` are PICARD's own.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    maskSegmentation: vtkMRMLSegmentationNode
    maskSegmentID: str = ""
    model: str = "demo"
    detector: str = "auto"
    mode: Mode = Mode.FAST
    metric: Metric = Metric.MODEL
    region: Region = Region.FULL
    calibrate: bool = True
    allowAny: bool = False
    shifted: bool = False
    ownWindow: bool = False
    window: Annotated[float, WithinRange(1, 10000)] = 350.0
    level: Annotated[float, WithinRange(-5000, 10000)] = 50.0
    someSlices: bool = False
    firstSlice: Annotated[int, WithinRange(0, 100000)] = 0
    lastSlice: Annotated[int, WithinRange(0, 100000)] = 0
    patchSize: Annotated[int, WithinRange(0, 512)] = 0
    top: Annotated[int, WithinRange(1, 1000)] = 10
    steps: Annotated[int, WithinRange(-1, 10000)] = -1
    completions: Annotated[int, WithinRange(0, 1000)] = 0
    stride: Annotated[int, WithinRange(0, 512)] = 0
    space: Space = Space.MODEL
    effort: Effort = Effort.ADAPTIVE
    skipBackground: bool = True
    device: Device = Device.AUTO
    seed: Annotated[int, WithinRange(0, 2147483647)] = 303


def request_settings(parameters: GANAnomalyParameterNode, detector: str = "stylegan2") -> dict:
    """The parameters as keyword arguments of an AnalysisRequest (without its files); ``detector`` will be at work."""
    settings = {
        "model": parameters.model,
        "detector": parameters.detector,
        "mode": parameters.mode.value,
        "metric": None if parameters.metric is Metric.MODEL else parameters.metric.value,
        "region": parameters.region.value,
        "calibrate": parameters.calibrate,
        "allow_any": parameters.allowAny,
        "hu_offset": -1024.0 if parameters.shifted else None,
        "patch_size": parameters.patchSize or None,
        "top": parameters.top,
        "steps": None if parameters.steps < 0 else parameters.steps,
        "device": parameters.device.value,
        "seed": parameters.seed,
    }
    if detector == "picard":
        settings.update(mode="fast", metric=None, patch_size=None, steps=None, settings=_picard_settings(parameters))
    if parameters.ownWindow:
        settings.update(window=parameters.window, level=parameters.level)
    if parameters.someSlices:
        settings["slices"] = (parameters.firstSlice, parameters.lastSlice + 1)
    return settings


def _picard_settings(parameters: GANAnomalyParameterNode) -> dict:
    chosen: dict = {"skip_background": parameters.skipBackground}
    if parameters.effort is Effort.EXACT:
        # Left open otherwise: a mean or a median that the model's card asks for needs all completions.
        chosen["mode"] = parameters.effort.value
    if parameters.completions:
        chosen["completions"] = parameters.completions
    if parameters.stride:
        chosen["stride"] = parameters.stride
    if parameters.space is not Space.MODEL:
        chosen["space"] = parameters.space.value
    return chosen
